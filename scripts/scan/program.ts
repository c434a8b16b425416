import { spawn } from 'node:child_process';
import { basename } from 'node:path';

/** What a program did. */
export interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end. `allowed` are the exit codes that mean it has done its work; any other is an error. */
export function runProgram(
  command: string,
  args: readonly string[],
  { input = '', allowed = [0, 1], cwd }: { input?: string; allowed?: readonly number[]; cwd?: string } = {},
): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd });
    const output = { stdout: '', stderr: '' };
    for (const stream of ['stdout', 'stderr'] as const) {
      child[stream].setEncoding('utf8').on('data', (text: string) => {
        output[stream] += text;
      });
    }
    child.on('error', reject);
    child.on('close', (status) => {
      if (status !== null && allowed.includes(status)) resolve({ status, ...output });
      else reject(new Error(`${basename(command)} ended with ${status}: ${lastWords(output)}`));
    });
    // a program that ends early leaves a broken pipe; its exit code says why
    child.stdin.on('error', () => {}).end(input);
  });
}

/** JSON that a program printed; an error with the program's own words where it is none. */
// biome-ignore lint/suspicious/noExplicitAny: the formats of many programs
export function parseOutput(program: string, { stdout, stderr }: Outcome): any {
  try {
    return JSON.parse(stdout);
  } catch {
    throw new Error(`${program} printed no JSON: ${lastWords({ stdout, stderr })}`);
  }
}

/** The last line, which says what went wrong, also below a stack. */
function lastWords({ stdout, stderr }: Omit<Outcome, 'status'>): string {
  return (stderr.trim() || stdout.trim()).split('\n').at(-1)?.slice(0, 500) ?? '';
}
