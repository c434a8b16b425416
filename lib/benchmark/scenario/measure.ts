import exec from 'k6/execution';
import type { Response } from 'k6/http';
import { Counter, Trend } from 'k6/metrics';
import { errorClass, type Outcome } from '../outcome';

export type Operation = 'create' | 'append' | 'read_stream' | 'read_event';

/** Which event a sample is about. */
export interface Where {
  readonly stream: string;
  readonly event: string;
  readonly number?: number;
}

const durations: Record<Operation, Trend> = {
  create: new Trend('es_create_duration', true),
  append: new Trend('es_append_duration', true),
  read_stream: new Trend('es_read_stream_duration', true),
  read_event: new Trend('es_read_event_duration', true),
};
const outcomes: Record<Outcome, Counter> = {
  acknowledged: new Counter('es_acked'),
  refused: new Counter('es_refused'),
  indeterminate: new Counter('es_indeterminate'),
};
const errors = new Counter('es_errors');
const staleReads = new Counter('es_stale_reads');
const retries = new Counter('es_retries');

/** All samples of a request carry the phase in which it was sent. */
export function enterPhase(main: number): void {
  exec.vu.metrics.tags.phase = Date.now() < main ? 'warmup' : 'main';
}

/** How long the user waited: with the time for a connection, which k6's own http_req_duration leaves out. */
export function waited({ timings }: Pick<Response, 'timings'>): number {
  return timings.blocked + timings.connecting + timings.tls_handshaking + timings.duration;
}

export function appended(op: Operation, outcome: Outcome, ms: number, where: Where, answer: Response): void {
  durations[op].add(ms, { op, class: outcome });
  // metadata goes into the results without making a time series of every event
  const { metadata } = exec.vu.metrics;
  metadata.stream = where.stream;
  metadata.event = where.event;
  if (where.number !== undefined) metadata.number = String(where.number);
  outcomes[outcome].add(1, { op, ...(outcome !== 'acknowledged' && { class: errorClass(answer) }) });
  if (outcome !== 'acknowledged') errors.add(1, { op, class: errorClass(answer) });
  delete metadata.stream;
  delete metadata.event;
  delete metadata.number;
}

export function retried(op: Operation, answer: Response): void {
  retries.add(1, { op, class: errorClass(answer) });
}

/** A read found what was acknowledged, or missed it, or failed. A miss is no error: followers answer from their own data. */
export function read(op: Operation, answer: Response, complete: boolean): void {
  const stale = answer.status === 404 || (answer.status === 200 && !complete);
  const kind = stale ? 'stale' : answer.status === 200 ? 'ok' : errorClass(answer);
  durations[op].add(waited(answer), { op, class: kind });
  if (stale) staleReads.add(1, { op, class: answer.status === 404 ? 'missing' : 'incomplete' });
  else if (kind !== 'ok') errors.add(1, { op, class: kind });
}
