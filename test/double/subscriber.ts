import { type Connection, Frame, numbers } from './frames';
import type { Epoch, Store } from './store';

/** What a member says that wants to copy a leader's log. */
export interface Subscription {
  readonly instanceId: string;
  /** its address: who it is, also after a restart */
  readonly name: string;
  readonly replica: boolean;
  readonly position: number;
  readonly epochs: Epoch[];
}

/** Unsent bytes at which a member counts as slow, and reads from the files again. */
const CONGESTED = 4 << 20;

/** One member that copies: first from the files, then every write as it happens. */
export class Subscriber {
  public role: 'CatchingUp' | 'Clone' | 'Follower' | 'ReadOnlyReplica';
  /** it holds the log up to here */
  public acked: number;
  private sent: number;
  private copying = false;
  private left = false;

  constructor(
    public readonly connection: Connection,
    public readonly subscription: Subscription,
    position: number,
    private readonly store: Store,
  ) {
    this.role = subscription.replica ? 'ReadOnlyReplica' : 'CatchingUp';
    this.sent = position;
    this.acked = position;
  }

  /** A write that ends the log, `bytes` long; `committed`: up to where a majority holds it. */
  public written(bytes: Buffer, committed: () => number): void {
    if (this.copying) return;
    if (this.connection.socket.writableLength > CONGESTED) void this.copy(committed);
    else this.send(bytes, committed());
  }

  public async copy(committed: () => number): Promise<void> {
    this.copying = true;
    const { socket } = this.connection;
    while (!this.left && this.sent < this.store.position) {
      this.send(this.store.block(this.sent), committed());
      if (socket.writableLength > CONGESTED)
        await new Promise((drained) => socket.once('drain', drained).once('close', drained));
      else await new Promise(setImmediate);
    }
    this.copying = false;
  }

  public leave(): void {
    this.left = true;
  }

  private send(bytes: Buffer, committed: number): void {
    this.connection.send(Frame.DATA, numbers(committed, this.sent), bytes);
    this.sent += bytes.length;
  }
}
