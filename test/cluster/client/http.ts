import { Agent, request } from 'node:http';

/** One answer, or why there was none. */
export interface Answer {
  readonly status: number;
  readonly body: string;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly error?: string;
  readonly ms: number;
}

export interface Ask {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
  /** how long the client waits, from the first try of a connection to the last byte of the answer */
  readonly timeoutMs?: number;
}

/** One request. Never throws: status 0 says that there was no answer. A connection without an answer is not used again. */
export function ask(url: string, { method = 'GET', headers = {}, body, timeoutMs = 2000 }: Ask = {}, agent?: Agent) {
  const began = performance.now();
  return new Promise<Answer>((resolve) => {
    const end = (answer: Omit<Answer, 'ms'>) => {
      clearTimeout(timer);
      resolve({ ...answer, ms: performance.now() - began });
    };
    const failed = (error: Error) => end({ status: 0, body: '', headers: {}, error: error.message });
    const req = request(url, { method, headers, agent }, (res) => {
      const chunks: Buffer[] = [];
      res.on('data', (chunk) => chunks.push(chunk));
      res.on('error', failed);
      res.on('end', () =>
        end({ status: res.statusCode ?? 0, body: Buffer.concat(chunks).toString(), headers: res.headers }),
      );
    });
    req.on('error', failed);
    const timer = setTimeout(() => req.destroy(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
    req.end(body);
  });
}

/** Connections of one worker: it has at most one request on its way. */
export function connections(): Agent {
  return new Agent({ keepAlive: true, maxSockets: 1 });
}
