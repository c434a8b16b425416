import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';

/** When every run of these tests begins. */
export const START = Date.parse('2026-03-01T10:00:00Z');

export type Tags = Record<string, string>;

/** A line as k6 writes it. `at` is in ms after the start. */
export function point(metric: string, at: number, value: number, tags: Tags = {}, metadata?: Tags): string {
  const data = { time: timeOf(at), value, tags, ...(metadata && { metadata }) };
  return JSON.stringify({ metric, type: 'Point', data });
}

export function declare(metric: string, type = 'counter'): string {
  return JSON.stringify({
    type: 'Metric',
    data: { name: metric, type, contains: 'default', thresholds: [], submetrics: null },
    metric,
  });
}

/** With nanoseconds, as Go writes them. */
function timeOf(at: number): string {
  const whole = Math.floor(at);
  const nanoseconds = Math.floor((at - whole) * 1e6);
  return new Date(START + whole).toISOString().replace('Z', `${String(nanoseconds).padStart(6, '0')}Z`);
}

export interface Append {
  /** the answer, in ms after the start */
  readonly at: number;
  readonly ms: number;
  readonly outcome?: 'acknowledged' | 'refused' | 'indeterminate';
  readonly phase?: string;
  readonly stream?: string;
  readonly error?: string;
}

const COUNTERS = { acknowledged: 'es_acked', refused: 'es_refused', indeterminate: 'es_indeterminate' };
export const OTHERS = [
  'http_req_connecting',
  'http_req_sending',
  'http_req_waiting',
  'http_req_receiving',
  'http_req_failed',
];

/** All samples of one append. */
export function append({
  at,
  ms,
  outcome = 'acknowledged',
  phase = 'main',
  stream = 's-1',
  error = '503',
}: Append): string[] {
  const good = outcome === 'acknowledged';
  const tags = {
    expected_response: String(good),
    group: '',
    method: 'POST',
    name: 'append',
    phase,
    status: good ? '201' : error,
  };
  const own = { group: '', op: 'append', phase };
  return [
    point('http_reqs', at, 1, tags),
    point('http_req_duration', at, ms, tags),
    point('http_req_blocked', at, 0.01, tags),
    ...OTHERS.map((metric) => point(metric, at, 0.25, tags)),
    point('es_append_duration', at, ms, { ...own, class: outcome }),
    point(COUNTERS[outcome], at, 1, good ? own : { ...own, class: error }, {
      stream,
      event: `event-${at}`,
      number: '0',
    }),
    ...(good ? [] : [point('es_errors', at, 1, { ...own, class: error })]),
  ];
}

/** The lines with which k6 says which metrics there are. */
export const DECLARATIONS = [
  'http_reqs',
  'http_req_duration',
  'http_req_blocked',
  ...OTHERS,
  'es_append_duration',
  'es_acked',
  'es_errors',
].map((metric) => declare(metric));

export interface AuditCounts {
  readonly source?: string;
  readonly attempted?: number;
  readonly acknowledged: number;
  readonly present?: number;
  readonly lost?: number;
  readonly indeterminatePresent?: number;
  readonly indeterminateAbsent?: number;
  readonly duplicate?: number;
  readonly misplaced?: number;
}

export function audit(...columns: AuditCounts[]): string[] {
  return columns.flatMap(({ source = 'leader', acknowledged, lost = 0, misplaced = 0, ...rest }) => {
    const total = (kind: string, value: number) => point('audit_total', 0, value, { class: kind, source });
    return [
      total(
        'attempted',
        rest.attempted ?? acknowledged + (rest.indeterminatePresent ?? 0) + (rest.indeterminateAbsent ?? 0),
      ),
      total('acknowledged', acknowledged),
      total('present', rest.present ?? acknowledged - lost - misplaced),
      total('lost', lost),
      total('indeterminate_present', rest.indeterminatePresent ?? 0),
      total('indeterminate_absent', rest.indeterminateAbsent ?? 0),
      total('duplicate', rest.duplicate ?? 0),
      total('misplaced', misplaced),
    ];
  });
}

/** Writes files, gzipped if their names say so, and makes the folders. */
export function writeFiles(folder: string, files: Record<string, readonly string[] | string>): void {
  for (const [name, content] of Object.entries(files)) {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    const text = typeof content === 'string' ? content : `${content.join('\n')}\n`;
    writeFileSync(path, name.endsWith('.gz') ? gzipSync(text) : text);
  }
}

/** A sequence of numbers between 0 and 1 that is the same every time. */
export function chance(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
