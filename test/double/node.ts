import { randomUUID } from 'node:crypto';
import { resolve4 } from 'node:dns/promises';
import { type Append, Database, type Result } from './database';
import { Election, type Message } from './election';
import type { Faults } from './faults';
import { Following } from './following';
import { Gossip, keyOf, type Member, NOBODY } from './gossip';
import { Leading } from './leading';
import type { Line } from './line';
import { log } from './log';
import { Machine } from './measure';
import type { Address, Options } from './options';
import type { Store } from './store';

/** How long a member that starts looks for a leader before it calls an election. */
const DISCOVERY_MS = 3000;
/** How long a leader that resigns waits for the others to have all it acknowledged. */
const RESIGN_MS = 2000;
const FOLLOWING = ['PreReplica', 'CatchingUp', 'Clone', 'Follower', 'PreReadOnlyReplica', 'ReadOnlyReplica'];

/** A member: what it is at the moment, and how it becomes something else. */
export class Node {
  public readonly instanceId = randomUUID();
  public readonly started = Date.now();
  public readonly database: Database;
  public readonly gossip: Gossip;
  public readonly election: Election;
  public readonly machine = new Machine();
  /** when each state was last entered, in ms */
  public readonly entered = new Map<string, number>();
  public readonly size: number;
  public readonly replica: boolean;
  /** as other members are told */
  public readonly advertised: Address;
  private readonly tcp: Address;
  private readonly client: Address;
  private readonly leading: Leading;
  private readonly following: Following;
  private current = 'Initializing';

  constructor(
    public readonly line: Line,
    public readonly options: Options,
    store: Store,
    public readonly faults: Faults,
    private readonly end: (code: number) => void,
  ) {
    const number = (name: string) => options.number(name);
    this.size = number('ClusterSize');
    this.replica = options.flag('ReadOnlyReplica');
    const ip = (name: string) => ((options.text(name) ?? '0.0.0.0') === '0.0.0.0' ? '127.0.0.1' : options.text(name)!);
    this.advertised = {
      host: options.text('NodeHostAdvertiseAs') ?? ip('NodeIp'),
      port: number('NodePortAdvertiseAs') || number('NodePort'),
    };
    this.tcp = {
      host: options.text('ReplicationHostAdvertiseAs') ?? ip('ReplicationIp'),
      port: number('ReplicationTcpPortAdvertiseAs') || number('ReplicationPort'),
    };
    this.client = {
      host: options.text('AdvertiseHostToClientAs') || this.advertised.host,
      port: number('AdvertiseNodePortToClientAs') || this.advertised.port,
    };
    this.database = new Database(store);
    const heartbeat = {
      intervalMs: number('ReplicationHeartbeatInterval'),
      timeoutMs: number('ReplicationHeartbeatTimeout'),
    };
    const patienceMs = Math.max(number('PrepareTimeoutMs'), number('CommitTimeoutMs'));
    this.leading = new Leading(
      this.database,
      { size: this.size, heartbeat, patienceMs, allowSurplus: options.flag('UnsafeAllowSurplusNodes') },
      faults,
      () => this.retire(),
      log,
    );
    const forwardMs = number('PrepareTimeoutMs') + number('CommitTimeoutMs') + 300;
    this.following = new Following(
      this.database,
      { heartbeat, forwardMs },
      {
        self: () => this.self(),
        subscribed: () => this.become(this.replica ? 'ReadOnlyReplica' : 'CatchingUp'),
        clone: () => this.become('Clone'),
        follower: () => this.become('Follower'),
        committed: () => this.leading.answer(),
        disconnected: (leader) => this.disconnected(leader),
        dropped: () => this.stop(0, 'SURPLUS OF NODES IN THE CLUSTER. SHUTTING DOWN NODE.'),
        truncate: (position) => this.truncate(position),
      },
    );
    this.gossip = new Gossip(
      () => this.self(),
      {
        intervalMs: number('GossipIntervalMs'),
        timeoutMs: number('GossipTimeoutMs'),
        removalMs: 1000 * number('DeadMemberRemovalPeriodSec'),
      },
      () => this.look(),
    );
    this.election = new Election(
      this.gossip,
      { size: this.size, timeoutMs: number('LeaderElectionTimeoutMs') },
      {
        self: () => this.self(),
        standing: () => this.standing()?.instanceId,
        takesPart: () =>
          !this.replica && this.size > 1 && !['Initializing', 'DiscoverLeader', 'ShuttingDown'].includes(this.current),
        elected: (leader) => this.elected(leader),
      },
    );
  }

  public get state(): string {
    return this.current;
  }

  /** The leader's address for clients, while one is followed that lives. */
  public get leader(): Address | undefined {
    const leader = this.following.leader && this.gossip.byInstance(this.following.leader.instanceId);
    return leader?.isAlive ? leader.client : undefined;
  }

  public start(): void {
    this.leading.listen(this.options.number('ReplicationPort'), this.options.text('ReplicationIp') ?? '127.0.0.1');
    if (this.size === 1) {
      this.lead();
      return;
    }
    this.become(this.replica ? 'ReadOnlyLeaderless' : 'DiscoverLeader');
    void this.seeds().then((seeds) => this.gossip.start(seeds));
    if (!this.replica) setTimeout(() => this.discovered(), DISCOVERY_MS);
  }

