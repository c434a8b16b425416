import { sleep } from 'k6';
import exec from 'k6/execution';
import http from 'k6/http';
import { Gauge } from 'k6/metrics';
import { SHARD } from './environment';

/** How long the others have to learn of the start. */
const NOTICE_MS = 3000;
const POLL_SECONDS = 0.25;
/** For images to be pulled and pods to be scheduled. */
const PATIENCE_MS = 15 * 60_000;

/** Published by k6's own REST API, which is how generators and the killer see each other without any right or server. */
const READY = 'es_ready';
const START = 'es_start_at';

/** For the init context. */
export function startGauges(): { ready: Gauge; start: Gauge } {
  return { ready: new Gauge(READY), start: new Gauge(START) };
}

/**
 * The moment at which all generators start, in ms since 1970: the first one waits for the others, whose users exist by
 * then, and names a moment in the near future. Machines' clocks must agree, which they do in any cluster.
 */
export function agreeOnStart(gauges: { ready: Gauge; start: Gauge }, generators: number, peers?: string): number {
  gauges.ready.add(1);
  if (__ENV.START_AT) return Number(__ENV.START_AT);
  if (!peers || SHARD === 1) {
    for (let i = 1; peers && i < generators; i++) published(peers, i, READY);
    const start = Date.now() + (generators > 1 ? NOTICE_MS : 0);
    gauges.start.add(start);
    return start;
  }
  return published(peers, 0, START);
}

/** The start that the first generator has named, for the killer. */
export function askForStart(peers: string): number {
  return __ENV.START_AT ? Number(__ENV.START_AT) : published(peers, 0, START);
}

export function waitUntil(time: number): void {
  const left = time - Date.now();
  if (left < -500) exec.test.abort(`the start was ${-left} ms ago: this machine's clock differs, or it was too slow`);
  if (left > 0) sleep(left / 1000);
}

/** Asks a generator's k6 for a value until it is there. */
function published(peers: string, index: number, gauge: string): number {
  const url = `${peers.replace('{}', String(index))}/v1/metrics/${gauge}`;
  for (const since = Date.now(); Date.now() - since < PATIENCE_MS; sleep(POLL_SECONDS)) {
    const { status, body } = http.get(url, {
      timeout: '2s',
      responseType: 'text',
      tags: { name: 'start', phase: 'setup' },
      responseCallback: http.expectedStatuses(200, 404),
    });
    if (status === 200) return JSON.parse(body as string).data.attributes.sample.value;
  }
  exec.test.abort(`generator ${index + 1} did not come within ${PATIENCE_MS / 60_000} minutes: ${url}`);
  return 0;
}
