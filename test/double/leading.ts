import { createServer, type Server, type Socket } from 'node:net';
import type { Append, Database, Prepared, Result } from './database';
import type { Faults, Kind } from './faults';
import { Connection, Frame, type Heartbeat, json, numbers, parse } from './frames';
import { commonLength, type Epoch, encode, type LogRecord } from './store';
import { Subscriber, type Subscription } from './subscriber';
import { Waiting } from './waiting';

export interface LeadingSettings {
  readonly size: number;
  readonly heartbeat: Heartbeat;
  readonly allowSurplus: boolean;
  /** how long an append waits for its quorum */
  readonly patienceMs: number;
}

/** How far behind a copy may be to count as done. */
const CLONE_DISTANCE = 1024;
/** A leader without a quorum gives up after this long. */
const NO_QUORUM_MS = 3000;

/** What a leader does: takes appends, copies them to the others, and counts who has them. */
export class Leading {
  public readonly subscribers = new Set<Subscriber>();
  private readonly server: Server;
  private readonly sockets = new Set<Connection>();
  private batch: { record: LogRecord; bytes: Buffer }[] = [];
  private batchBytes = 0;
  private readonly waiting: Waiting;
  private active = false;
  private quorumSeen = 0;
  private readonly committed = () => this.database.committed;

  constructor(
    private readonly database: Database,
    private readonly settings: LeadingSettings,
    private readonly faults: Faults,
    private readonly lost: () => void,
    private readonly log: (words: string) => void,
  ) {
    this.waiting = new Waiting(settings.patienceMs);
    this.server = createServer((socket) => this.accept(socket));
    setInterval(() => this.check(), 100);
  }

  /** A member alone has nobody to copy to, and does not listen: a leader of size 1 serves nobody. */
  public listen(port: number, host: string): void {
    if (this.settings.size > 1) this.server.listen(port, host);
  }

  public begin({ number, id, leader }: Omit<Epoch, 'position'>): void {
    this.active = true;
    this.quorumSeen = Date.now();
    this.database.forgetIds();
    this.write({ e: number, i: id, l: leader });
  }

  /** Appends that wait go on waiting: if this member's log survives, they may yet be answered. */
  public end(): void {
    this.active = false;
    this.flush();
    for (const connection of this.sockets) connection.drop();
    this.sockets.clear();
    for (const subscriber of this.subscribers) this.leave(subscriber);
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
    const committed = prepared.end ?? this.database.store.position + this.batchBytes;
    if (!prepared.record && committed <= this.database.committed) return Promise.resolve(prepared.result);
    return this.waiting.until(committed, prepared.result);
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
    const bytes = this.database.writeBatch(this.batch);
    this.batch = [];
    this.batchBytes = 0;
    for (const subscriber of this.subscribers) subscriber.written(bytes, this.committed);
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
    this.waiting.answer(this.database.committed);
  }

  private check(): void {
    const now = Date.now();
    this.waiting.expire();
    if (!this.active) return;
    const voters = [...this.subscribers].filter(({ subscription }) => !subscription.replica).length;
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
        if (subscriber) this.leave(subscriber);
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
    const position = commonLength(subscription, this.database.store);
    const subscriber = new Subscriber(connection, subscription, position, this.database.store);
    // A member that comes again may have an older connection, which did not break yet: it counts once, as it is now.
    for (const older of this.subscribers) {
      if (older.subscription.name !== subscription.name) continue;
      older.connection.drop();
      this.sockets.delete(older.connection);
      this.leave(older);
    }
    this.subscribers.add(subscriber);
    connection.send(Frame.SUBSCRIBED, json({ position }));
    // one that must drop records goes, and comes again
    if (position === subscription.position) {
      void subscriber.copy(this.committed);
      this.acknowledged(subscriber, position);
    }
    return subscriber;
  }

  private leave(subscriber: Subscriber): void {
    subscriber.leave();
    this.subscribers.delete(subscriber);
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
      this.log(`SURPLUS OF NODES: dropping ${clone.subscription.name}`);
      clone.connection.send(Frame.DROP);
      this.leave(clone);
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
