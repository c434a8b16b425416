import { type Member, mayVote } from './rules';

/**
 * A small model of the election, as it was measured on EventStoreDB 24.10.14 and KurrentDB 26.0.3:
 *
 * - the best of the **first majority that answers** wins, by epoch and length of log; nobody waits for the others;
 * - a standing leader is followed, and a follower drops what the leader does not have;
 * - an event is acknowledged when a majority of the leader's cluster size holds it;
 * - a leader of size 1 serves nobody; members beyond the leader's size are not served either;
 * - read-only replicas copy, but neither vote nor count.
 *
 * A tick is about a second. There are no partitions in it, and gossip is never late.
 */
export interface Entry {
  readonly epoch: number;
  /** an event, or undefined for the record that opens an epoch */
  readonly event?: number;
}

export class Node {
  public log: Entry[] = [];
  public marker = false;
  public running = false;
  /** ticks until it answers */
  public opens = 0;
  /** the cluster size that its process runs with */
  public size: number;
  public learner = false;
  public leads = false;
  public seconds = 0;
  public waited = 0;
  public before?: { leader: string; epoch: number; log: number };

  constructor(
    public readonly ordinal: number,
    size: number,
  ) {
    this.size = size;
  }

  public get name(): string {
    return `es-${this.ordinal}`;
  }

  public get epoch(): number {
    return this.log.at(-1)?.epoch ?? -1;
  }

  public get up(): boolean {
    return this.running && this.opens === 0;
  }
}

const majority = (size: number) => Math.floor(size / 2) + 1;
const better = (x: Node, y: Node) => x.epoch - y.epoch || x.log.length - y.log.length;
/** Entries that a member copies in a tick: a long log takes a while, so there are half copies. */
const SPEED = 1;
const PATIENCE = 4;

export class Cluster {
  public readonly nodes: Node[] = [];
  public readonly acknowledged = new Set<number>();
  private events = 0;
  private state: number;

  constructor(
    size: number,
    /** with start.sh, or the servers alone */
    private readonly safe: boolean,
    seed = 1,
  ) {
    this.state = seed;
    this.resize(size);
  }

  /** The members that should be from now on; those that run go on with the size that they have. */
  public resize(size: number): void {
    while (this.nodes.length < size) this.nodes.push(new Node(this.nodes.length + 1, size));
    for (const gone of this.nodes.splice(size)) this.stop(gone);
  }

  public node(ordinal: number): Node {
    return this.nodes[ordinal - 1];
  }

  public start(node: Node, delay = 1, size = node.size): void {
    if (node.running) return;
    node.size = size;
    if (this.safe && size > 1 && node.log.length === 0) node.marker = true;
    this.run(node, delay);
  }

  public stop(node: Node): void {
    node.running = false;
    node.leads = false;
  }

  /** The member's volume is lost, and its pod with it. */
  public lose(node: Node): void {
    this.stop(node);
    node.log = [];
    node.marker = false;
  }

  public write(count: number): void {
    const leader = this.leader();
    for (let i = 0; leader && i < count; i++) leader.log.push({ epoch: leader.epoch, event: this.events++ });
  }

  public tick(ticks = 1): void {
    for (let i = 0; i < ticks; i++) {
      for (const node of this.nodes) if (node.running && node.opens > 0) node.opens--;
      this.depose();
      if (!this.leader()) this.elect();
      this.replicate();
      if (this.safe) for (const node of this.nodes) if (node.up && node.learner) this.consider(node);
    }
  }

  public leader(): Node | undefined {
    return this.nodes.find((node) => node.up && node.leads);
  }

  /** Acknowledged events that the member does not hold. */
  public missing(node: Node): number[] {
    const held = new Set(node.log.map(({ event }) => event));
    return [...this.acknowledged].filter((event) => !held.has(event));
  }

  /** What `start.sh ready` says of the member. */
  public ready(node: Node): boolean {
    const leader = this.leader();
    if (!node.up || !leader) return false;
    if (!node.learner) return node === leader || (leader.size > 1 && node.ordinal <= leader.size);
    return (
      leader.size !== node.size &&
      (leader.size === 1 || (node.epoch === leader.epoch && node.log.length >= leader.log.length))
    );
  }

