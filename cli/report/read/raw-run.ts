import { EventStoreError } from '../../../lib/errors';
import { Histogram } from '../figures/histogram';
import { Row, RunData } from '../figures/run-data';
import { readAudit } from './audit';
import type { RunFiles } from './inputs';
import { type Point, readPoints } from './json-points';
import { readKills } from './kills';
import { damaged } from './lines';
import { readSettings, type Settings } from './settings';

type Handler = (run: RunData, point: Point, shard: Shard) => void;

/** What one file has that does not add up over files. */
interface Shard {
  users: number;
  busy: number;
  start?: number;
  last: number;
}

const OUTCOMES = ['es_acked', 'es_refused', 'es_indeterminate'];

/** What is done with the points of each metric. The phase, where k6 was given none, is the measured one. */
const METRICS: Record<string, (tags: Readonly<Record<string, string>>) => Handler> = {
  http_req_duration: (tags) => {
    const counts = isMain(tags);
    const failed = failedRequest(tags);
    const timed = tags.status !== '0' || tags.error_code === '1050';
    return (run, { time, value }) => {
      run.timeline.add(Row.REQUESTS, time, 1);
      if (!counts) return;
      run.requests++;
      if (failed) run.failed++;
      // a connection that was refused took no time, and must not make anything look fast
      if (timed) run.http.record(value);
      if (time - value < run.firstRequest) run.firstRequest = time - value;
      if (time > run.lastRequest) run.lastRequest = time;
    };
  },
  http_req_blocked: whenMain((run, { value }) => run.blocked.record(value)),
  iteration_duration: whenMain((run, { value }) => run.iterations.record(value)),
  data_received: whenMain((run, { value }) => {
    run.received += value;
  }),
  data_sent: whenMain((run, { value }) => {
    run.sent += value;
  }),
  dropped_iterations:
    () =>
    (run, { value }) => {
      run.dropped += value;
    },
  vus:
    () =>
    (_run, { value }, shard) => {
      shard.users = Math.max(shard.users, value);
      shard.busy = value;
    },
  vus_max:
    () =>
    (run, { value }, shard) => {
      run.samples++;
      if (shard.busy >= value) run.saturated++;
    },
  es_load_start:
    () =>
    (_run, { value }, shard) => {
      shard.start = Math.min(shard.start ?? value, value);
    },
  es_create_duration: operation('create'),
  es_append_duration: operation('append'),
  es_read_stream_duration: operation('read stream'),
  es_read_event_duration: operation('read event'),
  es_acked: outcome(Row.ACKNOWLEDGED),
  es_refused: outcome(Row.REFUSED),
  es_indeterminate: outcome(Row.INDETERMINATE),
  es_errors:
    (tags) =>
    (run, { time, value }) => {
      run.timeline.add(Row.ERRORS, time, value);
      run.countError(
        `${tags.op?.replace('_', ' ') ?? 'request'}: ${tags.class ?? 'other'}`,
        run.phaseOf(time, tags.phase),
        value,
      );
    },
  es_stale_reads:
    (tags) =>
    (run, { time, value }) => {
      run.countError(`stale read (${tags.class ?? 'missing'})`, run.phaseOf(time, tags.phase), value);
    },
};

const NAMES = Object.keys(METRICS);
const MAKERS = Object.values(METRICS);
const APPENDS = new Set(OUTCOMES);

/** A run's raw results, its kills and its audit. */
export async function readRawRun(files: RunFiles, onBytes: (bytes: number) => void): Promise<RunData> {
  const settings: Settings = files.settings ? readSettings(files.settings) : { mode: 'closed', kills: [], same: {} };
  if (settings.generators !== undefined && settings.generators !== files.shards.length) {
    throw new EventStoreError(
      'ES525',
      `a run must have one file of results a generator, got ${files.shards.length} beside ${files.settings}, which says ${settings.generators}: fetch the missing one, or take away what is of another run`,
    );
  }
  const run = new RunData(files.name, settings, files.kills ? await readKills(files.kills) : []);
  const span = new Span();
  for (const path of files.shards) await readShard(path, run, span, onBytes);
  run.ledger = await readAudit(files.audit, run.whole);
  return run;
}

