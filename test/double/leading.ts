import { createServer, type Server, type Socket } from 'node:net';
import type { Append, Database, Prepared, Result } from './database';
import type { Faults, Kind } from './faults';
import { Connection, Frame, type Heartbeat, json, numbers, parse } from './frames';
import { type Epoch, encode, type LogRecord } from './store';

export interface LeadingSettings {
  readonly size: number;
  readonly heartbeat: Heartbeat;
  readonly allowSurplus: boolean;
  /** how long an append waits for its quorum */
  readonly patienceMs: number;
}

export interface Subscription {
  readonly instanceId: string;
  readonly name: string;
  readonly replica: boolean;
  readonly position: number;
  readonly epochs: Epoch[];
}

type Role = 'CatchingUp' | 'Clone' | 'Follower' | 'ReadOnlyReplica';

interface Subscriber extends Subscription {
  readonly connection: Connection;
  role: Role;
  sent: number;
  acked: number;
  /** its copy is being read from the files; else it gets every write as it happens */
  copying: boolean;
}

interface Waiting {
  readonly end: number;
  readonly result: Result;
  readonly until: number;
  readonly answer: (result: Result) => void;
}

/** How far behind a copy may be to count as done. */
const CLONE_DISTANCE = 1024;
/** A leader without a quorum gives up after this long. */
const NO_QUORUM_MS = 3000;
const CONGESTED = 4 << 20;

/** What a leader does: takes appends, copies them to the others, and counts who has them. */
export class Leading {
  public readonly subscribers = new Set<Subscriber>();
  private readonly server: Server;
  private readonly sockets = new Set<Connection>();
  private batch: { record: LogRecord; bytes: Buffer }[] = [];
  private batchBytes = 0;
  private waiting: Waiting[] = [];
  private active = false;
  private quorumSeen = 0;

  constructor(
    private readonly database: Database,
    private readonly settings: LeadingSettings,
    private readonly faults: Faults,
    private readonly lost: () => void,
    private readonly log: (words: string) => void,
  ) {
    this.server = createServer((socket) => this.accept(socket));
    setInterval(() => this.check(), 100);
  }

  /** A member alone has nobody to copy to, and does not listen: a leader of size 1 serves nobody. */
  public listen(port: number, host: string): void {
    if (this.settings.size > 1) this.server.listen(port, host);
  }

  public begin(epoch: { number: number; id: string }): void {
    this.active = true;
    this.quorumSeen = Date.now();
    this.database.forgetIds();
    this.write({ e: epoch.number, i: epoch.id });
  }

  /** Appends that wait go on waiting: if this member's log survives, they may yet be answered. */
  public end(): void {
    this.active = false;
    this.flush();
    for (const connection of this.sockets) connection.drop();
    this.sockets.clear();
    this.subscribers.clear();
  }

  public close(): void {
    this.end();
    this.server.close();
  }

  public get isReplicated(): boolean {
    return this.database.committed >= this.database.store.position && this.batch.length === 0;
  }

  public append(append: Append): Promise<Result> {
    const end = this.database.store.position + this.batchBytes;
    const fault = this.faults.next(append);
    if (fault === 'refuse') return Promise.resolve({ status: 503, reason: 'Server Is Too Busy' });
    const prepared = this.database.prepare(append, end);
    if (prepared.record) this.plant(fault, prepared, append);
    if (!prepared.record && !prepared.result.again) return Promise.resolve(prepared.result);
    const until = Date.now() + this.settings.patienceMs;
    const committed = prepared.end ?? this.database.store.position + this.batchBytes;
    if (!prepared.record && committed <= this.database.committed) return Promise.resolve(prepared.result);
    return new Promise((answer) => {
      this.waiting.push({ end: committed, result: prepared.result, until, answer });
    });
  }

  private plant(fault: Kind | undefined, { record, bytes, result }: Prepared, append: Append): void {
    const { besides, lost } = this.faults.plant(fault, append, result);
    if (lost) this.write({ ...record, lost: true } as LogRecord);
    else this.write(record!, bytes);
    if (!besides) return;
    const more = this.database.prepare(besides, this.database.store.position + this.batchBytes);
    if (more.record) this.write(more.record, more.bytes);
  }

  /** Writes of one turn go to the file and to the others together. */
  private write(record: LogRecord, bytes = encode(record)): void {
    if (this.batch.length === 0) setImmediate(() => this.flush());
    this.batch.push({ record, bytes });
    this.batchBytes += bytes.length;
  }

  private flush(): void {
    if (this.batch.length === 0) return;
    const start = this.database.store.position;
    const bytes = this.database.writeBatch(this.batch);
    this.batch = [];
    this.batchBytes = 0;
    for (const subscriber of this.subscribers) {
      if (subscriber.copying || subscriber.sent !== start) continue;
      if (subscriber.connection.socket.writableLength > CONGESTED) {
        void this.copy(subscriber);
        continue;
      }
      subscriber.sent += bytes.length;
      subscriber.connection.send(Frame.DATA, numbers(this.database.committed, start), bytes);
    }
    this.count();
  }

