import { statSync } from 'node:fs';
import type { Run, Variant } from '../figures/cells';
import { figuresOfRun, figuresOfText } from '../figures/run-figures';
import { findVariants, type RunFiles } from './inputs';
import { Progress } from './progress';
import { readRawRun } from './raw-run';
import { readTextSummary } from './text-summary';

/** Reads all runs of all variants, one file after another: memory is that of one file's buffers. */
export async function readVariants(given: readonly string[]): Promise<Variant[]> {
  const found = findVariants(given);
  const files = found.flatMap(({ runs }) => runs.flatMap(({ shards }) => shards));
  const progress = new Progress(files.reduce((sum, path) => sum + statSync(path).size, 0));
  try {
    const variants: Variant[] = [];
    for (const { name, runs, unread } of found) {
      const read: Run[] = [];
      for (const run of runs) read.push(await readRun(run, (bytes) => progress.advance(bytes)));
      variants.push({ name, runs: read, unread });
    }
    return variants;
  } finally {
    progress.end();
  }
}

async function readRun(files: RunFiles, onBytes: (bytes: number) => void): Promise<Run> {
  if (files.summary) return { figures: figuresOfText(files.name, readTextSummary(files.summary)) };
  const data = await readRawRun(files, onBytes);
  return { figures: figuresOfRun(data), data };
}
