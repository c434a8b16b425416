import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test as base } from 'vitest';
import { makeReport, type Report } from '../../cli/report/page/report';
import { readVariants } from '../../cli/report/read/variants';
import { writeFiles } from './results';

const ROOT = join(__dirname, '..', '..');

/** A folder's files, by their names. */
export type Files = Record<string, readonly string[] | string>;

interface Result {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A folder with variants, and reports of them. */
export class Workshop {
  constructor(public readonly folder: string) {}

  /** Writes the variants' files and reports on them, in the order of their names here. */
  async report(variants: Record<string, Files>): Promise<Outcome> {
    for (const [name, files] of Object.entries(variants)) writeFiles(join(this.folder, name), files);
    return this.again(...Object.keys(variants).map((name) => `${name}=${join(this.folder, name)}`));
  }

  async again(...variants: string[]): Promise<Outcome> {
    return new Outcome(makeReport(await readVariants(variants)));
  }

  /** `npm run report` as its users start it. */
  run(...args: string[]): Promise<Result> {
    const command = [
      '--require',
      join(ROOT, 'node_modules/tsx/dist/cjs/index.cjs'),
      join(ROOT, 'main.ts'),
      'report',
      ...args,
    ];
    return new Promise((resolve) => {
      execFile(process.execPath, command, { cwd: this.folder }, (error, stdout, stderr) => {
        resolve({ code: error ? Number(error.code) : 0, stdout, stderr });
      });
    });
  }

  files(...names: string[]): string[] {
    return readdirSync(join(this.folder, ...names)).sort();
  }

  read(...names: string[]): string {
    return readFileSync(join(this.folder, ...names), 'utf8');
  }
}

/** A report, to be read. */
export class Outcome {
  public readonly code: number;
  public readonly verdict: string;
  public readonly files: ReadonlyMap<string, string>;

  constructor(report: Report) {
    this.code = report.exitCode;
    this.verdict = report.verdict;
    this.files = report.files;
  }

  get markdown(): string {
    return this.files.get('report.md')!;
  }

  get html(): string {
    return this.files.get('report.html')!;
  }

  // biome-ignore lint/suspicious/noExplicitAny: read field by field
  get results(): any {
    return JSON.parse(this.files.get('results.json')!);
  }

  /** The rows of the Markdown table that has this column, as objects. */
  table(column: string): Record<string, string>[] {
    const cells = (line: string) =>
      line
        .slice(2, -2)
        .split(' | ')
        .map((cell) => cell.replace(/\\/g, ''));
    const tables = this.markdown
      .split('\n\n')
      .filter((block) => block.startsWith('| '))
      .map((block) => block.trim().split('\n').map(cells));
    const [names, , ...rows] = tables.find(([head]) => head.includes(column)) ?? [[]];
    return rows.map((row) => Object.fromEntries(names.map((name, i) => [name, row[i]])));
  }
}

export const it = base.extend<{ shop: Workshop }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads the names of the fixtures from the pattern
  shop: async ({}, use) => {
    const folder = mkdtempSync(join(tmpdir(), 'es-report-'));
    await use(new Workshop(folder));
    rmSync(folder, { recursive: true, force: true });
  },
});
