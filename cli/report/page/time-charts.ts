import type { Cell } from '../figures/cells';
import { loadStart } from '../figures/recovery';
import { Row, type RunData, ZOOM } from '../figures/run-data';
import type { Chart } from './document';
import { decimal, time } from './format';
import { colourOf, INK, linearScale, Picture, type Scale } from './svg';

const WIDTH = 760;
const LEFT = 64;
const RIGHT = 16;
const PANEL = 150;
const GAP = 40;
const TOP = 28;

/** A line of a panel: one run. */
interface Series {
  readonly colour: string;
  /** x in seconds; a gap where y is undefined */
  readonly points: readonly (readonly [number, number | undefined])[];
}

interface Panel {
  readonly title: string;
  readonly series: readonly Series[];
  format(value: number): string;
}

interface Mark {
  readonly x: number;
  readonly label: string;
  readonly colour: string;
}

/** Acknowledged writes and latency around one kill, all variants and runs over each other. */
export function killChart(cell: Cell, index: number, variants: readonly string[]): Chart | undefined {
  const runs = rawRuns(cell).filter(({ data }) => data.kills.length > index);
  if (runs.length === 0) return undefined;
  const [from, to] = [-ZOOM.before / 1000, ZOOM.after / 1000];
  const lines = (of: (data: RunData, second: number) => number | undefined): Series[] =>
    runs.map(({ variant, data }) => {
      const kill = data.kills[index].time;
      const span = data.timeline.span ?? { from: 0, to: 0 };
      const points: [number, number | undefined][] = [];
      for (let second = Math.floor(kill / 1000) + from; second < Math.floor(kill / 1000) + to; second++) {
        // a second is drawn at its middle; before the load and after it there is nothing to draw
        if (second >= span.from && second < span.to) points.push([second + 0.5 - kill / 1000, of(data, second)]);
      }
      return { colour: colourOf(variants.indexOf(variant)), points };
    });
  const ready = runs
    .filter(({ data }) => data.kills[index].readyAfter !== undefined)
    .map(
      ({ variant, data }): Mark => ({
        x: data.kills[index].readyAfter ?? 0,
        label: 'Ready',
        colour: colourOf(variants.indexOf(variant)),
      }),
    )
    .filter(({ x }) => x < to);
  const pods = [...new Set(runs.map(({ data }) => describe(data, index)))].join(', ');
  const panels: Panel[] = [
    {
      title: 'acknowledged writes a second',
      series: lines((data, s) => data.timeline.counts(Row.ACKNOWLEDGED, s, s + 1)[0]),
      format: decimal,
    },
    {
      title: 'p95 latency of each second',
      series: lines((data, s) => data.latencies.get(s)?.quantile(0.95)),
      format: time,
    },
  ];
  return timeChart(
    `chart-kill-${cell.key}-${index + 1}.svg`,
    `${cell.title}: kill ${index + 1} (${pods}) at 0 s`,
    panels,
    [from, to],
    [{ x: 0, label: 'kill', colour: INK }, ...ready],
    legend(runs, variants),
  );
}

/** Acknowledged writes over whole runs. */
export function runChart(cell: Cell, variants: readonly string[]): Chart | undefined {
  const runs = rawRuns(cell).filter(({ data }) => data.timeline.span !== undefined && data.whole[0] > 0);
  if (runs.length === 0) return undefined;
  const series = runs.map(({ variant, data }): Series => {
    const start = Math.floor(loadStart(data) / 1000);
    const end = data.timeline.span?.to ?? start;
    return {
      colour: colourOf(variants.indexOf(variant)),
      points: data.timeline.counts(Row.ACKNOWLEDGED, start, end).map((count, i) => [i + 0.5, count]),
    };
  });
  const marks = runs.flatMap(({ variant, data }) =>
    data.kills.map(
      (kill, i): Mark => ({
        x: (kill.time - loadStart(data)) / 1000,
        label: `kill ${i + 1}`,
        colour: colourOf(variants.indexOf(variant)),
      }),
    ),
  );
  const end = Math.max(...series.map(({ points }) => points.length));
  return timeChart(
    `chart-run-${cell.key}.svg`,
    `${cell.title}: acknowledged writes over the run`,
    [{ title: 'acknowledged writes a second', series, format: decimal }],
    [0, end],
    marks,
    legend(runs, variants),
  );
}

