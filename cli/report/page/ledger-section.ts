import type { Cell } from '../figures/cells';
import { type Block, bullets, heading, paragraph, table } from './document';
import { integer, NONE } from './format';

const MOST_FAULTS = 50;

export function ledgers(cells: readonly Cell[]): Block[] {
  const runs = cells.flatMap(({ title, sides }) =>
    sides.flatMap(({ variant, runs: own }) => own.map(({ figures }) => ({ title, variant, figures }))),
  );
  const rows = runs.flatMap(({ title, variant, figures: { name, ledger } }) => {
    if (!ledger) return [[title, variant, name, ...Array(13).fill(NONE), 'UNKNOWN']];
    const { attempted, acknowledged, refused, indeterminate, columns, verdict } = ledger;
    const counts = [attempted, acknowledged, refused, indeterminate].map(integer);
    if (columns.length === 0) return [[title, variant, name, ...counts, ...Array(9).fill(NONE), verdict]];
    return columns.map((c) => [
      title,
      variant,
      name,
      ...counts,
      c.source,
      ...[
        c.acknowledged,
        c.present,
        c.lost,
        c.indeterminatePresent,
        c.indeterminateAbsent,
        c.duplicate,
        c.misplaced,
        c.unexpected,
      ].map(integer),
      verdict,
    ]);
  });
  const doubts = runs.flatMap(({ variant, figures: { name, ledger } }) =>
    (ledger?.doubts ?? []).map((doubt) => `${variant} ${name}: ${doubt}.`),
  );
  const faults = runs.flatMap(({ variant, figures: { name, ledger } }) =>
    (ledger?.faults ?? []).map(({ fault, source, stream, event, expected, found }) => [
      variant,
      name,
      fault,
      source,
      stream,
      event,
      expected ?? NONE,
      found ?? NONE,
    ]),
  );
  const all = runs.reduce((sum, { figures }) => sum + (figures.ledger?.faultCount ?? 0), 0);
  return [
    heading(2, 'The ledger: what was acknowledged, and what of it is there'),
    paragraph(
      'All appends of a run, the warm-up’s too, as users saw them, beside what the audit read back after the load from the leader and from each member. Lost must be 0, and counts only if the audit looked for exactly the events that were acknowledged.',
    ),
    table(
      [
        'load',
        'variant',
        'run',
        'attempted #',
        'acknowledged #',
        'refused #',
        'indeterminate #',
        'asked',
        'looked for #',
        'present #',
        'lost #',
        'indeterminate, present #',
        'indeterminate, absent #',
        'duplicate #',
        'misplaced #',
        'unexpected #',
        'verdict',
      ],
      rows,
    ),
    ...bullets(doubts),
    ...(faults.length > 0
      ? [
          heading(3, 'Events that are not as acknowledged'),
          paragraph(
            `${integer(Math.min(faults.length, MOST_FAULTS))} of ${integer(all)}; results.json has up to 1,000 a run.`,
          ),
          table(
            ['variant', 'run', 'fault', 'asked', 'stream', 'event', 'expected #', 'found #'],
            faults.slice(0, MOST_FAULTS),
          ),
        ]
      : []),
  ];
}
