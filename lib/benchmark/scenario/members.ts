import http from 'k6/http';
import { authorization } from './environment';

/** A member and what it says that it is: `leader`, `follower`, …, or nothing where it does not answer. */
export interface Member {
  readonly name: string;
  readonly url: string;
  readonly state?: string;
}

/** Asks every member for its state. Members that fell out say `leader` for another three seconds. */
export function askMembers(members: Readonly<Record<string, string>>): Member[] {
  return Object.entries(members).map(([name, url]) => ({ name, url, state: stateOf(url) }));
}

/** Who leads; undefined while nobody, or more than one, says so. */
export function leaderOf(members: readonly Member[]): Member | undefined {
  const leaders = members.filter(({ state }) => state === 'leader');
  return leaders.length === 1 ? leaders[0] : undefined;
}

/** What a member or a front end says of itself; undefined where it does not answer. */
export function info(url: string): { state: string; esVersion: string } | undefined {
  const { status, body } = http.get(`${url}/info`, {
    headers: authorization(),
    timeout: '2s',
    redirects: 0,
    responseType: 'text',
    tags: { name: 'info', phase: 'setup' },
  });
  if (status !== 200) return undefined;
  try {
    return JSON.parse(body as string);
  } catch {
    return undefined; // not the database
  }
}

function stateOf(url: string): string | undefined {
  return info(url)?.state.toLowerCase();
}