interface RawRun {
  readonly variant: string;
  readonly data: RunData;
}

function rawRuns({ sides }: Cell): RawRun[] {
  return sides.flatMap(({ variant, runs }) => runs.flatMap(({ data }) => (data ? [{ variant, data }] : [])));
}

function describe(data: RunData, index: number): string {
  const { pod, role } = data.kills[index];
  return role ? `${pod}, ${role}` : pod;
}

function legend(runs: readonly RawRun[], variants: readonly string[]): Mark[] {
  const there = variants.filter((name) => runs.some(({ variant }) => variant === name));
  return there.map((label) => ({ x: 0, label, colour: colourOf(variants.indexOf(label)) }));
}

function timeChart(
  file: string,
  caption: string,
  panels: readonly Panel[],
  [from, to]: readonly [number, number],
  marks: readonly Mark[],
  names: readonly Mark[],
): Chart {
  const height = TOP + panels.length * (PANEL + GAP);
  const picture = new Picture(WIDTH, height, caption, panels.map(({ title }) => title).join('; '));
  const x = linearScale(from, to, LEFT, WIDTH - RIGHT, 8);
  let right = WIDTH - RIGHT;
  for (const { label, colour } of [...names].reverse()) {
    picture.text(right, 14, label, 'end', colour, 12);
    right -= label.length * 7 + 14;
    picture.line(right - 6, 10, right + 8, 10, colour, 'stroke-width="3"');
    right -= 22;
  }
  panels.forEach((panel, i) => {
    drawPanel(picture, panel, x, TOP + i * (PANEL + GAP), marks, i === 0);
  });
  return { kind: 'chart', file, caption, svg: picture.toString() };
}

function drawPanel(
  picture: Picture,
  panel: Panel,
  x: Scale,
  top: number,
  marks: readonly Mark[],
  labels: boolean,
): void {
  const bottom = top + PANEL;
  const values = panel.series.flatMap(({ points }) => points.map(([, value]) => value ?? 0));
  const y = linearScale(0, Math.max(...values, 1e-3), bottom, top + 14, 4);
  picture.text(LEFT, top + 2, panel.title, 'start', INK, 11);
  for (const tick of y.ticks) {
    picture.grid(LEFT, y.at(tick), x.at(x.ticks[x.ticks.length - 1]), y.at(tick));
    picture.text(LEFT - 6, y.at(tick) + 4, tick === 0 ? '0' : panel.format(tick), 'end', INK, 11);
  }
  for (const tick of x.ticks) {
    picture.line(x.at(tick), bottom, x.at(tick), bottom + 4);
    picture.text(x.at(tick), bottom + 17, `${tick} s`, 'middle', INK, 11);
  }
  picture.line(LEFT, bottom, WIDTH - RIGHT, bottom);
  for (const { x: at, label, colour } of marks) {
    picture.line(x.at(at), top + 10, x.at(at), bottom, colour, 'stroke-dasharray="3 3"');
    if (labels) picture.text(x.at(at) + 3, top + 20, label, 'start', colour, 10);
  }
  for (const { colour, points } of panel.series) {
    for (const stretch of stretches(points)) {
      if (stretch.length === 1) picture.dot(x.at(stretch[0][0]), y.at(stretch[0][1]), 1.5, colour);
      else
        picture.path(
          stretch.map(([at, value]) => [x.at(at), y.at(value)]),
          colour,
        );
    }
  }
}

/** Points next to each other that have a value. */
function stretches(points: readonly (readonly [number, number | undefined])[]): [number, number][][] {
  const found: [number, number][][] = [[]];
  for (const [at, value] of points) {
    if (value === undefined) found.push([]);
    else found[found.length - 1].push([at, value]);
  }
  return found.filter((stretch) => stretch.length > 0);
}
