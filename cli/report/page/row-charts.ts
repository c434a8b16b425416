import { type Cell, type CellSide, sideValues } from '../figures/cells';
import type { Comparison } from '../figures/comparison';
import type { Latency } from '../figures/run-figures';
import { geometricMean } from '../figures/statistics';
import type { Chart } from './document';
import { decimal, ratio, time } from './format';
import { colourOf, INK, linearScale, logScale, Picture, type Scale } from './svg';

const WIDTH = 760;
const LEFT = 180;
const RIGHT = 80;
const ROW = 20;
const GROUP = 28;
const AXIS = 30;

interface Row {
  readonly label: string;
  draw(picture: Picture, y: number, scale: Scale): void;
}

interface Group {
  readonly title: string;
  readonly rows: readonly Row[];
}

/** Rows in groups, over one axis. */
function rowChart(
  file: string,
  caption: string,
  groups: readonly Group[],
  scale: Scale,
  tick: (value: number) => string,
): Chart {
  const height = groups.reduce((sum, { rows }) => sum + GROUP + rows.length * ROW, 0) + AXIS;
  const picture = new Picture(WIDTH, height, caption, groups.map(({ title }) => title).join('; '));
  for (const value of scale.ticks) {
    picture.grid(scale.at(value), 4, scale.at(value), height - AXIS + 4);
    picture.text(scale.at(value), height - 10, tick(value), 'middle', INK, 11);
  }
  let y = 0;
  for (const { title, rows } of groups) {
    picture.text(4, y + GROUP - 9, title, 'start', INK, 12);
    y += GROUP;
    for (const row of rows) {
      picture.text(LEFT - 8, y + ROW - 6, row.label, 'end', INK, 12);
      row.draw(picture, y, scale);
      y += ROW;
    }
  }
  return { kind: 'chart', file, caption, svg: picture.toString() };
}

/** Requests a second: a bar a variant, a dot a run. */
export function throughputChart(cells: readonly Cell[], variants: readonly string[]): Chart {
  const rate = (side: CellSide) => sideValues(side, (run) => run.requestRate) ?? [];
  const most = Math.max(...cells.flatMap(({ sides }) => sides.flatMap(rate)), 1);
  const scale = linearScale(0, most, LEFT, WIDTH - RIGHT);
  const groups = cells.map(({ title, sides }) => ({
    title,
    rows: sides.map(
      (side): Row => ({
        label: side.variant,
        draw(picture, y, { at }) {
          const values = rate(side);
          const middle = values.every((value) => value > 0) ? geometricMean(values) : 0;
          picture.bar(at(0), y + 3, at(middle) - at(0), ROW - 6, colourOf(variants.indexOf(side.variant)), 0.75);
          if (values.length > 1) for (const value of values) picture.dot(at(value), y + ROW / 2, 3, INK);
          picture.text(Math.max(at(middle), ...values.map(at)) + 8, y + ROW - 6, decimal(middle), 'start', INK, 11);
        },
      }),
    ),
  }));
  return rowChart(
    'chart-throughput.svg',
    'Requests a second, by load and variant; a dot is a run',
    groups,
    scale,
    decimal,
  );
}

/** From the median (full dot) over p95 (ring) to p99, or to the highest that is known. */
export function latencyChart(
  cells: readonly Cell[],
  variants: readonly string[],
  of: (side: CellSide) => Latency,
): Chart | undefined {
  const all = cells.flatMap(({ sides }) => sides.map(of));
  const values = all
    .flatMap(({ p50, p95, p99 }) => [p50, p95, p99])
    .filter((value) => value !== undefined && value > 0) as number[];
  if (values.length === 0) return undefined;
  const scale = logScale(Math.min(...values) * 0.9, Math.max(...values) * 1.1, LEFT, WIDTH - RIGHT);
  const groups = cells.map(({ title, sides }) => ({
    title,
    rows: sides.map(
      (side): Row => ({
        label: side.variant,
        draw(picture, y, { at }) {
          const colour = colourOf(variants.indexOf(side.variant));
          const { p50, p95, p99 } = of(side);
          const known = [p50, p95, p99].filter((value) => value !== undefined && value > 0) as number[];
          if (known.length === 0) return;
          const middle = y + ROW / 2;
          picture.line(at(known[0]), middle, at(known[known.length - 1]), middle, colour, 'stroke-width="2"');
          if (p50) picture.dot(at(p50), middle, 4.5, colour);
          if (p95) picture.dot(at(p95), middle, 4, colour, true);
          if (p99) picture.line(at(p99), middle - 5, at(p99), middle + 5, colour, 'stroke-width="2"');
          picture.text(at(known[known.length - 1]) + 8, y + ROW - 6, time(known[known.length - 1]), 'start', INK, 11);
        },
      }),
    ),
  }));
  return rowChart(
    'chart-latency.svg',
    'Latency of requests, by load and variant: dot median, ring p95, bar p99; logarithmic',
    groups,
    scale,
    time,
  );
}

/** Ratios with their intervals, around 1. */
export function ratioChart(comparisons: readonly Comparison[]): Chart | undefined {
  if (comparisons.length === 0) return undefined;
  const ends = comparisons.flatMap(({ ratio, interval }) => [ratio, ...(interval ?? [])]).filter(Number.isFinite);
  const reach = Math.min(100, Math.max(1.2, ...ends.map((value) => Math.max(value, 1 / value))) * 1.05);
  const scale = logScale(1 / reach, reach, LEFT + 30, WIDTH - RIGHT);
  const clip = (value: number) => Math.min(reach, Math.max(1 / reach, value));
  const ticks = RATIO_TICKS.filter((tick) => tick >= 1 / reach && tick <= reach);
  const titles = [...new Set(comparisons.map(({ cell, a, b }) => `${cell}: ${a} ÷ ${b}`))];
  const groups = titles.map((title) => ({
    title,
    rows: comparisons
      .filter(({ cell, a, b }) => `${cell}: ${a} ÷ ${b}` === title)
      .map(
        (comparison): Row => ({
          label: comparison.measure,
          draw(picture, y, { at }) {
            const middle = y + ROW / 2;
            const colour = comparison.inconclusive ? INK : COLOUR_OF_EFFECT;
            picture.line(at(1), y, at(1), y + ROW, INK);
            const { interval } = comparison;
            if (interval)
              picture.line(at(clip(interval[0])), middle, at(clip(interval[1])), middle, colour, 'stroke-width="2"');
            picture.dot(at(clip(comparison.ratio)), middle, 4, colour, !interval);
            picture.text(WIDTH - RIGHT + 10, y + ROW - 6, ratio(comparison.ratio), 'start', colour, 11);
          },
        }),
      ),
  }));
  return rowChart(
    'chart-ratios.svg',
    'Ratios of geometric means with 95 % confidence intervals; grey is inconclusive, a ring has no interval',
    groups,
    { at: scale.at, ticks },
    ratio,
  );
}

/** Round and symmetric around 1. */
const RATIO_TICKS = [0.01, 0.1, 0.2, 0.5, 0.67, 0.8, 1, 1.25, 1.5, 2, 5, 10, 100];
const COLOUR_OF_EFFECT = colourOf(0);
