import type { Cell, CellSide } from '../figures/cells';
import { Histogram } from '../figures/histogram';
import { QUIET, WARM_UP } from '../figures/run-data';
import { type Latency, latencyOf, OPERATIONS } from '../figures/run-figures';
import { type Block, heading, paragraph, table } from './document';
import { integer, time } from './format';

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

function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
