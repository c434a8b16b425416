import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EventStoreError } from '../../lib/errors';

/** Makes the next run's folder in a variant's folder: `run-1`, `run-2`, … */
export function nextRun(variantFolder: string): string {
  try {
    mkdirSync(variantFolder, { recursive: true });
    const taken = readdirSync(variantFolder).map((name) => Number(/^run-(\d+)$/.exec(name)?.[1] ?? 0));
    const folder = join(variantFolder, `run-${1 + Math.max(0, ...taken)}`);
    mkdirSync(folder);
    return folder;
  } catch (error) {
    throw new EventStoreError(
      'ES004',
      `output folder must be one that can be written, got ${variantFolder}: ${(error as Error).message}; choose another with --out`,
    );
  }
}

/** What `run.json` in a run's folder says. */
export function readRun(folder: string): Record<string, unknown> {
  const file = join(folder, 'run.json');
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new EventStoreError(
      'ES552',
      `a run's folder must hold run.json, got ${folder}: ${(error as Error).message.split('\n')[0]}; give a folder that npm run bench or bench:fetch made`,
    );
  }
}

/** The numbers of the generators whose ledgers are there. */
export function ledgersIn(folder: string): number[] {
  return readdirSync(folder)
    .map((name) => Number(/^ledger-(\d+)\.log$/.exec(name)?.[1] ?? 0))
    .filter((shard) => shard > 0)
    .sort((a, b) => a - b);
}
