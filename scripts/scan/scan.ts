import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Tool, tool } from '../../test/tools/tools';
import { applyExceptions, type Exception } from './exceptions';
import type { Finding } from './finding';
import type { Material } from './manifests';
import type { Outcome, Scanner } from './scanner';
import { SCANNERS } from './scanners';

/** What one scanner did. */
export interface Run extends Outcome {
  readonly scanner: string;
  readonly seconds: number;
}

/** What all of them did. */
export interface Report {
  readonly runs: readonly Run[];
  /** Scanners that did not run, and the programs that the machine lacks. */
  readonly missing: readonly { readonly scanner: string; readonly tools: readonly Tool[] }[];
  /** All findings, before exceptions. */
  readonly findings: readonly Finding[];
  /** Findings that no exception takes. */
  readonly left: readonly Finding[];
  /** Exceptions without which nothing more would be found. */
  readonly needless: readonly Exception[];
}

export interface ScanOptions {
  readonly exceptions?: readonly Exception[];
  /** @default - all of them */
  readonly scanners?: readonly Scanner[];
  /** Folders with CustomResourceDefinitions. */
  readonly schemas?: readonly string[];
}

/** Runs every scanner that the machine has over the material. */
export async function scan(material: Material, options: ScanOptions = {}): Promise<Report> {
  const { scanners = SCANNERS, exceptions = [], schemas = [] } = options;
  const able = scanners.filter(({ needs }) => needs.every((name) => tool(name)));
  const missing = scanners
    .filter((scanner) => !able.includes(scanner))
    .map(({ name, needs }) => ({ scanner: name, tools: needs.filter((need) => !tool(need)) }));
  const work = mkdtempSync(join(tmpdir(), 'scan-'));
  try {
    // all at once: each waits for a process of its own
    const runs = await Promise.all(
      able.map(async (scanner) => {
        const folder = join(work, scanner.name);
        mkdirSync(folder);
        const started = performance.now();
        const context = { folder, schemas, program: (name: Tool) => tool(name) ?? name };
        const outcome = await scanner.scan(material, context).catch((error: Error) => failed(scanner.name, error));
        return { scanner: scanner.name, seconds: (performance.now() - started) / 1000, ...outcome };
      }),
    );
    const findings = [...material.unreadable, ...runs.flatMap((run) => run.findings)].sort(byPlace);
    return { runs, missing, findings, ...applyExceptions(findings, exceptions) };
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** A scanner that cannot read what it is given has not checked it: that is a finding, too. */
function failed(scanner: string, { message }: Error): Outcome {
  const place = { object: 'everything', file: 'everything' };
  return { findings: [{ tool: scanner, rule: 'failed', ...place, message }], looked: 'failed' };
}

/** Some scanners print what they find in another order each time. */
function byPlace(a: Finding, b: Finding): number {
  const [left, right] = [a, b].map(({ file, object, tool, rule }) => [file, object, tool, rule].join('\n'));
  return left < right ? -1 : Number(left > right);
}
