import { EventStoreError } from '../../../lib/errors';
import type { RunData } from './run-data';
import type { RunFigures } from './run-figures';

/** A run with what it is made of; raw results only keep their data. */
export interface Run {
  readonly figures: RunFigures;
  readonly data?: RunData;
}

export interface Variant {
  readonly name: string;
  readonly runs: readonly Run[];
  readonly unread: readonly string[];
}

/** One variant's repetitions of one load. */
export interface CellSide {
  readonly variant: string;
  readonly runs: readonly Run[];
}

/** One load: runs of the same cell repeat each other, or compare variants. */
export interface Cell {
  /** for the names of files */
  readonly key: string;
  readonly title: string;
  readonly sides: readonly CellSide[];
}

/** How much longer than another a text summary's run may be and still count as its repetition. */
const SAME_LENGTH = 1.1;

/** Sorts all runs by their load: fewer users first, quiet runs before those with kills. */
export function cellsOf(variants: readonly Variant[]): Cell[] {
  const cells = new Map<string, { title: string; order: number[]; sides: Map<string, Run[]> }>();
  for (const { name, runs } of variants) {
    for (const run of runs) {
      const { key, title, order } = loadOf(run.figures);
      const cell = cells.get(key) ?? { title, order, sides: new Map() };
      cells.set(key, cell);
      cell.sides.set(name, [...(cell.sides.get(name) ?? []), run]);
    }
  }
  for (const { title, sides } of cells.values()) {
    for (const [name, runs] of sides) requireRepetitions(name, title, runs);
  }
  return [...cells]
    .sort(([, a], [, b]) => compare(a.order, b.order))
    .map(([key, { title, sides }]) => ({
      key,
      title,
      // in the order in which variants were given
      sides: variants
        .filter(({ name }) => sides.has(name))
        .map(({ name }) => ({ variant: name, runs: sides.get(name)! })),
    }));
}

function loadOf({ mode, users, rate, killsPlanned, killCount }: RunFigures) {
  const load = mode === 'open' ? `${rate} iterations/s` : `${users} ${users === 1 ? 'user' : 'users'}`;
  const kills =
    killsPlanned.length > 0
      ? `, ${killCount === 1 ? 'a kill' : 'kills'} at ${killsPlanned.map(clock).join(' and ')}`
      : killCount > 0
        ? `, ${killCount} ${killCount === 1 ? 'kill' : 'kills'}`
        : '';
  const size = mode === 'open' ? (rate ?? 0) : users;
  const key = `${mode === 'open' ? 'rate' : 'users'}-${size}${killsPlanned.length > 0 ? `-kills-${killsPlanned.join('-')}` : killCount > 0 ? `-kills-${killCount}x` : ''}`;
  return { key, title: load + kills, order: [mode === 'open' ? 1 : 0, killCount > 0 ? 1 : 0, size, ...killsPlanned] };
}

/** 198 s is 3m18s. */
export function clock(seconds: number): string {
  const whole = Math.round(seconds * 10) / 10;
  const [minutes, rest] = [Math.floor(whole / 60), Math.round((whole % 60) * 10) / 10];
  return [minutes > 0 ? `${minutes}m` : '', rest > 0 || minutes === 0 ? `${rest}s` : ''].join('');
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const difference = (a[i] ?? -1) - (b[i] ?? -1);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Runs are averaged, so they must be repetitions of one thing, and not the same run twice. */
function requireRepetitions(variant: string, title: string, runs: readonly Run[]): void {
  const [first, ...others] = runs.map(({ figures }) => figures);
  const seen = new Map<string, string>();
  for (const { figures, data } of runs) {
    const print = fingerprint(figures, data);
    const twin = seen.get(print);
    if (twin !== undefined)
      throw mixed(variant, title, `${twin} and ${figures.name} are the same results: a copy is no repetition`);
    seen.set(print, figures.name);
  }
  for (const other of others) {
    if (other.source !== first.source) {
      throw mixed(variant, title, `${first.name} has ${sourceName(first)}, ${other.name} ${sourceName(other)}`);
    }
    for (const name of new Set([...Object.keys(first.settings), ...Object.keys(other.settings)])) {
      const [a, b] = [first.settings[name], other.settings[name]];
      if (a !== b)
        throw mixed(variant, title, `${first.name} has ${name} ${a ?? 'unset'}, ${other.name} ${b ?? 'unset'}`);
    }
    const [short, long] = [first.seconds, other.seconds].sort((a, b) => a - b);
    if (other.source === 'text' && long > short * SAME_LENGTH) {
      throw mixed(
        variant,
        title,
        `${first.name} lasted ${clock(first.seconds)}, ${other.name} ${clock(other.seconds)}`,
      );
    }
  }
}

function sourceName({ source }: RunFigures): string {
  return source === 'raw' ? 'raw results' : 'a text summary';
}

function fingerprint(figures: RunFigures, data: RunData | undefined): string {
  if (!data) return JSON.stringify([figures.requests, figures.requestRate, figures.latency]);
  return JSON.stringify([data.lines, data.firstRequest, data.lastRequest, data.whole, data.http.total]);
}

function mixed(variant: string, title: string, what: string): EventStoreError {
  return new EventStoreError(
    'ES526',
    `runs of variant ${variant} at ${title} must repeat each other, got different ones: ${what}; put them into variants of their own`,
  );
}

/** One value a run, or undefined where a run lacks it. */
export function sideValues(side: CellSide, of: (run: RunFigures) => number | undefined): number[] | undefined {
  const values = side.runs.map(({ figures }) => of(figures));
  return values.every((value) => value !== undefined) ? (values as number[]) : undefined;
}
