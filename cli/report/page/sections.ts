import { type Cell, type CellSide, clock, sideValues, type Variant } from '../figures/cells';
import type { Comparison } from '../figures/comparison';
import { Histogram } from '../figures/histogram';
import { QUIET, WARM_UP } from '../figures/run-data';
import { type Latency, latencyOf, OPERATIONS, type RunFigures } from '../figures/run-figures';
import { geometricMean } from '../figures/statistics';
import { clientDoubts } from './client';
import { type Block, heading, paragraph, table } from './document';
import { certainty } from './findings';
import { decimal, integer, NONE, percent, ratio, size, time } from './format';

const MOST_FAULTS = 50;

/** One row a load and variant: the means over runs are geometric, like those of the ratios. */
export function headline(cells: readonly Cell[]): Block[] {
  const rows = cells.flatMap(({ title, sides }) =>
    sides.map((side) => {
      const runs = side.runs.map(({ figures }) => figures);
      const over = (of: (run: RunFigures) => number | undefined, format: (value: number | undefined) => string) =>
        format(meanOf(sideValues(side, of)));
      const failed = sideValues(side, ({ failed: count }) => count);
      const requests = total(runs.map((run) => run.requests));
      const failures = failed && total(failed);
      return [
        title,
        side.variant,
        String(runs.length),
        range(runs.map((run) => Math.round(run.seconds))),
        integer(requests),
        over((run) => run.requestRate, decimal),
        over((run) => run.acknowledgedRate, decimal),
        over((run) => run.latency.mean, time),
        over((run) => run.latency.p50, time),
        over((run) => run.latency.p90, time),
        over((run) => run.latency.p95, time),
        over((run) => run.latency.p99, time),
        time(max(runs.map((run) => run.latency.max))),
        failures === undefined ? NONE : `${integer(failures)} (${percent(failures / requests)})`,
        over(
          (run) => (run.received === undefined ? undefined : run.received / run.seconds),
          (value) => (value === undefined ? NONE : `${size(value)}/s`),
        ),
      ];
    }),
  );
  return [
    table(
      [
        'load',
        'variant',
        'runs #',
        'seconds #',
        'requests #',
        'requests/s #',
        'acknowledged appends/s #',
        'mean #',
        'p50 #',
        'p90 #',
        'p95 #',
        'p99 #',
        'max #',
        'failed #',
        'received #',
      ],
      rows,
    ),
  ];
}

export function ratios(comparisons: readonly Comparison[]): Block[] {
  if (comparisons.length === 0) return [];
  return [
    heading(2, 'How variants compare'),
    paragraph(
      'Ratios of geometric means over runs, the first variant divided by the other; the interval is Welch’s t on logarithms. More requests are better, more latency is worse. A difference whose interval includes 1, or that has none, is inconclusive.',
    ),
    table(
      ['load', 'ratio of', 'measure', 'runs #', 'ratio #', 'what it says'],
      comparisons.map(({ cell, a, b, measure, runs, ratio: value, interval, inconclusive, more }) => [
        cell,
        `${a} ÷ ${b}`,
        measure,
        `${runs[0]}, ${runs[1]}`,
        ratio(value),
        `${certainty(interval, inconclusive, runs)}${inconclusive ? '' : `: ${(value > 1) === (more === 'better') ? a : b} is ahead`}`,
      ]),
    ),
  ];
}

/** The histograms of all runs added up. */
export function operationLatency(side: CellSide, operation: string): Latency {
  const sum = new Histogram();
  for (const { data } of side.runs) {
    const own = data?.operations.get(operation);
    if (own) sum.add(own);
  }
  return latencyOf(sum);
}

export function operations(cells: readonly Cell[]): Block[] {
  const rows = cells.flatMap(({ title, sides }) =>
    sides.flatMap((side) =>
      OPERATIONS.flatMap((operation) => {
        const { count, mean, p50, p90, p95, p99, max: most } = operationLatency(side, operation);
        if (!count) return [];
        return [[title, side.variant, operation, integer(count), ...[mean, p50, p90, p95, p99, most].map(time)]];
      }),
    ),
  );
  if (rows.length === 0) return [];
  return [
    heading(2, 'Latency by operation'),
    paragraph(
      'How long users waited in the measured part, all runs together, refused appends left out. Percentiles are within 0.4 %, means and maxima exact.',
    ),
    table(['load', 'variant', 'operation', 'samples #', 'mean #', 'p50 #', 'p90 #', 'p95 #', 'p99 #', 'max #'], rows),
  ];
}

