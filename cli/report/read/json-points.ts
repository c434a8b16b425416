import type { EventStoreError } from '../../../lib/errors';
import { damaged, type LineReader, readLines } from './lines';
import { Line, PointScanner, type TagSet } from './point-scanner';
import { parseTime } from './time';

/** One point of a metric that was asked for. */
export interface Point {
  readonly metric: number;
  readonly time: number;
  readonly value: number;
  readonly set: TagSet;
  /** only where it was asked for */
  readonly metadata?: Readonly<Record<string, string>>;
}

export interface PointFile {
  readonly lines: number;
  readonly points: number;
}

export interface PointReader {
  /** the metrics that are needed: their places are their numbers */
  readonly metrics: readonly string[];
  /** reads each line with JSON.parse, to have the points' metadata: for small files */
  readonly metadata?: boolean;
  /** `wrong` makes the error that names the line */
  onPoint(point: Point, wrong: (what: string) => EventStoreError): void;
}

/** Reads one file of k6's `--out json`; gives how many lines it has. Nothing in it is skipped silently. */
export async function readPoints(
  path: string,
  reader: PointReader,
  onBytes?: (bytes: number) => void,
): Promise<PointFile> {
  const scanner = new PointScanner(reader.metrics);
  const numbers = new Map(reader.metrics.map((name, number) => [name, number]));
  const declared = new Set<string>();
  let lines = 0;
  let points = 0;
  const wrong = (what: string) => damaged(path, lines + 1, what);

  const unusual = (bytes: Buffer, start: number, end: number): void => {
    const line = parseLine(bytes.toString('utf8', start, end), path, lines + 1);
    if (line.type === 'Metric') {
      if (declared.has(line.metric)) {
        throw damaged(path, lines + 1, `a second run begins here (metric ${line.metric} is declared again)`);
      }
      declared.add(line.metric);
      return;
    }
    points++;
    const metric = numbers.get(line.metric);
    if (metric === undefined) return;
    const { time, value, tags, metadata } = line;
    reader.onPoint({ metric, time, value, set: scanner.foreign(tags), metadata }, wrong);
  };

  const onLines: LineReader = (bytes, start, end) => {
    for (let at = start; at < end; lines++) {
      const kind = reader.metadata ? Line.UNUSUAL : scanner.scan(bytes, at);
      if (kind === Line.UNUSUAL) {
        const newline = bytes.indexOf(0x0a, at);
        unusual(bytes, at, newline);
        at = newline + 1;
        continue;
      }
      points++;
      if (kind === Line.POINT) reader.onPoint(scanner, wrong);
      at = scanner.end + 1;
    }
  };

  await readLines(path, onLines, () => lines, onBytes);
  if (lines === 0) throw damaged(path, 1, 'no line at all');
  return { lines, points };
}

type ParsedLine =
  | { type: 'Metric'; metric: string }
  | {
      type: 'Point';
      metric: string;
      time: number;
      value: number;
      tags: Record<string, string>;
      metadata?: Record<string, string>;
    };

/** A line with keys in any order. */
function parseLine(text: string, path: string, number: number): ParsedLine {
  let line: Record<string, unknown>;
  try {
    line = JSON.parse(text);
  } catch {
    const csv = /^(metric_name,|\w+,\d{10})/.test(text);
    throw damaged(path, number, csv ? "k6's CSV (run it with --out json=FILE)" : `not JSON: ${excerpt(text)}`);
  }
  const data = line?.data as Record<string, unknown> | undefined;
  if (line?.type === 'Metric' && typeof data?.name === 'string' && typeof data.type === 'string') {
    return { type: 'Metric', metric: data.name };
  }
  const time = typeof data?.time === 'string' ? parseTime(data.time) : Number.NaN;
  const value = data?.value;
  const tags = textMap(data?.tags ?? {});
  const metadata = textMap(data?.metadata ?? {});
  if (
    line?.type !== 'Point' ||
    typeof line.metric !== 'string' ||
    Number.isNaN(time) ||
    typeof value !== 'number' ||
    !tags ||
    !metadata
  ) {
    throw damaged(path, number, `neither a metric nor a point of k6: ${excerpt(text)}`);
  }
  return { type: 'Point', metric: line.metric, time, value, tags, metadata };
}

function textMap(value: unknown): Record<string, string> | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return Object.values(value).every((text) => typeof text === 'string') ? (value as Record<string, string>) : undefined;
}

function excerpt(text: string): string {
  const line = text.trim().replace(/[^\x20-\x7e]+/g, '?');
  return line.length > 60 ? `${line.slice(0, 60)}…` : line || 'an empty line';
}
