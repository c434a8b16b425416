import { readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { EventStoreError } from '../../../lib/errors';

/** The files of one run: raw results, or a text summary in their place. */
export interface RunFiles {
  /** as the report names it */
  readonly name: string;
  readonly shards: readonly string[];
  readonly summary?: string;
  readonly settings?: string;
  readonly kills?: string;
  readonly audit?: string;
}

export interface VariantFiles {
  readonly name: string;
  readonly runs: readonly RunFiles[];
  /** files that are no results: the report lists them, so that nothing is left out silently */
  readonly unread: readonly string[];
}

const RAW = /\.(nd)?json(\.gz)?$/;
const OURS = /^(kills|audit(-\d+(-totals)?)?)\.ndjson(\.gz)?$/;
/** What the audit read already. */
const LEDGER = /^ledger-\d+\.log$/;

/** `NAME=FOLDER` of each `--variant`; a name given twice has the runs of both folders. */
export function findVariants(given: readonly string[]): VariantFiles[] {
  const folders = new Map<string, string[]>();
  for (const text of given) {
    const [, name, folder] = /^([^=]+)=(.+)$/.exec(text) ?? [];
    if (!name)
      throw new EventStoreError('ES520', `--variant must be like pod=results/pod, got ${JSON.stringify(text)}`);
    if (!/^[\w .+-]{1,40}$/.test(name)) {
      throw new EventStoreError(
        'ES520',
        `a variant's name must be up to 40 letters, digits, . - _ + or spaces, got ${JSON.stringify(name)}`,
      );
    }
    folders.set(name, [...(folders.get(name) ?? []), folder]);
  }
  if (folders.size === 0)
    throw new EventStoreError('ES520', '--variant must be given once at least, like --variant pod=results/pod');
  return [...folders].map(([name, paths]) => findVariant(name, paths));
}

function findVariant(name: string, folders: string[]): VariantFiles {
  const unread: string[] = [];
  const runs = folders.flatMap((folder) => {
    if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
      throw missing(name, folder, 'which is no folder');
    }
    const found = findRuns(folder, folder, unread);
    if (found.length === 0) throw missing(name, folder, 'which holds no *.ndjson, *.ndjson.gz or *.txt');
    return found;
  });
  return { name, runs, unread };
}

function missing(name: string, folder: string, what: string): EventStoreError {
  return new EventStoreError('ES521', `variant ${name} must be a folder of results, got ${folder}, ${what}`);
}

/** A folder with results is a run, each text in a folder without raw results is one; folders may lie in folders. */
function findRuns(folder: string, root: string, unread: string[]): RunFiles[] {
  const entries = readdirSync(folder, { withFileTypes: true }).sort((a, b) => byNumber(a.name, b.name));
  const names = entries.filter((entry) => !isFolder(folder, entry.name)).map((entry) => entry.name);
  const shards = names.filter(
    (name) => RAW.test(name) && !OURS.test(name) && name !== 'run.json' && !name.startsWith('.'),
  );
  const texts = names.filter((name) => name.endsWith('.txt'));
  const csv = names.find((name) => /\.csv(\.gz)?$/.test(name));
  if (csv) {
    throw new EventStoreError(
      'ES522',
      `results must be k6's JSON, got ${join(folder, csv)}:1: CSV; run k6 with --out json=FILE`,
    );
  }
  const own = (pattern: RegExp) => {
    const found = names.find((name) => pattern.test(name));
    return found === undefined ? undefined : join(folder, found);
  };
  const shared = {
    settings: own(/^run\.json$/),
    kills: own(/^kills\.ndjson(\.gz)?$/),
    audit: own(/^audit\.ndjson(\.gz)?$/),
  };
  const label = folder === root ? basename(folder) : folder.slice(root.length + 1);
  const runs: RunFiles[] =
    shards.length > 0
      ? [{ name: label, shards: shards.map((name) => join(folder, name)), ...shared }]
      : texts.map((name) => ({
          name: folder === root ? name : `${label}/${name}`,
          shards: [],
          summary: join(folder, name),
          ...shared,
        }));
  const used = runs.flatMap((run) => [...run.shards, run.summary, ...Object.values(shared)]);
  const others = names.map((name) => join(folder, name)).filter((path) => !used.includes(path));
  unread.push(...others.filter((path) => shards.length === 0 || !LEDGER.test(basename(path))));
  const folders = entries.filter((entry) => isFolder(folder, entry.name)).map((entry) => join(folder, entry.name));
  return [...runs, ...folders.flatMap((inner) => findRuns(inner, root, unread))];
}

function isFolder(folder: string, name: string): boolean {
  return statSync(join(folder, name), { throwIfNoEntry: false })?.isDirectory() ?? false;
}

/** run-2 before run-10. */
function byNumber(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}
