import { type ClientHttp2Session, connect } from 'node:http2';

export interface GrpcAnswer {
  readonly status: number;
  readonly body: Buffer;
  readonly trailers: Record<string, string>;
  readonly error?: string;
}

export const SERVICE = '/event_store.client.streams.Streams';

/** One gRPC call over HTTP/2 without TLS (prior knowledge), or with it. */
export async function grpc(url: string, path: string, headers: Record<string, string> = {}): Promise<GrpcAnswer> {
  const session = connect(url, { rejectUnauthorized: false });
  try {
    return await call(session, path, headers);
  } finally {
    session.destroy();
  }
}

export function call(session: ClientHttp2Session, path: string, headers: Record<string, string>): Promise<GrpcAnswer> {
  return new Promise((done) => {
    session.on('error', () => {});
    const stream = session.request({
      ':method': 'POST',
      ':path': path,
      'content-type': 'application/grpc',
      te: 'trailers',
      ...headers,
    });
    const answer = {
      status: 0,
      body: Buffer.alloc(0),
      trailers: {} as Record<string, string>,
      error: undefined as string | undefined,
    };
    stream.on('response', (response) => {
      answer.status = Number(response[':status']);
      Object.assign(answer.trailers, response);
    });
    stream.on('data', (data) => {
      answer.body = Buffer.concat([answer.body, data]);
    });
    stream.on('trailers', (trailers) => Object.assign(answer.trailers, trailers));
    stream.on('error', (error) => {
      answer.error = String(error);
    });
    stream.on('close', () => done(answer));
    stream.end(Buffer.from([0, 0, 0, 0, 2, 0x68, 0x69]));
  });
}
