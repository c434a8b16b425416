import { type Cell, sideValues } from './cells';
import type { RunFigures } from './run-figures';
import { geometricMean, inconclusive, type Ratio, ratioOf } from './statistics';

/** A figure that variants are compared by. */
export interface Measure {
  readonly name: string;
  readonly more: 'better' | 'worse';
  of(run: RunFigures): number | undefined;
}

export const MEASURES: readonly Measure[] = [
  { name: 'requests/s', more: 'better', of: (run) => run.requestRate },
  { name: 'acknowledged appends/s', more: 'better', of: (run) => run.acknowledgedRate },
  { name: 'mean latency', more: 'worse', of: (run) => run.latency.mean },
  { name: 'median latency', more: 'worse', of: (run) => run.latency.p50 },
  { name: 'p90 latency', more: 'worse', of: (run) => run.latency.p90 },
  { name: 'p95 latency', more: 'worse', of: (run) => run.latency.p95 },
  { name: 'p99 latency', more: 'worse', of: (run) => run.latency.p99 },
  { name: 'p95 of appends', more: 'worse', of: (run) => run.operations.append?.p95 },
  { name: 'p95 of event reads', more: 'worse', of: (run) => run.operations['read event']?.p95 },
];

/** How two variants compare by one measure at one load. */
export interface Comparison {
  readonly cell: string;
  readonly measure: string;
  readonly a: string;
  readonly b: string;
  readonly runs: readonly [number, number];
  readonly means: readonly [number, number];
  readonly ratio: number;
  readonly interval?: readonly [number, number];
  readonly inconclusive: boolean;
  readonly more: 'better' | 'worse';
}

/** The first variant against each other, by everything that all their runs have. */
export function compareSides({ title, sides }: Cell): Comparison[] {
  const [first, ...others] = sides;
  return others.flatMap((other) =>
    MEASURES.flatMap((measure) => {
      const [a, b] = [sideValues(first, measure.of), sideValues(other, measure.of)];
      const ratio: Ratio | undefined = a && b && ratioOf(a, b);
      if (!a || !b || !ratio) return [];
      return [
        {
          cell: title,
          measure: measure.name,
          a: first.variant,
          b: other.variant,
          runs: [a.length, b.length] as const,
          means: [geometricMean(a), geometricMean(b)] as const,
          ratio: ratio.value,
          interval: ratio.interval,
          inconclusive: inconclusive(ratio),
          more: measure.more,
        },
      ];
    }),
  );
}
