import { createReadStream, statSync } from 'node:fs';
import { createGunzip } from 'node:zlib';
import { EventStoreError } from '../../../lib/errors';
import { startsWith } from './files';

const CHUNK = 256 * 1024;
const NEWLINE = 0x0a;
const GZIP = Buffer.from([0x1f, 0x8b]);

/** Takes whole lines: the bytes from `start` to `end`, of which the last is a newline. */
export type LineReader = (bytes: Buffer, start: number, end: number) => void;

/**
 * Streams a file, gzipped or not, to a reader of whole lines. A file that stops within a line, or within its compressed
 * data, is an error: part of the results would be missing without a word.
 */
export async function readLines(
  path: string,
  onLines: LineReader,
  linesSoFar: () => number,
  onBytes: (bytes: number) => void = () => {},
): Promise<void> {
  const size = statSync(path).size;
  const file = createReadStream(path, { highWaterMark: CHUNK });
  file.on('data', (chunk) => onBytes(chunk.length));
  const gunzip = startsWith(path, GZIP) ? createGunzip({ chunkSize: CHUNK }) : undefined;
  if (gunzip) file.on('error', (error) => gunzip.destroy(error));
  let rest: Buffer = Buffer.alloc(0);
  try {
    for await (const chunk of gunzip ? file.pipe(gunzip) : file) {
      const bytes: Buffer = rest.length > 0 ? Buffer.concat([rest, chunk as Buffer]) : (chunk as Buffer);
      const end = bytes.lastIndexOf(NEWLINE) + 1;
      if (end > 0) onLines(bytes, 0, end);
      rest = bytes.subarray(end);
    }
  } catch (error) {
    if (error instanceof EventStoreError || !gunzip) throw error;
    throw damaged(path, linesSoFar() + 1, `its compressed data is damaged or cut off (${(error as Error).message})`);
  }
  if (gunzip && gunzip.bytesWritten < size) {
    throw damaged(path, linesSoFar() + 1, `${size - gunzip.bytesWritten} bytes after the compressed data`);
  }
  if (rest.length === 0) return;
  try {
    // a JSON object is whole or none: one without a newline behind it may still be whole
    onLines(Buffer.concat([rest, Buffer.from('\n')]), 0, rest.length + 1);
  } catch (error) {
    throw error instanceof EventStoreError ? damaged(path, linesSoFar() + 1, 'the last line is cut off') : error;
  }
}

/** ES522: names the file and the line. */
export function damaged(path: string, line: number, what: string): EventStoreError {
  return new EventStoreError(
    'ES522',
    `results must be whole files as k6 wrote them, got ${path}:${line}: ${what}; fetch the file again or leave the run out`,
  );
}