  public self(): Member {
    const { store } = this.database;
    const epoch = store.epochs.at(-1);
    return {
      instanceId: this.instanceId,
      timeStamp: Date.now(),
      state: this.current,
      isAlive: this.current !== 'ShuttingDown',
      tcp: this.tcp,
      http: this.advertised,
      client: this.client,
      lastCommitPosition: this.database.lastCommit,
      writerCheckpoint: store.position,
      epochPosition: epoch?.position ?? -1,
      epochNumber: epoch?.number ?? -1,
      epochId: epoch?.id ?? NOBODY,
      nodePriority: this.options.number('NodePriority'),
      isReadOnlyReplica: this.replica,
      esVersion: this.line.version,
    };
  }

  public append(append: Append): Promise<Result> {
    if (this.current === 'Leader') return this.leading.append(append);
    if (FOLLOWING.includes(this.current) || this.current === 'ReadOnlyLeaderless')
      return this.following.forward(append);
    return Promise.resolve({ status: 503, reason: 'Server Is Not Ready' });
  }

  public message(message: Message): void {
    this.election.receive(message);
  }

  /** Hands over: the others elect, and this one is no better than another with the same log. */
  public resign(): void {
    if (this.current !== 'Leader' || this.size === 1) return;
    this.become('ResigningLeader');
    this.election.resign();
    const until = Date.now() + RESIGN_MS;
    const wait = () => {
      if (this.current !== 'ResigningLeader') return;
      if (!this.leading.isReplicated && Date.now() < until) return void setTimeout(wait, 20);
      this.retire();
    };
    setTimeout(wait, 100);
  }

  public stop(code: number, why: string): void {
    if (this.current === 'ShuttingDown') return;
    log(why);
    this.election.stop();
    this.following.leave();
    this.leading.close();
    this.become('ShuttingDown');
    this.end(code);
  }

  private become(state: string): void {
    if (this.current === 'ShuttingDown' || this.current === state) return;
    log(`========== [${keyOf(this.advertised)}] IS ${state.toUpperCase()}`);
    this.current = state;
    this.entered.set(state, Date.now());
  }

  private async seeds(): Promise<readonly Address[]> {
    if (!this.options.flag('DiscoverViaDns')) return this.options.seeds;
    const port = this.options.number('ClusterGossipPort');
    for (;;) {
      const found = await resolve4(this.options.text('ClusterDns')!).catch(() => undefined);
      if (found) return found.map((host) => ({ host, port }));
      await new Promise((later) => setTimeout(later, 1000));
    }
  }

  private discovered(): void {
    if (this.current !== 'DiscoverLeader') return;
    this.become('Unknown');
    this.election.start();
  }

  private standing(): Member | undefined {
    if (this.current === 'Leader') return this.self();
    const leader = this.following.leader && this.gossip.byInstance(this.following.leader.instanceId);
    return leader?.isAlive && leader.state === 'Leader' ? leader : undefined;
  }

  /** What gossip says now: is there a leader to follow, or has the followed one died? */
  private look(): void {
    const { leaders } = this.gossip;
    if (this.size === 1 || this.current === 'ShuttingDown') return;
    if (this.current === 'Leader') {
      if (leaders.length === 0) return;
      log('There are MULTIPLE LEADERS according to gossip, need to start elections.');
      this.election.forgetLeader();
      this.retire();
    } else if (['DiscoverLeader', 'Unknown', 'ReadOnlyLeaderless'].includes(this.current)) {
      if (leaders.length === 1) this.follow(leaders[0]);
    } else if (FOLLOWING.includes(this.current)) this.lookAfterLeader(leaders);
  }

  private lookAfterLeader(leaders: Member[]): void {
    const followed = this.following.leader && this.gossip.byInstance(this.following.leader.instanceId);
    if (followed?.isAlive && (followed.state === 'Leader' || leaders.length !== 1)) {
      if (followed.state === 'Leader') this.election.stop();
      return;
    }
    if (leaders.length === 1) this.follow(leaders[0]);
    else if (this.replica) {
      this.following.leave();
      this.become('ReadOnlyLeaderless');
    } else {
      this.become('PreReplica');
      if (!this.election.isRunning)
        log('There is NO LEADER or LEADER is DEAD according to GOSSIP. Starting new elections.');
      this.election.start();
    }
  }

  private follow(leader: Member): void {
    if (this.following.leader?.instanceId === leader.instanceId) return;
    this.election.stop();
    this.leading.end();
    this.become(this.replica ? 'PreReadOnlyReplica' : 'PreReplica');
    this.following.follow(leader);
  }

  private disconnected(leader: Member): void {
    if (!FOLLOWING.includes(this.current)) return;
    this.become(this.replica ? 'PreReadOnlyReplica' : 'PreReplica');
    this.gossip.confirm(leader.http);
  }

  private elected(leader: Member): void {
    if (leader.instanceId !== this.instanceId) this.follow(leader);
    else if (!['Leader', 'PreLeader'].includes(this.current)) this.lead();
  }

  private lead(): void {
    this.following.leave();
    this.become('PreLeader');
    const last = this.database.store.epochs.at(-1);
    setImmediate(() => {
      if (this.current !== 'PreLeader') return;
      this.become('Leader');
      this.leading.begin({ number: (last?.number ?? -1) + 1, id: randomUUID() });
    });
  }

  private retire(): void {
    this.leading.end();
    this.become('Unknown');
    this.election.start();
  }

  private truncate(position: number): void {
    const { store } = this.database;
    store.tellToTruncate(position);
    this.stop(
      0,
      `OFFLINE TRUNCATION IS NEEDED (SubscribedAt ${position} <= WriterCheckpoint ${store.position}). SHUTTING DOWN NODE.`,
    );
  }
}
