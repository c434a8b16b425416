import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bytes, milliseconds } from './nginx-parser';

const PAGE = readFileSync(join(__dirname, '..', '..', 'docs', 'frontend.md'), 'utf8');

/** A duration that docs/frontend.md promises in its table of time-outs. */
function promised(row: RegExp): number {
  const [, amount, unit] = new RegExp(`^\\| ${row.source}[^|]*\\| ([\\d.]+) (ms|s|min) \\|`, 'm').exec(PAGE) ?? [];
  if (!amount) throw new Error(`docs/frontend.md does not say how long: ${row.source}`);
  return Number(amount) * { ms: 1, s: 1000, min: 60_000 }[unit as 'ms' | 's' | 'min'];
}

/** Time-outs in milliseconds, as the page for people says them. */
export const TIMEOUTS = {
  connect: promised(/connecting to a member/),
  read: promised(/`readTimeout`/),
  write: promised(/`writeTimeout`/),
  poll: promised(/long poll/),
  control: promised(/everything else over HTTP/),
  subscription: promised(/`subscriptionTimeout`/),
};

type Check = (value: string) => boolean;
const is = (text: string) => (value: string) => value === text;
const time = (least: number, most: number) => (value: string) =>
  milliseconds(value) >= least * 1000 && milliseconds(value) <= most * 1000;
const size = (least: number, most: number) => (value: string) => bytes(value) >= least && bytes(value) <= most;
const number = (least: number, most: number) => (value: string) =>
  /^\d+$/.test(value) && Number(value) >= least && Number(value) <= most;

/** A line that counts only under load, or with time, and so is not seen by asking nginx: what it must be, and why. */
export type Quiet = readonly [name: string, check: Check, reason: string];

export const MAIN: Quiet[] = [
  ['daemon', is('off'), 'nginx is the first process of its container, which ends with it'],
  ['error_log', is('stderr warn'), "errors are in the container's log"],
  ['worker_rlimit_nofile', number(8192, 131_072), 'every connection has two ends, and files beside'],
  ['worker_shutdown_timeout', time(10, 30), 'requests may end, subscriptions are cut (docs: at most 20 s)'],
];

export const EVENTS: Quiet[] = [['worker_connections', number(2048, 65_536), 'a thousand clients and their members']];

export const HTTP_BLOCK: Quiet[] = [
  ['server_tokens', is('off'), 'no version for strangers'],
  ['default_type', is('text/plain'), "nginx's own answers are text for people, not a download"],
];

/** Of every pool: without keep-alive a request costs three times the processor time (measured). */
export const POOL: Quiet[] = [
  ['keepalive_requests', number(1000, 50_000), "nginx's 1000 are some seconds' worth of requests"],
  ['keepalive_timeout', time(10, 120), 'shorter than the 130 s after which members close idle connections'],
];

/** Idle connections that a pool keeps: without, each request makes one. A few carry all of gRPC and of the browsers. */
export const IDLE: Record<string, [least: number, most: number]> = { members_grpc: [8, 64], members_ui: [8, 64] };
export const IDLE_ELSEWHERE: [least: number, most: number] = [32, 256];

export const SERVER: Quiet[] = [
  ['keepalive_timeout', time(180, 900), 'longer than clients keep idle connections, so that it is they who close'],
  ['keepalive_requests', number(10_000, 500_000), 'connections of busy clients live'],
  ['keepalive_min_timeout', time(2, 15), 'a client may still send on a connection that it has while nginx ends'],
  ['client_max_body_size', is('30000000'), 'docs: as in the server itself'],
  ['client_body_buffer_size', size(65_536, 65_536), 'docs: bodies above 64 kB are buffered on disk'],
  ['proxy_buffer_size', size(8192, 65_536), "a member's headers hold long links"],
  ['proxy_buffers', (value) => /^(\d+) (\d+k)$/.test(value) && size(8192, 65_536)(value.split(' ')[1]), 'feed pages'],
  ['proxy_busy_buffers_size', size(16_384, 131_072), 'what may be on its way to a slow client'],
  ['proxy_max_temp_file_size', is('0'), 'docs: pages are not buffered on disk'],
  ['proxy_redirect', is('off'), 'what members say of places reaches the client as they say it'],
  ['proxy_http_version', is('1.1'), 'keep-alive and WebSockets'],
];

/** Of the locations of gRPC. */
export const GRPC: Quiet[] = [
  ['grpc_send_timeout', time(3600, 3600), 'a batch append stays open as long as it likes'],
  ['send_timeout', time(3600, 3600), 'a subscriber may be slow'],
  ['client_body_timeout', time(86_400, 86_400), 'a batch append may be silent'],
  ['client_max_body_size', is('0'), 'a batch append is as large as it likes'],
];

/** With TLS at the door. */
export const DOOR_TLS: Quiet[] = [
  ['ssl_certificate', is('$door/tls.crt'), 'a variable, so that a renewed file is seen'],
  ['ssl_certificate_key', is('$door/tls.key'), 'as its certificate'],
  ['ssl_certificate_cache', is('max=4 valid=10s'), 'docs: taken up within 10 s'],
  ['ssl_protocols', is('TLSv1.2 TLSv1.3'), 'docs: TLS 1.2 and 1.3'],
  [
    'ssl_ciphers',
    (value) => /^(ECDHE-(ECDSA|RSA)-(AES(128|256)-GCM-SHA\d+|CHACHA20-POLY1305):?)+$/.test(value),
    'AEAD',
  ],
  ['ssl_session_cache', (value) => /^shared:\w+:\d+m$/.test(value), 'a handshake costs milliseconds'],
  ['add_header', is('Strict-Transport-Security "max-age=31536000" always'), 'docs: browsers are told (HSTS)'],
];
