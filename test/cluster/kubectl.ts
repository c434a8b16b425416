import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Manifest } from '../helpers';

export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end. Never throws: what it said is in the result. */
export function run(program: string, args: string[], input?: string): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on('data', (chunk) => out.push(chunk));
    child.stderr.on('data', (chunk) => err.push(chunk));
    child.stdin.on('error', () => {});
    child.on('error', reject);
    child.on('close', (status) =>
      resolve({ status, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() }),
    );
    child.stdin.end(input);
  });
}

/** Runs a program that must succeed, and returns what it printed. */
export async function must(program: string, args: string[], input?: string): Promise<string> {
  const { status, stdout, stderr } = await run(program, args, input);
  if (status !== 0) throw new Error(`${program} ${args.join(' ').slice(0, 300)}: ${stderr || stdout}`);
  return stdout;
}

/** kubectl against the cluster that KUBECONFIG names. */
export function kubectl(...args: string[]): Promise<string> {
  return must('kubectl', args);
}

/** kubectl that may fail: the tests look at how. */
export function tryKubectl(...args: string[]): Promise<Ended> {
  return run('kubectl', args);
}

export async function get(...args: string[]): Promise<Manifest> {
  return JSON.parse(await kubectl('get', ...args, '-o', 'json'));
}

/** The objects of a list, or none where there is nothing of the kind. */
export async function list(...args: string[]): Promise<Manifest[]> {
  return (await get(...args)).items;
}

export async function applyObjects(...objects: Manifest[]): Promise<void> {
  await must('kubectl', ['apply', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }));
}

/**
 * Asks until the answer is neither false nor undefined, and returns it. An error counts as "not yet"; the last one is in
 * the message when time is up.
 */
export async function until<T>(what: string, seconds: number, check: () => Promise<T | false | undefined>): Promise<T> {
  const end = Date.now() + seconds * 1000;
  let last = '';
  for (;;) {
    try {
      const found = await check();
      if (found !== false && found !== undefined) return found;
    } catch (error) {
      last = `: ${(error as Error).message}`;
    }
    if (Date.now() > end) throw new Error(`not within ${seconds} s: ${what}${last}`);
    await sleep(300);
  }
}
