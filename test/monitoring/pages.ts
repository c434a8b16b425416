import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

const RECORDED = join(__dirname, 'recorded');

/** A recorded page. */
export function recorded(name: string): string {
  return readFileSync(join(RECORDED, name), 'utf8');
}

/** The members of one cluster for each release line, and the pages that stand for their `/metrics`. */
export const LINES: Record<string, { family: { prefix: string; total: boolean }; members: string[][] }> = {
  '23.10': { family: { prefix: 'eventstore', total: false }, members: [['metrics-23.10-leader.txt']] },
  '24.10': {
    family: { prefix: 'eventstore', total: false },
    members: [['metrics-24.10-leader.txt', 'metrics-24.10-more.txt']],
  },
  '25.1': {
    family: { prefix: 'kurrentdb', total: true },
    members: [['metrics-25.1-leader.txt'], ['metrics-25.1-follower.txt'], ['metrics-25.1-follower.txt']],
  },
  '26.0': {
    family: { prefix: 'kurrentdb', total: true },
    members: [['metrics-26.0-leader.txt'], ['metrics-26.0-follower.txt'], ['metrics-26.0-follower.txt']],
  },
  '26.1': { family: { prefix: 'kurrentdb', total: true }, members: [['metrics-26.1-leader.txt']] },
};

const SAMPLE = /^([a-z_]\w*)(\{.*\})? ([-+.\w]+)( \d+)?$/;

/**
 * The page as the same server would write it `seconds` later, at the time `now`: counters have grown, the statuses that
 * were current are current, times are of now. Gauges stay.
 */
export function later(page: string, seconds: number, now: number): string {
  const counters = new Set(
    [...page.matchAll(/^# TYPE (\S+) (?:counter|histogram)$/gm)].map(([, name]) => name.replace(/_total$/, '')),
  );
  const current = Math.max(0, ...statuses(page).map(({ value }) => value));
  return page
    .split('\n')
    .map((line) => {
      const sample = SAMPLE.exec(line);
      if (!sample) return line;
      const [, name, labels = '', text, time] = sample;
      const value = Number(text);
      return `${name}${labels} ${grown(name, value)}${time ? ` ${now}` : ''}`;
    })
    .join('\n');

  function grown(name: string, value: number): number {
    if (name.endsWith('_statuses')) return Math.floor(value - current + now / 1000 - (value === current ? 0 : seconds));
    if (name.endsWith('_checkpoints')) return value + Math.round(1000 * seconds);
    if (name === 'container_start_time_seconds') return Math.round(now / 1000 - seconds);
    const counter = counters.has(name.replace(/_(total|bucket|count|sum)$/, '')) || counters.has(name);
    if (!counter) return value;
    // whole numbers stay whole, as counts of events are
    return Number.isInteger(value) ? value + Math.round((0.02 * value + 1) * seconds) : value * (1 + 0.05 * seconds);
  }
}

function statuses(page: string): { value: number }[] {
  return [...page.matchAll(/^\w+_statuses\{.*\} (\d+)/gm)].map(([, value]) => ({ value: Number(value) }));
}

/** The kubelet's summary, with counters that grow. */
export function summaryLater(seconds: number): string {
  return JSON.stringify(JSON.parse(recorded('kubelet-summary.json')), (key, value) =>
    ['usageCoreNanoSeconds', 'rxBytes', 'txBytes'].includes(key) ? Math.round(value * (1 + 0.02 * seconds)) : value,
  );
}

/** Where a member's page is on the stand-in. */
export const memberPath = (line: string, ordinal: number) => `/${line}/${ordinal}/metrics`;

/** Serves all pages: the members' by `memberPath`, and as a kubelet `/stats/summary`, `/pods`, `/metrics/…`. */
export async function servePages(): Promise<{ port: number; server: Server }> {
  const started = Date.now();
  const server = createServer((request, response) => {
    const now = Date.now();
    const seconds = (now - started) / 1000;
    const text = (body: string) => response.setHeader('content-type', 'text/plain; version=0.0.4').end(body);
    const [, line, ordinal] = (request.url ?? '').split('/');
    const member = LINES[line]?.members[Number(ordinal) - 1];
    if (member) return text(later(member.map(recorded).join(''), seconds, now));
    switch (request.url) {
      case '/stats/summary':
        return response.setHeader('content-type', 'application/json').end(summaryLater(seconds));
      case '/pods':
        return response.setHeader('content-type', 'application/json').end('{"items":[]}');
      case '/metrics/cadvisor':
        return text(later(recorded('cadvisor.txt'), seconds, now));
      case '/metrics':
        return text(recorded('kubelet-volumes.txt'));
      default:
        response.statusCode = 200;
        return response.end('ok');
    }
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return { port: (server.address() as AddressInfo).port, server };
}
