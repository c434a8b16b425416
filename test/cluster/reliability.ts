import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LoadSummary } from './client/shapes';

/** What was measured when one fault struck once. */
export interface Measured {
  readonly fault: string;
  readonly storage: string;
  /** through the front end, and at the members themselves */
  readonly frontend: LoadSummary;
  readonly members: LoadSummary;
  readonly lost: number;
}

const ROOT = join(__dirname, '../..');
const RESULTS = join(ROOT, 'build/reliability');
const PAGE = join(ROOT, 'docs/reliability.md');
const BEGIN = '<!-- written by npm run test:cluster -->';
const END = '<!-- until here -->';

export function forgetMeasured(): void {
  rmSync(RESULTS, { recursive: true, force: true });
}

/** A row of the table: the gap of every strike, and the sums of all. */
export function rowOf(strikes: Measured[]): string[] {
  const gaps = (side: 'frontend' | 'members') => strikes.map((strike) => `${strike[side].gap.toFixed(1)} s`).join(', ');
  const sum = (count: (strike: Measured) => number) => strikes.reduce((total, strike) => total + count(strike), 0);
  return [
    strikes[0].fault,
    strikes[0].storage,
    gaps('frontend'),
    gaps('members'),
    `${sum(({ frontend }) => frontend.readsFailed)} of ${sum(({ frontend }) => frontend.reads)}`,
    String(sum(({ frontend, members }) => frontend.acknowledged + members.acknowledged)),
    String(sum(({ lost }) => lost)),
  ];
}

/** Keeps a result until all tests have run. */
export function keepMeasured(order: number, strikes: Measured[]): void {
  mkdirSync(RESULTS, { recursive: true });
  const name = `${String(order).padStart(2, '0')}-${strikes[0].storage}.json`;
  writeFileSync(join(RESULTS, name), JSON.stringify(rowOf(strikes)));
}

/** Writes the table into docs/reliability.md, if this run has measured all `expected` rows; part of a table would mislead. */
export function writeMeasured(expected: number): void {
  const files = (() => {
    try {
      return readdirSync(RESULTS).sort();
    } catch {
      return [];
    }
  })();
  if (files.length < expected) return;
  const rows = files.map((file) => JSON.parse(readFileSync(join(RESULTS, file), 'utf8')) as string[]);
  const head = [
    'fault',
    'storage',
    'longest gap, front end',
    'longest gap, members',
    'failed reads',
    'acknowledged',
    'lost',
  ];
  const table = [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
  const page = readFileSync(PAGE, 'utf8');
  const [before, after] = [page.split(BEGIN)[0], page.split(END)[1]];
  writeFileSync(PAGE, `${before}${BEGIN}\n${table}\n${END}${after}`);
}
