import { judge, type Ledger, type LedgerColumn, type LedgerEntry } from '../figures/ledger';
import { readPoints } from './json-points';
import { damaged } from './lines';

const METRICS = ['audit_total', 'audit_event'];
const CLASSES = [
  'attempted',
  'acknowledged',
  'present',
  'lost',
  'indeterminate_present',
  'indeterminate_absent',
  'duplicate',
  'misplaced',
];
const NEEDED = ['acknowledged', 'present', 'lost'];
const MOST_LISTED = 1000;

/** What the audit wrote, held against the run's counts of acknowledged, refused and indeterminate appends. */
export async function readAudit(path: string | undefined, counts: readonly number[]): Promise<Ledger> {
  if (path === undefined) return judge(counts, [], [], 0);
  const totals = new Map<string, Map<string, number>>();
  const faults: LedgerEntry[] = [];
  let faultCount = 0;
  await readPoints(path, {
    metrics: METRICS,
    metadata: true,
    onPoint({ metric, value, set, metadata = {} }, where) {
      const bad = (what: string) => damaged(path, Number(where().split(':').at(-1)), what);
      const { class: kind, source } = set.tags;
      if (!kind || !source || !CLASSES.includes(kind))
        throw bad(`an audit's ${METRICS[metric]} without a class and a source that are known`);
      if (METRICS[metric] === 'audit_event') {
        faultCount++;
        const { stream = '?', event = '?', expected, found } = metadata;
        if (faults.length < MOST_LISTED) faults.push({ source, fault: kind, stream, event, expected, found });
        return;
      }
      if (!Number.isInteger(value) || value < 0) throw bad(`a count that is none: ${value}`);
      const own = totals.get(source) ?? new Map<string, number>();
      if (own.has(kind)) throw bad(`a second audit begins here (${kind} of ${source} is there twice)`);
      totals.set(source, own.set(kind, value));
    },
  });
  const notes: string[] = totals.size === 0 ? ['the audit did not come to its end'] : [];
  const columns = [...totals].map(([source, own]): LedgerColumn => {
    const lacking = NEEDED.filter((kind) => !own.has(kind));
    if (lacking.length > 0) notes.push(`the audit (${source}) does not say how many were ${lacking.join(' and ')}`);
    const of = (kind: string) => own.get(kind) ?? 0;
    return {
      source,
      attempted: own.get('attempted'),
      acknowledged: of('acknowledged'),
      present: of('present'),
      lost: of('lost'),
      indeterminatePresent: of('indeterminate_present'),
      indeterminateAbsent: of('indeterminate_absent'),
      duplicate: of('duplicate'),
      misplaced: of('misplaced'),
    };
  });
  columns.sort(
    (a, b) => Number(b.source === 'leader') - Number(a.source === 'leader') || (a.source < b.source ? -1 : 1),
  );
  faults.sort((a, b) => (faultKey(a) < faultKey(b) ? -1 : 1));
  return judge(counts, columns, faults, faultCount, notes);
}

function faultKey({ fault, stream, source, event }: LedgerEntry): string {
  return [fault, stream, source, event].join('\n');
}
