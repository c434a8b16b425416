import { closeSync, existsSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { EventStoreError } from '../../lib/errors';
import { linesOf } from './lines';

/** A line of an audit. */
interface AuditPoint {
  readonly metric: string;
  readonly data: {
    readonly time: string;
    value: number;
    readonly tags: { class: string; readonly source: string };
    readonly metadata?: { readonly stream: string; readonly event: string; readonly expected: string; found: string };
  };
}

/** Not about what was acknowledged: these have metrics of their own, `audit_unexpected` and `audit_unread`. */
const ASIDE = ['unexpected', 'unread'];

/**
 * Makes one `audit.ndjson` of all generators' audits in the folder, and takes those away. An event that is missing in its
 * stream and was found in another one is misplaced, not lost; only now are all of both known.
 */
export function mergeAudits(folder: string, shards: readonly number[]): void {
  const events = shards.map((shard) => join(folder, `audit-${shard}.ndjson`)).filter(existsSync);
  const totals = shards.map((shard) => join(folder, `audit-${shard}-totals.ndjson`)).filter(existsSync);
  if (totals.length === 0) return;
  const elsewhere = unexpectedPlaces(events);
  const counts = new Map<string, AuditPoint>();
  const add = (name: string, source: string, value: number) => {
    const count = counts.get(`${source} ${name}`);
    if (count) count.data.value += value;
  };
  for (const point of pointsOf(totals)) {
    const key = `${point.data.tags.source} ${point.data.tags.class}`;
    if (counts.has(key)) add(point.data.tags.class, point.data.tags.source, point.data.value);
    else counts.set(key, point);
  }

  const target = join(folder, 'audit.ndjson');
  const out = openSync(`${target}.new`, 'w');
  const write = (point: AuditPoint) => {
    const { class: kind } = point.data.tags;
    const metric = ASIDE.includes(kind) ? `audit_${kind}` : point.metric;
    writeSync(out, `${JSON.stringify({ ...point, metric })}\n`);
  };
  const found = new Set<string>();
  for (const point of pointsOf(events)) {
    const { tags, metadata } = point.data;
    const key = `${tags.source} ${metadata!.event}`;
    if (tags.class === 'lost' && elsewhere.has(key)) {
      tags.class = 'misplaced';
      metadata!.found = elsewhere.get(key)!;
      found.add(key);
      add('lost', tags.source, -1);
      add('present', tags.source, 1);
      add('misplaced', tags.source, 1);
      add('unexpected', tags.source, -1);
    }
    if (tags.class !== 'unexpected') write(point);
  }
  for (const point of pointsOf(events)) {
    const { tags, metadata } = point.data;
    if (tags.class === 'unexpected' && !found.has(`${tags.source} ${metadata!.event}`)) write(point);
  }
  for (const point of counts.values()) {
    const { class: kind, source } = point.data.tags;
    if (!ASIDE.includes(kind)) write(point);
    // each unexpected event has its own line already
    if (kind === 'unread' && point.data.value > 0) {
      write(point);
      process.stderr.write(`audit: ${point.data.value} events could not be read from ${source}\n`);
    }
    if (kind === 'unexpected' && point.data.value > 0) {
      process.stderr.write(`audit: ${point.data.value} events on ${source} that nobody was told of\n`);
    }
  }
  closeSync(out);
  renameSync(`${target}.new`, target);
  for (const file of [...events, ...totals]) rmSync(file);
}

/** Where events are that nobody expects there, by source and event. */
function unexpectedPlaces(files: readonly string[]): Map<string, string> {
  const places = new Map<string, string>();
  for (const { data } of pointsOf(files)) {
    if (data.tags.class !== 'unexpected') continue;
    const { stream, event, found } = data.metadata!;
    places.set(
      `${data.tags.source} ${event}`,
      found.replace(/\d+/g, (number) => `${stream}/${number}`),
    );
  }
  return places;
}

function* pointsOf(files: readonly string[]): Generator<AuditPoint> {
  for (const file of files) {
    let number = 0;
    for (const line of linesOf(file)) {
      number++;
      let point: AuditPoint;
      try {
        point = JSON.parse(line);
      } catch {
        throw new EventStoreError(
          'ES552',
          `an audit must hold a JSON object a line, got something else in ${file}:${number}: it was cut off, so fetch or run it again`,
        );
      }
      yield point;
    }
  }
}
