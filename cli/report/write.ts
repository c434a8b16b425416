import { mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EventStoreError } from '../../lib/errors';

/** Charts of an earlier report, which had other loads. */
const OURS = /^chart-[\w.x-]+\.svg$/;

/** Writes a report's files under other names first, so that a full disk leaves the old report whole. */
export function writeReport(folder: string, files: ReadonlyMap<string, string>): void {
  const temporary = (name: string) => join(folder, `.${name}.new`);
  try {
    mkdirSync(folder, { recursive: true });
    for (const name of files.keys()) {
      if (statSync(join(folder, name), { throwIfNoEntry: false })?.isDirectory())
        throw new Error(`${name} is a folder`);
    }
    for (const [name, text] of files) writeFileSync(temporary(name), text);
    for (const name of files.keys()) renameSync(temporary(name), join(folder, name));
    for (const name of readdirSync(folder)) if (OURS.test(name) && !files.has(name)) rmSync(join(folder, name));
  } catch (error) {
    for (const name of files.keys()) {
      try {
        rmSync(temporary(name), { force: true });
      } catch {
        // where the folder cannot be reached there is nothing to take away
      }
    }
    throw new EventStoreError(
      'ES004',
      `output folder must be one that can be written, got ${folder}: ${(error as Error).message}; choose another with --out`,
    );
  }
}
