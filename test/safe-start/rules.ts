/** A member as gossip shows it, where it lives. */
export interface Member {
  readonly name: string;
  readonly state: string;
  readonly learner: boolean;
  /** bytes of its log; 0 is empty */
  readonly log: number;
  /** the number of the newest epoch in its log, -1 without one */
  readonly epoch: number;
}

/** What a learner knows when it considers whether it may vote. */
export interface View {
  readonly size: number;
  /** all members that should be, in their order */
  readonly seeds: string[];
  readonly me: string;
  readonly members: Member[];
  /** how long it has been running, in looks */
  readonly seconds: number;
  /** for how many looks it has been waiting for lost members */
  readonly waited: number;
  readonly patience: number;
  /** the leader of the look before */
  readonly before?: { readonly leader: string; readonly epoch: number; readonly log: number };
  /** the cluster size that the leader runs with */
  readonly leaderSize?: number;
}

/**
 * The rules of start.sh, said again and apart from it: why a learner may vote from now on. A test holds the script to
 * this in every situation, and the model of the election decides by it.
 */
export function mayVote(view: View): 'a' | 'b' | 'c' | undefined {
  const { size, seeds } = view;
  const members = view.members.filter(({ name }) => seeds.includes(name));
  const me = members.find(({ name }) => name === view.me);
  if (!me) return undefined;

  const leaders = members.filter(({ state }) => state === 'Leader');
  const leader = leaders.length === 1 ? leaders[0] : undefined; // of two, one leads no more
  if (me.state === 'ReadOnlyReplica') {
    const steady = view.before?.leader === leader?.name && view.before?.epoch === leader?.epoch;
    const whole = leader !== undefined && me.epoch === leader.epoch && me.log >= (view.before?.log ?? Infinity);
    return steady && whole && view.seconds >= 5 && view.leaderSize === size ? 'a' : undefined;
  }

  const leading = members.some(({ state }) => ['Leader', 'PreLeader', 'ResigningLeader'].includes(state));
  if (me.state !== 'ReadOnlyLeaderless' || leading || members.length < size) return undefined;
  if (members.every(({ log }) => log === 0)) return 'b';

  const majority = Math.floor(size / 2) + 1;
  const voters = members.filter(({ learner }) => !learner).length;
  if (voters >= majority || view.waited < view.patience) return undefined;
  const best = members
    .filter(({ learner }) => learner)
    .sort((x, y) => y.epoch - x.epoch || y.log - x.log || seeds.indexOf(x.name) - seeds.indexOf(y.name));
  return best.slice(0, majority - voters).includes(me) ? 'c' : undefined;
}
