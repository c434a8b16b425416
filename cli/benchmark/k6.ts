import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { BENCHMARK_SCRIPTS } from '../../lib/benchmark/scripts.generated';
import type { Settings } from '../../lib/benchmark/settings';
import { EventStoreError } from '../../lib/errors';

/** What k6 runs, and with what. */
export interface K6Run {
  readonly program: string;
  readonly script: 'load' | 'audit';
  readonly settings: Settings;
  /** The run's folder. */
  readonly results: string;
  /** Where console.log of the script goes, in that folder. */
  readonly log: string;
  readonly arguments?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

/** Runs one of the load test's scripts with this machine's k6, and returns its exit code. */
export function runK6(run: K6Run): number {
  const folder = mkdtempSync(join(tmpdir(), 'bench-'));
  try {
    for (const [name, text] of Object.entries(BENCHMARK_SCRIPTS)) writeFileSync(join(folder, name), text);
    writeFileSync(join(folder, 'settings.json'), JSON.stringify(run.settings));
    const { status, error, signal } = spawnSync(
      run.program,
      [
        ...['run', '--quiet', '--log-format', 'raw', '--console-output', join(resolve(run.results), run.log)],
        ...(run.arguments ?? []),
        join(folder, `${run.script}.js`),
      ],
      {
        stdio: ['ignore', 'inherit', 'inherit'],
        env: {
          ...process.env,
          K6_NO_USAGE_REPORT: 'true',
          K6_AUTO_EXTENSION_RESOLUTION: 'false',
          SETTINGS: join(folder, 'settings.json'),
          RESULTS: resolve(run.results),
          ...run.environment,
        },
      },
    );
    if (error) {
      throw new EventStoreError(
        'ES550',
        `k6 must be there to be run, got ${run.program}: ${error.message}; install k6 2.2 or give its path with --k6`,
      );
    }
    return status ?? (signal ? 105 : 1);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Throws ES551 where k6 did not end well. What it has written stays. */
export function requireSuccess(what: string, code: number, folder: string): void {
  if (code === 0) return;
  throw new EventStoreError(
    'ES551',
    `the ${what} must end with 0, got ${code}: see k6's words above; what there is lies in ${folder}`,
  );
}
