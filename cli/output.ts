import { mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type App, Yaml } from 'cdk8s';
import { CHARTS } from '../charts/build-app';
import { EventStoreError } from '../lib/errors';

/** A manifest file: its name and what it says. */
export interface ManifestFile {
  readonly name: string;
  readonly text: string;
  readonly objects: number;
}

const EXTENSION = '.k8s.yaml';

/** Every chart of the app as a file. Nothing is written: what fails, fails here. */
export function render(app: App): ManifestFile[] {
  return app.charts.map((chart) => {
    const objects = chart.toJson();
    return { name: `${chart.node.id}${EXTENSION}`, text: Yaml.stringify(...objects), objects: objects.length };
  });
}

/**
 * Puts the files into the folder and takes away those of ours that are no longer made. Files of anybody else stay.
 * They are written under other names first, so that a full disk or a forbidden folder leaves everything as it was.
 */
export function writeManifests(folder: string, files: ManifestFile[]): void {
  const temporary = (file: ManifestFile) => join(folder, `.${file.name}.new`);
  try {
    mkdirSync(folder, { recursive: true });
    for (const file of files) {
      if (statSync(join(folder, file.name), { throwIfNoEntry: false })?.isDirectory()) {
        throw new Error(`${file.name} is a folder`);
      }
    }
    for (const file of files) writeFileSync(temporary(file), file.text);
    for (const file of files) renameSync(temporary(file), join(folder, file.name));
    for (const name of readdirSync(folder)) {
      const ours = CHARTS.some((chart) => name === `${chart}${EXTENSION}`);
      if (ours && !files.some((file) => file.name === name)) rmSync(join(folder, name));
    }
  } catch (error) {
    discard(files.map(temporary));
    throw new EventStoreError(
      'ES004',
      `output folder must be one that can be written, got ${folder}: ${(error as Error).message}; choose another with --out`,
    );
  }
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
