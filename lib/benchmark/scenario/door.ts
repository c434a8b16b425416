import type { Settings } from '../settings';
import { askMembers, leaderOf } from './members';

/** A leader found less than this ago is taken to lead still. */
const FRESH_MS = 10_000;

/** Every user's own: scripts share nothing. */
let leader: string | undefined;
let asked = 0;

/** The URL that the load goes to. Without a leader it is the last one's: a client does not know better. */
export function door({ target, url, members }: Settings): string {
  if (target !== 'leader') return url;
  if (!leader || Date.now() - asked > FRESH_MS) {
    leader = leaderOf(askMembers(members))?.url ?? leader;
    asked = Date.now();
  }
  return leader ?? url;
}

/** After an error: the leader may have moved. */
export function askAgain(): void {
  asked = Math.min(asked, Date.now() - FRESH_MS + 1000); // at most once a second
}