  private run(node: Node, delay: number): void {
    Object.assign(node, { running: true, opens: delay, leads: false, seconds: 0, waited: 0, before: undefined });
    node.learner = this.safe && node.size > 1 && node.marker;
  }

  private voters(): Node[] {
    return this.nodes.filter((node) => node.up && !node.learner);
  }

  private depose(): void {
    const leader = this.leader();
    if (leader && this.voters().length < majority(leader.size)) leader.leads = false;
  }

  private elect(): void {
    const [proposer, ...others] = this.shuffle(this.voters());
    if (!proposer) return;
    const answers = [proposer, ...others].slice(0, majority(proposer.size));
    if (answers.length < majority(proposer.size)) return;
    const winner = answers.reduce((best, node) => (better(node, best) > 0 ? node : best));
    winner.leads = true;
    winner.log.push({ epoch: winner.epoch + 1 });
  }

  private replicate(): void {
    const leader = this.leader();
    if (!leader) return;
    const served = this.nodes.filter(
      (node) => node.up && node !== leader && leader.size > 1 && (node.learner || node.ordinal <= leader.size),
    );
    for (const node of served) {
      let common = 0;
      while (common < node.log.length && node.log[common] === leader.log[common]) common++;
      node.log = leader.log.slice(0, Math.max(common, Math.min(leader.log.length, common + SPEED)));
    }
    const copies = [leader, ...served.filter((node) => !node.learner)];
    for (const entry of leader.log) {
      const held = copies.filter((node) => node.log.includes(entry)).length;
      if (entry.event !== undefined && held >= majority(leader.size)) this.acknowledged.add(entry.event);
    }
  }

  private consider(node: Node): void {
    const leader = this.leader();
    const members = this.nodes.filter(({ up }) => up).map((each) => this.gossip(each, leader));
    const view = {
      size: node.size,
      seeds: Array.from({ length: node.size }, (_, i) => `es-${i + 1}`),
      me: node.name,
      members,
      seconds: ++node.seconds,
      waited: node.waited,
      patience: PATIENCE,
      before: node.before,
      leaderSize: leader?.size,
    };
    const voters = members.filter(({ learner }) => !learner).length;
    node.waited = !leader && members.length === node.size && voters < majority(node.size) ? node.waited + 1 : 0;
    node.before = leader && { leader: leader.name, epoch: leader.epoch, log: leader.log.length };
    if (mayVote(view)) {
      node.marker = false;
      this.run(node, 1);
    }
  }

  private gossip(node: Node, leader: Node | undefined): Member {
    const served = leader && leader.size > 1;
    const learnerState = served ? 'ReadOnlyReplica' : leader ? 'PreReadOnlyReplica' : 'ReadOnlyLeaderless';
    const voterState = node === leader ? 'Leader' : leader ? 'Follower' : 'Unknown';
    return {
      name: node.name,
      state: node.learner ? learnerState : voterState,
      learner: node.learner,
      log: node.log.length,
      epoch: node.epoch,
    };
  }

  private shuffle(nodes: Node[]): Node[] {
    return nodes
      .map((node) => ({ node, order: this.random() }))
      .sort((x, y) => x.order - y.order)
      .map(({ node }) => node);
  }

  /** A linear congruential generator: the same seed, the same history. */
  private random(): number {
    this.state = (this.state * 1664525 + 1013904223) % 2 ** 32;
    return this.state / 2 ** 32;
  }
}

/** What a StatefulSet does in a tick: pods that are missing at once, changed ones from the last, each after all behind it. */
export function rollOut(cluster: Cluster, size: number): void {
  for (const node of cluster.nodes) cluster.start(node, 1);
  for (const node of [...cluster.nodes].reverse()) {
    if (node.size !== size) {
      cluster.stop(node);
      cluster.start(node, 1, size);
      return;
    }
    if (!cluster.ready(node)) return;
  }
}
