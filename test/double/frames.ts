import type { Socket } from 'node:net';

/** What goes over the replication port. The real protocol has the same conversation in another spelling. */
export enum Frame {
  SUBSCRIBE = 1,
  SUBSCRIBED,
  NOT_LEADING,
  DATA,
  ACK,
  COMMIT,
  CLONE,
  FOLLOWER,
  DROP,
  PING,
  PONG,
  FORWARD,
  FORWARDED,
}

export interface Heartbeat {
  readonly intervalMs: number;
  readonly timeoutMs: number;
}

/** A connection between two members: frames, and a heartbeat whenever the other is silent. */
export class Connection {
  private rest: Buffer = Buffer.alloc(0);
  private heard = Date.now();
  private readonly pulse: NodeJS.Timeout;
  private open = true;

  constructor(
    public readonly socket: Socket,
    heartbeat: Heartbeat,
    received: (frame: Frame, payload: Buffer) => void,
    closed: () => void,
    /** after the frames of one read: a place to answer them all at once */
    handled: () => void = () => {},
  ) {
    socket.setNoDelay(true);
    socket.on('data', (data) => {
      this.heard = Date.now();
      this.rest = this.rest.length > 0 ? Buffer.concat([this.rest, data]) : data;
      let at = 0;
      while (this.open && this.rest.length - at >= 5) {
        const length = this.rest.readUInt32BE(at);
        if (this.rest.length - at < 5 + length) break;
        const frame: Frame = this.rest[at + 4];
        const payload = this.rest.subarray(at + 5, at + 5 + length);
        at += 5 + length;
        if (frame === Frame.PING) this.send(Frame.PONG);
        else if (frame !== Frame.PONG) received(frame, payload);
      }
      this.rest = this.rest.subarray(at);
      handled();
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      clearInterval(this.pulse);
      if (this.open) closed();
      this.open = false;
    });
    this.pulse = setInterval(
      () => {
        const silence = Date.now() - this.heard;
        if (silence > heartbeat.intervalMs + heartbeat.timeoutMs) socket.destroy();
        else if (silence >= heartbeat.intervalMs) this.send(Frame.PING);
      },
      Math.max(50, heartbeat.intervalMs / 2),
    );
  }

  public send(frame: Frame, ...parts: Buffer[]): void {
    if (!this.open || this.socket.destroyed) return;
    const header = Buffer.allocUnsafe(5);
    header.writeUInt32BE(parts.reduce((sum, { length }) => sum + length, 0));
    header[4] = frame;
    this.socket.cork();
    this.socket.write(header);
    for (const part of parts) this.socket.write(part);
    this.socket.uncork();
  }

  /** Ends it without a word to its owner. */
  public drop(): void {
    this.open = false;
    clearInterval(this.pulse);
    this.socket.destroy();
  }

  /** Lets what was said arrive, then ends it. */
  public finish(): void {
    this.open = false;
    clearInterval(this.pulse);
    this.socket.end();
  }
}

export const json = (value: unknown) => Buffer.from(JSON.stringify(value));
export const parse = (payload: Buffer) => JSON.parse(payload.toString());

export function numbers(...values: number[]): Buffer {
  const bytes = Buffer.allocUnsafe(8 * values.length);
  for (const [i, value] of values.entries()) bytes.writeDoubleBE(value, 8 * i);
  return bytes;
}
