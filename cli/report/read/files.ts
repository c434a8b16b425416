import { closeSync, openSync, readSync } from 'node:fs';

/** Whether a file begins with these bytes. */
export function startsWith(path: string, prefix: Buffer): boolean {
  const file = openSync(path, 'r');
  try {
    const bytes = Buffer.alloc(prefix.length);
    return readSync(file, bytes) === prefix.length && bytes.equals(prefix);
  } finally {
    closeSync(file);
  }
}
