import type { Heartbeat } from './frames';
import type { GossipSettings } from './gossip';
import type { Options } from './options';

/** The options that say how long something takes. */
export interface Timings {
  readonly gossip: GossipSettings;
  readonly heartbeat: Heartbeat;
  readonly electionMs: number;
  /** how long a leader's client waits for the quorum */
  readonly appendMs: number;
  /** and a follower's for the leader */
  readonly forwardMs: number;
}

export function timingsOf(options: Options): Timings {
  const number = (name: string) => options.number(name);
  const [prepare, commit] = [number('PrepareTimeoutMs'), number('CommitTimeoutMs')];
  return {
    gossip: {
      intervalMs: number('GossipIntervalMs'),
      timeoutMs: number('GossipTimeoutMs'),
      removalMs: 1000 * number('DeadMemberRemovalPeriodSec'),
    },
    heartbeat: {
      intervalMs: number('ReplicationHeartbeatInterval'),
      timeoutMs: number('ReplicationHeartbeatTimeout'),
    },
    electionMs: number('LeaderElectionTimeoutMs'),
    appendMs: Math.max(prepare, commit),
    forwardMs: prepare + commit + 300,
  };
}
