// The load of the fault tests, run by k6: readers and writers through the front end.
import exec from 'k6/execution';
import http from 'k6/http';
import { Counter, Trend } from 'k6/metrics';

const { BASE, SECONDS, READERS = '10', WRITERS = '10', READ = '/streams/feed', EXPECTED_VERSIONS, OUT, RPS } = __ENV;

const scenario = (name, vus) => ({
  executor: 'constant-vus',
  exec: name,
  vus: Number(vus),
  duration: `${SECONDS}s`,
  gracefulStop: '15s',
});
export const options = {
  scenarios: {
    ...(Number(READERS) > 0 && { read: scenario('read', READERS) }),
    ...(Number(WRITERS) > 0 && { write: scenario('write', WRITERS) }),
  },
  rps: Number(RPS ?? 0),
  discardResponseBodies: true,
  summaryTrendStats: ['med', 'p(95)', 'max', 'count'],
};

const readFailed = new Counter('read_failed');
const writeFailed = new Counter('write_failed');
const acknowledged = new Counter('acknowledged');
const readMs = new Trend('read_ms');
const writeMs = new Trend('write_ms');

export function read() {
  const { status, timings } = http.get(`${BASE}${READ}`, { timeout: '30s' });
  readMs.add(timings.duration);
  readFailed.add(status === 200 ? 0 : 1);
}

let version = -1;
let stream = 0;

/** Every writer has a stream of its own; after a failure it takes a new one, as nobody knows where the old one ends. */
export function write() {
  const id = `${exec.vu.idInTest}-${exec.vu.iterationInInstance}`;
  const headers = { 'Content-Type': 'application/json', 'ES-EventType': 'test', 'ES-EventId': id };
  if (EXPECTED_VERSIONS) headers['ES-ExpectedVersion'] = String(version);
  const url = `${BASE}/streams/s-${exec.vu.idInTest}-${stream}`;
  const { status, timings } = http.post(url, '{"a":1}', { headers, timeout: '30s' });
  writeMs.add(timings.duration);
  writeFailed.add(status === 201 ? 0 : 1);
  acknowledged.add(status === 201 ? 1 : 0);
  if (status === 201) {
    version++;
  } else {
    version = -1;
    stream++;
    console.log(`write failed: ${status} after ${timings.duration} ms`);
  }
}

export function handleSummary({ metrics }) {
  const value = (name, stat) => metrics[name]?.values[stat] ?? 0;
  const result = {
    reads: value('read_ms', 'count'),
    readsFailed: value('read_failed', 'count'),
    readMax: value('read_ms', 'max'),
    writes: value('write_ms', 'count'),
    writesFailed: value('write_failed', 'count'),
    writeMax: value('write_ms', 'max'),
    acknowledged: value('acknowledged', 'count'),
    rate: value('http_reqs', 'rate'),
  };
  return { [OUT]: JSON.stringify(result) };
}
