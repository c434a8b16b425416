import { type Cell, sideValues } from '../figures/cells';
import type { Comparison } from '../figures/comparison';
import type { RunFigures } from '../figures/run-figures';
import { geometricMean } from '../figures/statistics';
import { type Block, heading, paragraph, table } from './document';
import { certainty } from './findings';
import { decimal, integer, NONE, percent, ratio, size, time } from './format';

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