export function errors(cells: readonly Cell[]): Block[] {
  const sides = cells.flatMap(({ title, sides: all }) => all.map((side) => ({ title, side })));
  const raw = sides.filter(({ side }) => side.runs.some(({ data }) => data));
  if (raw.length === 0) return [];
  const counts = raw.map(({ title, side }) => ({ title, variant: side.variant, kinds: errorsOf(side) }));
  const phases = [
    ...new Set(counts.flatMap(({ kinds }) => [...kinds.values()].flatMap((byPhase) => [...byPhase.keys()]))),
  ].sort(byPhaseOrder);
  const blocks: Block[] = [
    heading(2, 'Errors by class and phase'),
    paragraph(
      'Phase kill N is the minute after that kill, quiet the rest of the measured part. A stale read is no error: a member without the event yet answered 404 to a read of an acknowledged one.',
    ),
  ];
  const rows = counts.flatMap(({ title, variant, kinds }) =>
    [...kinds]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([kind, byPhase]) => [
        title,
        variant,
        kind,
        ...phases.map((phase) => integer(byPhase.get(phase) ?? 0)),
        integer(total([...byPhase.values()])),
      ]),
  );
  if (rows.length === 0) return [...blocks, paragraph('There were none.')];
  return [...blocks, table(['load', 'variant', 'class', ...phases.map((phase) => `${phase} #`), 'all #'], rows)];
}

function errorsOf(side: CellSide): Map<string, Map<string, number>> {
  const kinds = new Map<string, Map<string, number>>();
  for (const { data } of side.runs) {
    for (const [kind, byPhase] of data?.errors ?? []) {
      const sum = kinds.get(kind) ?? new Map<string, number>();
      kinds.set(kind, sum);
      for (const [phase, count] of byPhase) sum.set(phase, (sum.get(phase) ?? 0) + count);
    }
  }
  return kinds;
}

function byPhaseOrder(a: string, b: string): number {
  const rank = (phase: string) => (phase === WARM_UP ? 0 : phase === QUIET ? 1 : 2);
  return rank(a) - rank(b) || a.localeCompare(b, 'en', { numeric: true });
}

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
  const all = total(runs.map(({ figures }) => figures.ledger?.faultCount ?? 0));
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
    ...(doubts.length > 0 ? [{ kind: 'list', items: doubts } as const] : []),
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

export function clientProof(cells: readonly Cell[]): Block[] {
  const rows = cells.flatMap(({ title, sides }) =>
    sides.flatMap(({ variant, runs }) =>
      runs.map(({ figures }) => {
        const { client: c, mode, users } = figures;
        const doubts = clientDoubts(figures);
        const known = c.overhead !== undefined || c.inFlight !== undefined;
        return [
          title,
          variant,
          figures.name,
          String(c.generators),
          c.startSpread === undefined ? NONE : time(c.startSpread),
          `${decimal(c.inFlight)} of ${users}`,
          integer(c.droppedIterations),
          mode === 'closed' ? 'by design' : percent(c.saturated),
          percent(c.overhead),
          time(c.blocked),
          doubts.length > 0 ? doubts.join('; ') : known ? 'no sign of it' : 'not known',
        ];
      }),
    ),
  );
  return [
    heading(2, 'Was the client the limit?'),
    paragraph(
      'Users in flight are requests a second times their mean latency: in a closed load nearly all users must be waiting for the server. k6’s own CPU is not in its results: look at the generators’ pods for that.',
    ),
    table(
      [
        'load',
        'variant',
        'run',
        'generators #',
        'started within #',
        'in flight #',
        'dropped iterations #',
        'all users busy #',
        'outside of requests #',
        'wait for a connection, p99 (text: p95) #',
        'sign that it was',
      ],
      rows,
    ),
  ];
}

export function inputs(variants: readonly Variant[]): Block[] {
  const rows = variants.flatMap(({ name, runs }) =>
    runs.map(({ figures, data }) => [
      name,
      figures.name,
      data ? `${data.ends.length} of k6’s JSON` : 'text summary',
      data ? integer(data.lines) : NONE,
      data ? size(data.bytes) : NONE,
      figures.warmup === undefined ? NONE : clock(figures.warmup),
      Object.entries(figures.settings)
        .map(([key, value]) => `${key} ${value}`)
        .join(', ') || NONE,
    ]),
  );
  const unread = variants.flatMap(({ unread: paths }) => paths);
  return [
    heading(2, 'What was read'),
    table(['variant', 'run', 'files', 'lines #', 'size #', 'warm-up #', 'settings'], rows),
    ...(unread.length > 0 ? [paragraph(`Not read, since they are no results: ${unread.join(', ')}.`)] : []),
  ];
}

function meanOf(values: number[] | undefined): number | undefined {
  if (!values || values.length === 0) return undefined;
  return values.every((value) => value > 0)
    ? geometricMean(values)
    : values.reduce((sum, value) => sum + value, 0) / values.length;
}

function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

function max(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined) as number[];
  return known.length === 0 ? undefined : Math.max(...known);
}

function range(values: readonly number[]): string {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  return least === most ? String(least) : `${least} … ${most}`;
}
