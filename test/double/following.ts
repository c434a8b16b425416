import { connect } from 'node:net';
import type { Append, Database, Result } from './database';
import { Connection, Frame, type Heartbeat, json, numbers, parse } from './frames';
import type { Member } from './gossip';
import type { Subscription } from './subscriber';

export interface Followed {
  self(): Member;
  subscribed(): void;
  clone(): void;
  follower(): void;
  committed(): void;
  disconnected(leader: Member): void;
  dropped(): void;
  truncate(position: number): void;
}

export interface FollowingSettings {
  readonly heartbeat: Heartbeat;
  /** how long a forwarded append is waited for */
  readonly forwardMs: number;
}

/** A leader that does not lead yet, or cannot be reached, is asked again. */
const RETRY_MS = 500;

/** What a follower or a replica does: copies a leader's log, and forwards appends to it. */
export class Following {
  public leader?: Member;
  private connection?: Connection;
  private retry?: NodeJS.Timeout;
  private next = 1;
  private readonly forwards = new Map<number, (result: Result) => void>();

  constructor(
    private readonly database: Database,
    private readonly settings: FollowingSettings,
    private readonly followed: Followed,
  ) {}

  public follow(leader: Member): void {
    this.leave();
    this.leader = leader;
    this.connect(leader);
  }

  public leave(): void {
    clearTimeout(this.retry);
    this.connection?.drop();
    this.connection = undefined;
    this.leader = undefined;
  }

  /** Held until the time-out if nobody answers, whatever the reason: so does the real one. */
  public forward(append: Append): Promise<Result> {
    return new Promise((answer) => {
      const id = this.next++;
      const timer = setTimeout(() => {
        this.forwards.delete(id);
        answer({ status: 500, reason: 'Forwarding timeout' });
      }, this.settings.forwardMs);
      this.forwards.set(id, (result) => {
        clearTimeout(timer);
        answer(result);
      });
      this.connection?.send(Frame.FORWARD, json({ id, append }));
    });
  }

  private connect(leader: Member): void {
    let written = false;
    const again = () => {
      if (this.leader !== leader) return;
      clearTimeout(this.retry);
      this.retry = setTimeout(() => this.connect(leader), RETRY_MS);
    };
    const socket = connect({ host: leader.tcp.host, port: leader.tcp.port, family: 4 });
    const connection: Connection = new Connection(
      socket,
      this.settings.heartbeat,
      (frame, payload) => {
        if (this.connection !== connection) return;
        if (frame === Frame.DATA) {
          written = true;
          this.write(payload);
        } else if (frame === Frame.COMMIT) this.commit(payload.readDoubleBE(0));
        else if (frame === Frame.NOT_LEADING) {
          connection.drop();
          again();
        } else this.told(frame, payload);
      },
      () => {
        if (this.connection !== connection) return;
        this.connection = undefined;
        this.followed.disconnected(leader);
        again();
      },
      () => {
        if (written) connection.send(Frame.ACK, numbers(this.database.store.position));
        written = false;
      },
    );
    this.connection = connection;
    socket.on('connect', () => {
      const { instanceId, http, isReadOnlyReplica: replica } = this.followed.self();
      const { position, epochs } = this.database.store;
      const subscription: Subscription = { instanceId, name: `${http.host}:${http.port}`, replica, position, epochs };
      connection.send(Frame.SUBSCRIBE, json(subscription));
    });
  }

  private told(frame: Frame, payload: Buffer): void {
    if (frame === Frame.SUBSCRIBED) {
      const { position } = parse(payload);
      if (position < this.database.store.position) this.followed.truncate(position);
      else this.followed.subscribed();
    } else if (frame === Frame.CLONE) this.followed.clone();
    else if (frame === Frame.FOLLOWER) this.followed.follower();
    else if (frame === Frame.DROP) this.followed.dropped();
    else if (frame === Frame.FORWARDED) {
      const { id, result } = parse(payload);
      this.forwards.get(id)?.(result);
      this.forwards.delete(id);
    }
  }

  private write(payload: Buffer): void {
    const position = payload.readDoubleBE(8);
    if (position !== this.database.store.position) {
      throw new Error(`got the log from ${position} on, but it ends at ${this.database.store.position}`);
    }
    this.database.write(payload.subarray(16));
    this.commit(payload.readDoubleBE(0));
  }

  private commit(position: number): void {
    this.database.commit(position);
    this.followed.committed();
  }
}
