import type { Duration } from 'cdk8s';
import { EventStoreError } from '../errors';

/** One pod's end: when, and whose. */
export class PodKill {
  /**
   * A follower, the first that says it is one.
   *
   * @param at after the begin of the measured part
   */
  public static follower(at: Duration): PodKill {
    return new PodKill(at.toMilliseconds() / 1000, 'follower');
  }

  /**
   * The leader, whoever that is by then.
   *
   * @param at after the begin of the measured part
   */
  public static leader(at: Duration): PodKill {
    return new PodKill(at.toMilliseconds() / 1000, 'leader');
  }

  /**
   * A member by its number, whatever it is by then.
   *
   * @param at after the begin of the measured part
   * @param ordinal the member's number, from 1
   */
  public static member(at: Duration, ordinal: number): PodKill {
    return new PodKill(at.toMilliseconds() / 1000, undefined, ordinal);
  }

  /** Seconds after the begin of the measured part. */
  public readonly seconds: number;

  private constructor(
    seconds: number,
    private readonly role: string | undefined,
    private readonly ordinal = 0,
  ) {
    this.seconds = seconds;
  }

  /** `leader`, `follower` or a member's name. Throws ES549 where the cluster has none. @internal */
  public _victim(members: readonly string[]): string {
    if (this.role === 'follower' && members.length < 2) {
      throw new EventStoreError(
        'ES549',
        'a follower to kill needs a cluster of 3 or more, got 1 member: kill the leader',
      );
    }
    const victim = this.role ?? members[this.ordinal - 1];
    if (!victim) {
      throw new EventStoreError('ES549', `a member to kill must be 1 to ${members.length}, got ${this.ordinal}`);
    }
    return victim;
  }
}
