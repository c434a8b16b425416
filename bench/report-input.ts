import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { createGzip } from 'node:zlib';

const HTTP = [
  'reqs',
  'req_duration',
  'req_blocked',
  'req_connecting',
  'req_tls_handshaking',
  'req_sending',
  'req_waiting',
];
const SAMPLES = [...HTTP, 'req_receiving', 'req_failed'].map((name) => `http_${name}`);
/** Every request is an append here: the kind of which the report needs most lines. */
export const LINES_A_REQUEST = SAMPLES.length + 2;
const START = Date.parse('2026-03-01T10:00:00Z');
const BATCH = 1 << 20;

/** Writes about so many lines of results as the load test's k6 does, 800 requests a second. */
export async function writeResults(folder: string, lines: number): Promise<string> {
  const path = join(folder, 'shard-1.ndjson.gz');
  const gzip = createGzip({ level: 1 });
  const file = createWriteStream(path);
  gzip.pipe(file);
  let text = SAMPLES.map(
    (name) => `${JSON.stringify({ type: 'Metric', data: { name, type: 'trend' }, metric: name })}\n`,
  ).join('');
  for (let request = 0; request < lines / LINES_A_REQUEST; request++) {
    text += requestLines(request);
    if (text.length < BATCH) continue;
    if (!gzip.write(text)) await once(gzip, 'drain');
    text = '';
  }
  gzip.end(text);
  await once(file, 'finish');
  return path;
}

function requestLines(request: number): string {
  const ms = request * 1.25;
  const nanoseconds = String((request * 7919) % 1_000_000).padStart(6, '0');
  const time = new Date(START + ms).toISOString().replace('Z', `${nanoseconds}Z`);
  const point = (metric: string, of: string | number, tags: string, metadata = '') =>
    `{"metric":"${metric}","type":"Point","data":{"time":"${time}","value":${of},"tags":${tags}${metadata}}}\n`;
  const http = '{"expected_response":"true","method":"POST","name":"append","phase":"main","status":"201"}';
  const event = createHash('md5')
    .update(String(request))
    .digest('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
  const where = `,"metadata":{"event":"${event}","number":"${request % 10}","stream":"bench-1a2b3c4d-1-${request % 100}-${request}"}`;
  return [
    ...SAMPLES.map((metric, i) => point(metric, metric === 'http_reqs' ? 1 : millisecondsOf(request + i), http)),
    point('es_append_duration', millisecondsOf(request), '{"class":"acknowledged","op":"append","phase":"main"}'),
    point('es_acked', 1, '{"op":"append","phase":"main"}', where),
  ].join('');
}

/** Milliseconds with as many digits as k6 writes, and as hard to compress. */
function millisecondsOf(seed: number): string {
  return (5 + (Math.imul(seed, 0x9e3779b1) >>> 8) / 1e6).toFixed(6);
}
