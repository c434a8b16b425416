import { existsSync, mkdirSync, readdirSync, renameSync, rmdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { type App, Yaml } from 'cdk8s';
import { BENCHMARK_CHARTS, CHARTS } from '../charts/build-app';
import { EventStoreError } from '../lib/errors';

/** A manifest file: its name and what it says. */
export interface ManifestFile {
  readonly name: string;
  readonly text: string;
  readonly objects: number;
}

const EXTENSION = '.k8s.yaml';
/** Where "kubectl apply -f dist/" does not look. */
const BENCHMARK = 'benchmark';

/** Whether the file is one that is applied by itself. */
export function isBenchmark({ name }: ManifestFile): boolean {
  return name.startsWith(`${BENCHMARK}/`);
}

function fileName(chart: string): string {
  return `${chart.replace(`${BENCHMARK}-`, `${BENCHMARK}/`)}${EXTENSION}`;
}

/** Every chart of the app as a file. Nothing is written: what fails, fails here. */
export function render(app: App): ManifestFile[] {
  return app.charts.map((chart) => {
    const objects = chart.toJson();
    return { name: fileName(chart.node.id), text: Yaml.stringify(...objects), objects: objects.length };
  });
}

/**
 * Puts the files into the folder and takes away those of ours that are no longer made. Files of anybody else stay.
 * They are written under other names first, so that a full disk or a forbidden folder leaves everything as it was.
 */
export function writeManifests(folder: string, files: ManifestFile[]): void {
  const temporary = ({ name }: ManifestFile) => join(folder, dirname(name), `.${basename(name)}.new`);
  try {
    for (const file of files) mkdirSync(dirname(join(folder, file.name)), { recursive: true });
    for (const file of files) {
      if (statSync(join(folder, file.name), { throwIfNoEntry: false })?.isDirectory()) {
        throw new Error(`${file.name} is a folder`);
      }
    }
    for (const file of files) writeFileSync(temporary(file), file.text);
    for (const file of files) renameSync(temporary(file), join(folder, file.name));
    for (const name of [...CHARTS, ...BENCHMARK_CHARTS].map(fileName)) {
      if (!files.some((file) => file.name === name)) rmSync(join(folder, name), { force: true });
    }
    removeIfEmpty(join(folder, BENCHMARK));
  } catch (error) {
    discard(files.map(temporary));
    throw new EventStoreError(
      'ES004',
      `output folder must be one that can be written, got ${folder}: ${(error as Error).message}; choose another with --out`,
    );
  }
}

function removeIfEmpty(folder: string): void {
  if (existsSync(folder) && readdirSync(folder).length === 0) rmdirSync(folder);
}

function discard(paths: string[]): void {
  for (const path of paths) {
    try {
      rmSync(path, { force: true });
    } catch {
      // where the folder cannot be reached there is nothing to discard
    }
  }
}
