import { sleep } from 'k6';
import http from 'k6/http';
import type { Settings } from '../settings';
import type { Found } from '../verdict';
import { authorization } from './environment';
import { askMembers, leaderOf } from './members';

/** Where the audit reads: a member, or whoever leads. */
export interface Source {
  readonly name: string;
  readonly url?: string;
}

const PAGE = 100;
const ATTEMPTS = 10;
/** A feed can only be so long before it is none of ours. */
const MOST_PAGES = 100;

let leader: string | undefined;

/** All events of a stream, page by page; none where it does not exist, undefined where it cannot be read. */
export function streamAt(source: Source, stream: string, settings: Settings): Found[] | undefined {
  const events: Found[] = [];
  for (let page = 0; page < MOST_PAGES; page++) {
    const entries = pageAt(source, `/streams/${stream}/${page * PAGE}/forward/${PAGE}?embed=body`, settings);
    if (!entries) return undefined;
    events.push(...entries);
    if (entries.length < PAGE) break;
  }
  return events;
}

function pageAt(source: Source, path: string, settings: Settings): Found[] | undefined {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    if (attempt > 0) sleep(Math.min(attempt, 5));
    const url = source.url ?? findLeader(settings);
    if (!url) continue;
    const answer = http.get(url + path, {
      headers: {
        ...authorization(),
        Accept: `${settings.mediaTypes}.atom+json`,
        ...(!source.url && { 'ES-RequireLeader': 'True' }),
      },
      // only where one address stands for all can the leader be another than who was asked
      redirects: source.url || Object.keys(settings.members).length > 0 ? 0 : 3,
      timeout: '10s',
      responseType: 'text',
      tags: { name: 'audit' },
    });
    if (answer.status === 404) return [];
    const entries = answer.status === 200 ? parse(answer.body as string) : undefined;
    if (entries) return entries;
    leader = undefined;
  }
  return undefined;
}

function findLeader(settings: Settings): string | undefined {
  if (Object.keys(settings.members).length === 0) return settings.url;
  leader ??= leaderOf(askMembers(settings.members))?.url;
  return leader;
}

function parse(body: string): Found[] | undefined {
  try {
    const { entries } = JSON.parse(body) as { entries: { eventId: string; eventNumber: number }[] };
    return entries.map(({ eventId, eventNumber }) => ({ id: eventId, number: eventNumber }));
  } catch {
    return undefined; // cut off: read again
  }
}
