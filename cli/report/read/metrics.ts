import { Histogram } from '../figures/histogram';
import { Row, type RunData } from '../figures/run-data';
import type { Point } from './json-points';

/** What one file has that does not add up over files. */
export interface Shard {
  readonly path: string;
  users: number;
  busy: number;
  first: number;
  last: number;
  /** when its users began, where the load test says so */
  start?: number;
  readonly scenarios: Set<string>;
}

export type Handler = (run: RunData, point: Point, shard: Shard) => void;
type Tags = Readonly<Record<string, string>>;

/** The metrics that a report needs, and what is done with their points. Made once for each set of tags. */
export const METRICS: Readonly<Record<string, (tags: Tags) => Handler>> = {
  http_req_duration: request,
  http_req_blocked: measured((run, { value }) => run.blocked.record(value)),
  iteration_duration: measured((run, { value }) => run.iterations.record(value)),
  data_received: measured((run, { value }) => {
    run.received += value;
  }),
  data_sent: measured((run, { value }) => {
    run.sent += value;
  }),
  dropped_iterations: always((run, { value }) => {
    run.dropped += value;
  }),
  vus: always((_run, { value }, shard) => {
    shard.users = Math.max(shard.users, value);
    shard.busy = value;
  }),
  vus_max: always((run, { value }, shard) => {
    run.samples++;
    if (shard.busy >= value) run.saturated++;
  }),
  es_load_start: always((_run, { value }, shard) => {
    shard.start = Math.min(shard.start ?? value, value);
  }),
  es_create_duration: operation('create'),
  es_append_duration: operation('append'),
  es_read_stream_duration: operation('read stream'),
  es_read_event_duration: operation('read event'),
  es_acked: outcome(Row.ACKNOWLEDGED),
  es_refused: outcome(Row.REFUSED),
  es_indeterminate: outcome(Row.INDETERMINATE),
  es_errors: counted(({ op = 'request', class: kind = 'other' }) => `${op.replace('_', ' ')}: ${kind}`, Row.ERRORS),
  es_stale_reads: counted(({ class: kind = 'missing' }) => `stale read (${kind})`),
  es_retries: counted(({ class: kind = 'an error' }) => `append repeated after ${kind}`),
};

/** Where k6 was told no phase, all of the run is measured. */
function isMeasured({ phase }: Tags): boolean {
  return phase === undefined || phase === 'main';
}

function always(handler: Handler): () => Handler {
  return () => handler;
}

function measured(handler: Handler): (tags: Tags) => Handler {
  return (tags) => (isMeasured(tags) ? handler : () => {});
}

function request(tags: Tags): Handler {
  const failed = failedRequest(tags);
  // a connection that was refused took no time, and must not make anything look fast
  const timed = tags.status !== '0' || tags.error_code === '1050';
  return measured((run, { time, value }) => {
    run.timeline.add(Row.REQUESTS, time, 1);
    run.requests++;
    if (failed) run.failed++;
    if (timed) run.http.record(value);
    // k6 writes the time at which a request ended
    if (time - value < run.firstRequest) run.firstRequest = time - value;
    if (time > run.lastRequest) run.lastRequest = time;
  })(tags);
}

/** What k6 was told to expect, or else what the status says. */
function failedRequest({ expected_response: expected, status }: Tags): boolean {
  if (expected !== undefined) return expected !== 'true';
  return !(Number(status) >= 200 && Number(status) < 400);
}

/** A refused append was perhaps never sent: its time says nothing of the server. */
function operation(name: string): (tags: Tags) => Handler {
  const handler = measured((run, { time, value }) => {
    record(run.operations, name, value);
    if (run.kills.length > 0 && run.nearKill(time)) record(run.latencies, Math.floor(time / 1000), value);
  });
  return (tags) => (tags.class === 'refused' ? () => {} : handler(tags));
}

function record<K>(histograms: Map<K, Histogram>, key: K, value: number): void {
  const histogram = histograms.get(key) ?? new Histogram();
  histograms.set(key, histogram);
  histogram.record(value);
}

/** One append each. */
function outcome(row: Row.ACKNOWLEDGED | Row.REFUSED | Row.INDETERMINATE): (tags: Tags) => Handler {
  return (tags) => {
    const counts = isMeasured(tags);
    return (run, { time, value }) => {
      run.whole[row] += value;
      if (counts) run.measured[row] += value;
      run.timeline.add(row, time, value);
      if (row === Row.ACKNOWLEDGED) run.acknowledgements.add(time);
    };
  };
}

function counted(nameOf: (tags: Tags) => string, row?: Row): (tags: Tags) => Handler {
  return (tags) => {
    const name = nameOf(tags);
    return (run, { time, value }) => {
      if (row !== undefined) run.timeline.add(row, time, value);
      run.countError(name, run.phaseOf(time, tags.phase), value);
    };
  };
}
