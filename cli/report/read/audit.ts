import { judge, type Ledger, type LedgerColumn, type LedgerEntry } from '../figures/ledger';
import { readPoints } from './json-points';

const METRICS = ['audit_total', 'audit_event', 'audit_unexpected', 'audit_unread'];
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
  const unexpected = new Map<string, number>();
  const notes: string[] = [];
  let faultCount = 0;
  await readPoints(path, {
    metrics: METRICS,
    metadata: true,
    onPoint({ metric, value, set, metadata = {} }, wrong) {
      const { class: kind, source } = set.tags;
      const name = METRICS[metric];
      if (!source) throw wrong(`an ${name} without its source`);
      if (name === 'audit_unread') {
        if (value > 0) notes.push(`the audit could not read ${value} events from ${source}`);
        return;
      }
      if (name === 'audit_unexpected') unexpected.set(source, (unexpected.get(source) ?? 0) + value);
      else if (!kind || !CLASSES.includes(kind)) throw wrong(`an ${name} without a class that is known`);
      if (name !== 'audit_total') {
        if (name === 'audit_event') faultCount++;
        const { stream = '?', event = '?', expected, found } = metadata;
        if (faults.length < MOST_LISTED) {
          faults.push({
            source,
            fault: kind ?? 'unexpected',
            stream,
            event,
            expected: expected || undefined,
            found: found || undefined,
          });
        }
        return;
      }
      if (!Number.isInteger(value) || value < 0) throw wrong(`a count that is none: ${value}`);
      const own = totals.get(source) ?? new Map<string, number>();
      if (own.has(kind)) throw wrong(`a second audit begins here (${kind} of ${source} is there twice)`);
      totals.set(source, own.set(kind, value));
    },
  });
  if (totals.size === 0) notes.push('the audit did not come to its end');
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
      unexpected: unexpected.get(source) ?? 0,
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
