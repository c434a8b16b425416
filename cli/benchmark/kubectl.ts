import { spawnSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { EventStoreError } from '../../lib/errors';

/** Which program asks which cluster. */
export interface Kubectl {
  readonly program: string;
  readonly context?: string;
  readonly namespace: string;
}

/** What kubectl said, and how it ended. */
export interface Said {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Logs of a load can be some 10 MB. */
const MOST_OUTPUT = 256 << 20;

/** Runs kubectl; with `file`, what it says goes there. Throws ES550 only where there is none. */
export function kubectl(how: Kubectl, args: readonly string[], file?: string): Said {
  const all = [...(how.context ? ['--context', how.context] : []), '--namespace', how.namespace, ...args];
  const out = file === undefined ? 'pipe' : openSync(file, 'w');
  try {
    const { status, error, stdout, stderr } = spawnSync(how.program, all, {
      stdio: ['ignore', out, 'pipe'],
      encoding: 'utf8',
      maxBuffer: MOST_OUTPUT,
    });
    if (error) {
      throw new EventStoreError(
        'ES550',
        `kubectl must be there to be run, got ${how.program}: ${error.message}; install it or put it on the PATH`,
      );
    }
    return { status: status ?? 1, stdout: stdout ?? '', stderr: stderr.trim() };
  } finally {
    if (typeof out === 'number') closeSync(out);
  }
}

/** Throws ES553 where kubectl failed. */
export function succeed(how: Kubectl, args: readonly string[], file?: string): string {
  const { status, stdout, stderr } = kubectl(how, args, file);
  if (status === 0) return stdout;
  throw new EventStoreError(
    'ES553',
    `kubectl ${args.slice(0, 3).join(' ')} must work, got ${stderr.split('\n').at(-1) || `exit code ${status}`}: see whether kubectl reaches the cluster`,
  );
}

export function pause(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