  /** What a majority holds is committed: readers see it, and who waits for it is told. */
  private count(): void {
    if (!this.active) return;
    const needed = Math.floor(this.settings.size / 2);
    const held = [...this.subscribers].filter(({ role }) => role === 'Follower').map(({ acked }) => acked);
    const position = needed === 0 ? this.database.store.position : held.sort((a, b) => b - a)[needed - 1];
    if (position === undefined || position <= this.database.committed) return;
    this.database.commit(Math.min(position, this.database.store.position));
    for (const { connection } of this.subscribers) connection.send(Frame.COMMIT, numbers(this.database.committed));
    this.answer();
  }

  /** Also called when this member follows and its log was found to be the leader's. */
  public answer(): void {
    let done = 0;
    while (done < this.waiting.length && this.waiting[done].end <= this.database.committed) {
      this.waiting[done].answer(this.waiting[done].result);
      done++;
    }
    this.waiting.splice(0, done);
  }

  private check(): void {
    const now = Date.now();
    while (this.waiting.length > 0 && this.waiting[0].until < now) {
      this.waiting.shift()!.answer({ status: 500, reason: 'Commit phase timeout' });
    }
    if (!this.active) return;
    const voters = [...this.subscribers].filter(({ replica }) => !replica).length;
    if (voters + 1 > this.settings.size / 2) this.quorumSeen = now;
    else if (now - this.quorumSeen > NO_QUORUM_MS) {
      this.log('NO QUORUM IN TIMEOUT. RETIRING LEADER');
      this.lost();
    }
  }

  private accept(socket: Socket): void {
    let subscriber: Subscriber | undefined;
    const connection: Connection = new Connection(
      socket,
      this.settings.heartbeat,
      (frame, payload) => {
        if (frame === Frame.SUBSCRIBE) subscriber = this.subscribe(connection, parse(payload));
        else if (frame === Frame.ACK && subscriber) this.acknowledged(subscriber, payload.readDoubleBE(0));
        else if (frame === Frame.FORWARD) void this.forwarded(connection, payload);
      },
      () => {
        this.sockets.delete(connection);
        if (subscriber) this.subscribers.delete(subscriber);
      },
    );
    this.sockets.add(connection);
  }

  private subscribe(connection: Connection, subscription: Subscription): Subscriber | undefined {
    if (!this.active) {
      connection.send(Frame.NOT_LEADING);
      return undefined;
    }
    this.flush();
    const position = this.common(subscription);
    const role = subscription.replica ? 'ReadOnlyReplica' : 'CatchingUp';
    const subscriber: Subscriber = {
      ...subscription,
      connection,
      role,
      sent: position,
      acked: position,
      copying: false,
    };
    this.subscribers.add(subscriber);
    connection.send(Frame.SUBSCRIBED, json({ position }));
    // one that must drop records goes, and comes again
    if (position === subscription.position) {
      void this.copy(subscriber);
      this.acknowledged(subscriber, position);
    }
    return subscriber;
  }

  /** How much of a member's log is this leader's too: up to where the first epoch after the last common one begins. */
  private common({ epochs, position }: Subscription): number {
    const mine = this.database.store.epochs;
    for (let i = epochs.length - 1; i >= 0; i--) {
      const at = mine.findIndex(({ id, position: start }) => id === epochs[i].id && start === epochs[i].position);
      if (at < 0) continue;
      return Math.min(mine[at + 1]?.position ?? this.database.store.position, epochs[i + 1]?.position ?? position);
    }
    return 0;
  }

  private async copy(subscriber: Subscriber): Promise<void> {
    subscriber.copying = true;
    const { connection } = subscriber;
    while (this.subscribers.has(subscriber) && subscriber.sent < this.database.store.position) {
      const bytes = this.database.store.block(subscriber.sent);
      connection.send(Frame.DATA, numbers(this.database.committed, subscriber.sent), bytes);
      subscriber.sent += bytes.length;
      if (connection.socket.writableLength > CONGESTED)
        await new Promise((drained) => connection.socket.once('drain', drained).once('close', drained));
      else await new Promise(setImmediate);
    }
    subscriber.copying = false;
  }

  private acknowledged(subscriber: Subscriber, position: number): void {
    subscriber.acked = position;
    if (subscriber.role === 'CatchingUp' && this.database.store.position - position <= CLONE_DISTANCE) {
      subscriber.role = 'Clone';
      subscriber.connection.send(Frame.CLONE);
    }
    if (subscriber.role === 'Clone') this.promote(subscriber);
    this.count();
  }

  private promote(clone: Subscriber): void {
    const followers = [...this.subscribers].filter(({ role }) => role === 'Follower').length;
    if (followers < this.settings.size - 1) {
      clone.role = 'Follower';
      clone.connection.send(Frame.FOLLOWER);
    } else if (!this.settings.allowSurplus) {
      this.log(`SURPLUS OF NODES: dropping ${clone.name}`);
      clone.connection.send(Frame.DROP);
      this.subscribers.delete(clone);
    }
  }

  private async forwarded(connection: Connection, payload: Buffer): Promise<void> {
    const { id, append } = parse(payload);
    // one that leads no more does not answer, and the follower waits
    if (!this.active) return;
    const result = await this.append(append);
    connection.send(Frame.FORWARDED, json({ id, result }));
  }
}