async function readShard(path: string, run: RunData, span: Span, onBytes: (bytes: number) => void): Promise<void> {
  const shard: Shard = { users: 0, busy: 0, last: Number.NEGATIVE_INFINITY };
  const { lines } = await readPoints(
    path,
    {
      metrics: NAMES,
      onPoint(point, where) {
        if (!span.holds(point.time)) throw damaged(...split(where()), span.complaint(point.time));
        if (point.time > shard.last) shard.last = point.time;
        const { handlers, tags } = point.set;
        let handler = handlers[point.metric] as Handler | undefined;
        if (!handler) {
          handler = MAKERS[point.metric](tags);
          handlers[point.metric] = handler;
        }
        // an acknowledgement is one event: a counter of something else would falsify the ledger
        if (APPENDS.has(NAMES[point.metric]) && point.value !== 1) {
          throw damaged(...split(where()), `${NAMES[point.metric]} counts single appends, not ${point.value}`);
        }
        handler(run, point, shard);
      },
    },
    (bytes) => {
      run.bytes += bytes;
      onBytes(bytes);
    },
  );
  run.lines += lines;
  run.users += shard.users;
  run.ends.push(shard.last);
  if (shard.start !== undefined) run.starts.push(shard.start);
}

/** The time that the points of one run are within. */
class Span {
  private first = Number.NaN;
  private last = Number.NaN;

  /** Longer runs than this would need another resolution than a bit a millisecond. */
  private static readonly MOST = 48 * 3_600_000;

  holds(time: number): boolean {
    if (time >= this.first && time <= this.last) return true;
    const first = Number.isNaN(this.first) ? time : Math.min(this.first, time);
    const last = Number.isNaN(this.last) ? time : Math.max(this.last, time);
    if (last - first > Span.MOST) return false;
    this.first = first;
    this.last = last;
    return true;
  }

  complaint(time: number): string {
    return `a point of ${new Date(time).toISOString()} in a run of ${new Date(this.first).toISOString()} to ${new Date(this.last).toISOString()}: results of two runs are mixed`;
  }
}

function split(where: string): [path: string, line: number] {
  const colon = where.lastIndexOf(':');
  return [where.slice(0, colon), Number(where.slice(colon + 1))];
}

function isMain(tags: Readonly<Record<string, string>>): boolean {
  return tags.phase === undefined || tags.phase === 'main';
}

/** What k6 was told to expect, or else what the status says. */
function failedRequest({ expected_response: expected, status }: Readonly<Record<string, string>>): boolean {
  if (expected !== undefined) return expected !== 'true';
  return !(Number(status) >= 200 && Number(status) < 400);
}

function whenMain(handler: Handler): (tags: Readonly<Record<string, string>>) => Handler {
  return (tags) => (isMain(tags) ? handler : () => {});
}

/** A refused append was perhaps never sent: its time says nothing of the server. */
function operation(name: string): (tags: Readonly<Record<string, string>>) => Handler {
  return (tags) => {
    const counts = isMain(tags) && tags.class !== 'refused';
    return (run, { time, value }) => {
      if (!counts) return;
      record(run.operations, name, value);
      if (run.kills.length > 0 && run.nearKill(time)) record(run.latencies, Math.floor(time / 1000), value);
    };
  };
}

function record<K>(histograms: Map<K, Histogram>, key: K, value: number): void {
  const histogram = histograms.get(key) ?? new Histogram();
  histograms.set(key, histogram);
  histogram.record(value);
}

function outcome(
  row: Row.ACKNOWLEDGED | Row.REFUSED | Row.INDETERMINATE,
): (tags: Readonly<Record<string, string>>) => Handler {
  return (tags) => {
    const counts = isMain(tags);
    return (run, { time }) => {
      run.whole[row]++;
      if (counts) run.measured[row]++;
      run.timeline.add(row, time, 1);
      if (row === Row.ACKNOWLEDGED) run.acknowledgements.add(time);
    };
  };
}
