import { sleep } from 'k6';
import exec from 'k6/execution';
import { open as openFile } from 'k6/experimental/fs';
import { Counter } from 'k6/metrics';
import type { Options } from 'k6/options';
import { type Entry, parseLedgerLine } from '../ledger';
import { point } from '../point';
import type { Settings } from '../settings';
import { judge } from '../verdict';
import { LEDGER, RESULTS, readSettings, SHARD } from './environment';
import { LedgerFile } from './ledger-file';
import { askMembers, leaderOf } from './members';
import { type Source, streamAt } from './source';

/** Members that were killed come back first. */
const RETURN_MS = 5 * 60_000;
/**
 * So long after the audit's begin a member may lack what the leader has, since it is still catching up; what it lacks
 * later is lost on it. What the leader lacks is lost at once.
 */
const CATCH_UP_MS = 30_000;
const READERS = 10;
const CLASSES = [
  'attempted',
  'acknowledged',
  'present',
  'lost',
  'indeterminate_present',
  'indeterminate_absent',
  'duplicate',
  'misplaced',
  'unexpected',
  'unread',
] as const;
type Class = (typeof CLASSES)[number];

const settings = readSettings<Settings>();
const sources: Source[] = [
  { name: 'leader' },
  ...Object.entries(settings.members).map(([name, url]) => ({ name, url })),
];
// metrics have no tags in a summary, so each source has counters of its own
const counters = sources.map((_, i) => CLASSES.map((name) => new Counter(`audit_${i}_${name}`)));
const ledger = openFile(LEDGER);

export const options: Options = {
  scenarios: {
    audit: { executor: 'per-vu-iterations', vus: READERS, iterations: 1, maxDuration: '24h', gracefulStop: '0s' },
  },
  setupTimeout: '11m',
  discardResponseBodies: true,
  dns: { ttl: '1s', select: 'roundRobin', policy: 'preferIPv4' },
  summaryTrendStats: ['count'],
};

/** Waits until every member is of use, and returns when the audit began. */
export function setup(): { begin: number } {
  for (const since = Date.now(); Date.now() - since < RETURN_MS; sleep(1)) {
    const members = askMembers(settings.members);
    if (members.length === 0) break; // there is only one address for all
    if (leaderOf(members) && members.every(({ state }) => /^(leader|follower|readonlyreplica)$/.test(state ?? '')))
      break;
  }
  return { begin: Date.now() };
}

/** Every reader takes a part of the ledger. */
export default async function audit({ begin }: { begin: number }): Promise<void> {
  try {
    const lines = new LedgerFile(await ledger);
    await lines.goTo(exec.vu.idInTest - 1, READERS);
    for (let line = await lines.next(); line !== undefined; line = await lines.next()) {
      const { stream, entries } = parseLedgerLine(line);
      let wanted = 0;
      for (const index of sources.keys()) wanted = check(index, stream, entries, { wanted, begin });
    }
  } catch (error) {
    exec.test.fail(String(error)); // k6 itself goes on after an exception and ends with 0
  }
}

/** Reads the stream from one source; `wanted` events are there, as the leader, who comes first, has shown. */
function check(
  index: number,
  stream: string,
  entries: readonly Entry[],
  { wanted, begin }: { wanted: number; begin: number },
): number {
  const source = sources[index];
  const count = (name: Class, n: number) => n > 0 && counters[index][CLASSES.indexOf(name)].add(n);
  count('attempted', entries.length);
  count('acknowledged', entries.filter(({ outcome }) => outcome === 'acknowledged').length);
  const look = () => {
    const events = streamAt(source, stream, settings);
    return events && judge(entries, events);
  };
  let verdict = look();
  while (verdict && verdict.present < wanted && Date.now() - begin < CATCH_UP_MS) {
    sleep(1);
    verdict = look();
  }
  if (!verdict) {
    count('unread', entries.length);
    return wanted;
  }
  count('present', verdict.present);
  count('indeterminate_present', verdict.indeterminatePresent);
  count('indeterminate_absent', verdict.indeterminateAbsent);
  for (const { kind, event, expected, found } of verdict.exceptions) {
    count(kind, 1);
    const where = { stream, event, expected: expected === undefined ? '' : String(expected), found: found.join(' ') };
    console.log(point('audit_event', 1, { class: kind, source: source.name }, where));
  }
  return Math.max(wanted, verdict.present);
}

export function handleSummary({ metrics }: { metrics: Record<string, { values: { count: number } }> }) {
  const totals = sources.flatMap(({ name }, i) =>
    CLASSES.map((kind) =>
      point('audit_total', metrics[`audit_${i}_${kind}`]?.values.count ?? 0, { class: kind, source: name }),
    ),
  );
  return { [`${RESULTS}/audit-${SHARD}-totals.ndjson`]: `${totals.join('\n')}\n` };
}
