import { randomUUID } from 'node:crypto';
import { type Addresses, addressesOf } from './addresses';
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
import { seedsOf } from './seeds';
import type { Store } from './store';
import { timingsOf } from './timings';

/** How long a member that starts looks for a leader before it calls an election. */
const DISCOVERY_MS = 3000;
/** How long a leader that resigns waits for the others to have all it acknowledged. */
const RESIGN_MS = 2000;
/** By then gossip tells what a member has become. */
const NEWS_MS = 5000;
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
  public readonly addresses: Addresses;
  private readonly leading: Leading;
  private readonly following: Following;
  private current = 'Initializing';
  private followedSince = 0;

  constructor(
    public readonly line: Line,
    public readonly options: Options,
    store: Store,
    public readonly faults: Faults,
    private readonly end: (code: number) => void,
  ) {
    this.size = options.number('ClusterSize');
    this.replica = options.flag('ReadOnlyReplica');
    this.addresses = addressesOf(options);
    this.database = new Database(store);
    const { heartbeat, appendMs, forwardMs, electionMs, ...timings } = timingsOf(options);
    this.leading = new Leading(
      this.database,
      { size: this.size, heartbeat, patienceMs: appendMs, allowSurplus: options.flag('UnsafeAllowSurplusNodes') },
      faults,
      () => this.retire(),
      log,
    );
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
      timings.gossip,
      () => this.look(),
    );
    this.election = new Election(
      this.gossip,
      { size: this.size, timeoutMs: electionMs },
      {
        self: () => this.self(),
        standing: () => this.standing()?.instanceId,
        takesPart: () =>
          !this.replica && this.size > 1 && !['Initializing', 'DiscoverLeader', 'ShuttingDown'].includes(this.current),
        proposal: () => store.proposal,
        remember: (proposal) => store.remember(proposal),
        elected: ({ member, number }) => this.elected(member, number),
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
      this.lead(0);
      return;
    }
    this.become(this.replica ? 'ReadOnlyLeaderless' : 'DiscoverLeader');
    void seedsOf(this.options).then((seeds) => this.gossip.start(seeds));
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
      ...this.addresses,
      lastCommitPosition: this.database.lastCommit,
      writerCheckpoint: store.position,
      epochPosition: epoch?.position ?? -1,
      epochNumber: epoch?.number ?? -1,
      epochId: epoch?.id ?? NOBODY,
      epochLeader: epoch?.leader ?? NOBODY,
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
    this.gossip.stop();
    this.election.stop();
    this.following.leave();
    this.leading.close();
    this.become('ShuttingDown');
    this.end(code);
  }

  private become(state: string): void {
    if (this.current === 'ShuttingDown' || this.current === state) return;
    log(`========== [${keyOf(this.addresses.http)}] IS ${state.toUpperCase()}`);
    this.current = state;
    this.entered.set(state, Date.now());
  }

  private discovered(): void {
    if (this.current !== 'DiscoverLeader') return;
    this.become('Unknown');
    this.election.start();
  }

  private standing(): Member | undefined {
    if (this.current === 'Leader') return this.self();
    const leader = this.following.leader && this.gossip.byInstance(this.following.leader.instanceId);
    const leads = leader?.state === 'Leader' || ['CatchingUp', 'Clone', 'Follower'].includes(this.current);
    return leader?.isAlive && leads ? leader : undefined;
  }

  /** What gossip says now: is there a leader to follow, or has the followed one died? */
  private look(): void {
    const { leaders } = this.gossip;
    if (this.size === 1 || this.current === 'ShuttingDown') return;
    if (this.current === 'Leader') {
      // Of two, the one of the older epoch steps down. The real ones get there by an election.
      const [newer] = leaders.filter((other) => isNewer(other, this.self()));
      if (!newer) return;
      log('There are MULTIPLE LEADERS according to gossip.');
      this.follow(newer);
    } else if (['DiscoverLeader', 'Unknown', 'ReadOnlyLeaderless'].includes(this.current)) {
      if (leaders.length === 1) this.follow(leaders[0]);
    } else if (FOLLOWING.includes(this.current)) this.lookAfterLeader(leaders);
  }

  private lookAfterLeader(leaders: Member[]): void {
    const followed = this.following.leader && this.gossip.byInstance(this.following.leader.instanceId);
    if (followed?.isAlive && followed.state === 'Leader') this.election.stop();
    // Gossip of the one that was just elected may be old, and one that it took the lead from may still call itself leader.
    else if (followed?.isAlive && Date.now() - this.followedSince < NEWS_MS) return;
    else if (leaders.length === 1) this.follow(leaders[0]);
    else if (this.replica) {
      this.following.leave();
      this.become('ReadOnlyLeaderless');
    } else if (!followed?.isAlive) {
      // one that was only slow, and lives after all, must be subscribed to anew
      this.following.leave();
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
    this.followedSince = Date.now();
    this.following.follow(leader);
  }

  private disconnected(leader: Member): void {
    if (!FOLLOWING.includes(this.current)) return;
    this.become(this.replica ? 'PreReadOnlyReplica' : 'PreReplica');
    this.gossip.confirm(leader.http);
  }

  private elected(leader: Member, number: number): void {
    if (leader.instanceId !== this.instanceId) this.follow(leader);
    else if (!['Leader', 'PreLeader'].includes(this.current)) this.lead(number);
  }

  /** Opens the epoch that was proposed, or a later one if it has heard of that already. */
  private lead(proposed: number): void {
    const number = Math.max(proposed, (this.database.store.epochs.at(-1)?.number ?? -1) + 1);
    this.following.leave();
    this.become('PreLeader');
    setImmediate(() => {
      if (this.current !== 'PreLeader') return;
      this.become('Leader');
      this.leading.begin({ number, id: randomUUID(), leader: this.instanceId });
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

function isNewer(leader: Member, than: Member): boolean {
  return (
    leader.epochNumber - than.epochNumber > 0 ||
    (leader.epochNumber === than.epochNumber && leader.instanceId > than.instanceId)
  );
}
