import { readFileSync } from 'node:fs';
import { stripVTControlCharacters } from 'node:util';
import { EventStoreError } from '../../../lib/errors';

/** What k6 prints at the end of a run, as far as a comparison needs it. Times in ms, amounts in bytes. */
export interface TextSummary {
  readonly users: number;
  readonly requests: number;
  readonly requestRate: number;
  /** what the rates are over */
  readonly seconds: number;
  /** what the run was told to last, where the text says it */
  readonly plannedSeconds?: number;
  readonly latency: Readonly<Record<string, number>>;
  readonly iterations?: number;
  readonly iterationMean?: number;
  readonly blockedP95?: number;
  readonly failed?: number;
  readonly dropped?: number;
  readonly received?: number;
  readonly sent?: number;
}

/** A tick stands before metrics with thresholds. */
const ROW = /^\s*(?:[✓✗✔✘]\s+)?(\{?\s*[\w:]+\s*\}?)\s*\.*\s*:\s+(\S.*?)\s*$/;
const NUMBER = String.raw`\d+(?:\.\d+)?(?:e[+-]?\d+)?`;
const STATISTIC = /(avg|min|med|max|p\([\d.]+\)|count)=(\S+)/g;
const MILLISECONDS: Record<string, number> = {
  h: 3_600_000,
  m: 60_000,
  s: 1000,
  ms: 1,
  us: 0.001,
  µs: 0.001,
  μs: 0.001,
  ns: 1e-6,
};
const BYTES: Record<string, number> = {
  B: 1,
  kB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KiB: 1024,
  MiB: 1024 ** 2,
  GiB: 1024 ** 3,
};

/** Reads the text, in the layouts of k6 from 2017 (`12345 (41.2/s)`) to 2.x (`12345  41.2/s`). */
export function readTextSummary(path: string): TextSummary {
  const lines = stripVTControlCharacters(readFileSync(path, 'utf8')).split(/\r?\n/);
  const rows = new Map<string, { text: string; line: number }>();
  lines.forEach((text, index) => {
    const [, name, value] = ROW.exec(text) ?? [];
    if (!name || !value) return;
    const key = name.trim();
    if (key === 'http_reqs' && rows.has(key)) throw unreadable(path, index + 1, 'a second summary begins here');
    if (!rows.has(key)) rows.set(key, { text: value, line: index + 1 });
  });
  const bad = (name: string, what: string) => unreadable(path, rows.get(name)?.line ?? lines.length, what);

  const count = counter(rows.get('http_reqs')?.text);
  if (!count) throw bad('http_reqs', "no line like 'http_reqs...: 12345 41.2/s'");
  const latency = statistics(rows.get('http_req_duration')?.text);
  if (latency?.avg === undefined) throw bad('http_req_duration', "no line like 'http_req_duration...: avg=…'");
  const header = lines.join('\n');
  const users = Math.max(
    ...['vus', 'vus_max'].flatMap((name) => numbers(rows.get(name)?.text)),
    Number(/(\d+) looping VUs/.exec(header)?.[1] ?? 0),
    0,
  );
  if (users === 0) throw bad('vus', "no line like 'vus...: 100', so the number of users is not known");
  if (count.count > 0 && count.rate === 0) throw bad('http_reqs', 'requests without a rate');
  const iterations = counter(rows.get('iterations')?.text);
  return {
    users,
    requests: count.count,
    requestRate: count.rate,
    seconds: count.rate > 0 ? count.count / count.rate : 0,
    plannedSeconds: planned(header),
    latency,
    iterations: iterations?.count,
    iterationMean: statistics(rows.get('iteration_duration')?.text)?.avg,
    blockedP95: statistics(rows.get('http_req_blocked')?.text)?.['p(95)'],
    failed: failures(rows.get('http_req_failed')?.text, count.count) ?? failedChecks(header),
    dropped: counter(rows.get('dropped_iterations')?.text)?.count,
    received: bytes(rows.get('data_received')?.text),
    sent: bytes(rows.get('data_sent')?.text),
  };
}

function unreadable(path: string, line: number, what: string): EventStoreError {
  return new EventStoreError(
    'ES523',
    `text summaries must be what k6 prints at the end of a run, got ${path}:${line}: ${what}; save k6's whole output, or use raw results`,
  );
}

/** `12345 41.2/s`, and with parentheses before 2018. */
function counter(text: string | undefined): { count: number; rate: number } | undefined {
  const [, count, rate] = new RegExp(`^(${NUMBER})\\s+\\(?(${NUMBER})/s\\)?`).exec(text ?? '') ?? [];
  return count === undefined ? undefined : { count: Number(count), rate: Number(rate) };
}

function numbers(text: string | undefined): number[] {
  return (text?.match(new RegExp(NUMBER, 'g')) ?? []).map(Number);
}

function statistics(text: string | undefined): Record<string, number> | undefined {
  if (text === undefined) return undefined;
  const found: Record<string, number> = {};
  for (const [, name, value] of text.matchAll(STATISTIC)) {
    const milliseconds = duration(value);
    if (milliseconds !== undefined) found[name] = milliseconds;
  }
  return found;
}

/** `1m2.5s`, `37.31ms`, `0s` in ms. */
export function duration(text: string): number | undefined {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(h|ms|m|s|us|µs|μs|ns)/g)];
  if (parts.length === 0 || parts.map(([part]) => part).join('') !== text) return undefined;
  return parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * MILLISECONDS[unit], 0);
}

/** `0.17% 449 out of 263364`, and `0.17% ✓ 449 ✗ 262915` before 1.0, where the tick is the failures. */
function failures(text: string | undefined, requests: number): number | undefined {
  if (text === undefined) return undefined;
  const [, exact] = /%\s+(?:[✓✔]\s*)?(\d+)/.exec(text) ?? [];
  if (exact !== undefined) return Number(exact);
  const [, share] = /^([\d.]+)%/.exec(text) ?? [];
  return share === undefined ? undefined : Math.round((Number(share) / 100) * requests);
}

/** Before `http_req_failed` there were only checks: ` ↳  99.99% — ✓ 60155 / ✗ 6` below each that failed, and nothing else. */
function failedChecks(header: string): number | undefined {
  if (!/^\s*[✓✗] /m.test(header)) return undefined;
  return [...header.matchAll(/^\s*↳.*[✗✘]\s*(\d+)\s*$/gm)].reduce((sum, [, count]) => sum + Number(count), 0);
}

function bytes(text: string | undefined): number | undefined {
  const [, amount, unit] = /^([\d.]+) ([kMGT]?i?B)/.exec(text ?? '') ?? [];
  return amount === undefined || !(unit in BYTES) ? undefined : Number(amount) * BYTES[unit];
}

/** From `* default: 10 looping VUs for 5m0s`, or `duration: 5m0s` before 0.27. */
function planned(header: string): number | undefined {
  const [, text] = /looping VUs for ([\dhms.]+)/.exec(header) ?? /\bduration: ([\dhms.]+)/.exec(header) ?? [];
  const milliseconds = text === undefined ? undefined : duration(text.replace(/\.$/, ''));
  return milliseconds === undefined ? undefined : milliseconds / 1000;
}
