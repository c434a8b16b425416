import { sleep } from 'k6';
import exec from 'k6/execution';
import http from 'k6/http';
import type { Options } from 'k6/options';
import type { KillSettings } from '../kill-settings';
import { point } from '../point';
import { readSettings } from './environment';
import { askMembers, leaderOf } from './members';
import { askForStart, waitUntil } from './start';

/** How long a victim of the wanted role is looked for: an election takes a few seconds. */
const ROLE_MS = 60_000;
/** How long a victim may take to come back. */
const RETURN_MS = 15 * 60_000;
const POLL_SECONDS = 0.25;

const { members, namespace, api, peers, warmup, marks, kills } = readSettings<KillSettings>();
const token = open(__ENV.TOKEN_FILE).trim();

export const options: Options = {
  scenarios: {
    // one user a kill: a victim may take longer to return than the next one has to live
    kills: {
      executor: 'per-vu-iterations',
      vus: kills.length,
      iterations: 1,
      maxDuration: `${warmup + Math.max(...kills.map(({ at }) => at)) + (ROLE_MS + RETURN_MS) / 1000}s`,
    },
  },
  setupTimeout: '20m',
  dns: { ttl: '1s', select: 'roundRobin', policy: 'preferIPv4' },
  summaryTrendStats: ['count'],
};

export function setup(): { main: number } {
  const main = askForStart(peers) + warmup * 1000;
  for (const { at, victim } of kills) say('kill_plan', at, { victim }, main + at * 1000);
  return { main };
}

export default function kill({ main }: { main: number }): void {
  const { at, victim } = kills[exec.vu.idInTest - 1];
  const schedule = `${at}s`;
  waitUntil(main + at * 1000);
  const reason = killOne(victim, schedule);
  if (!reason) return;
  say('kill_failed', 1, { schedule, victim, reason });
  exec.test.fail(reason);
}

/** Returns why it failed. */
function killOne(victim: string, schedule: string): string | undefined {
  const found = find(victim);
  if (!found) return `no ${victim} for ${ROLE_MS / 1000} s`;
  const { pod, role } = found;
  const answer = http.del(url(pod), null, call());
  if (answer.status !== 200 && answer.status !== 202) {
    return `DELETE of pod ${pod} was answered ${answer.status || answer.error}`;
  }
  const killed = Date.now();
  const tags = { pod, role, schedule };
  say('kill', 1, tags, killed);
  if (marks) mark(marks, pod, role, killed);
  return watch(pod, JSON.parse(answer.body as string).metadata.uid, killed, tags);
}

/** For the dashboard. Beside all else: whether InfluxDB is slow or away must not change what is measured. */
function mark(address: string, pod: string, role: string, killed: number): void {
  const line = `kills,pod=${pod},role=${role} text="${pod} (${role}) was killed" ${killed}000000`;
  const complain = (reason: unknown) => console.warn(`the kill of ${pod} is not in InfluxDB: ${reason}`);
  http
    .asyncRequest('POST', address, line, {
      timeout: '10s',
      tags: { name: 'mark' },
      responseCallback: http.expectedStatuses(204),
    })
    .then(({ status, error, body }) => status !== 204 && complain(error || `${status} ${body}`), complain);
}

/** `uid` is the old pod's, with which the API answers its deletion. Says when that is gone and when a new one of its name is Ready. */
function watch(pod: string, uid: string, killed: number, tags: Record<string, string>): string | undefined {
  const seconds = () => (Date.now() - killed) / 1000;
  let gone = false;
  while (seconds() * 1000 < RETURN_MS) {
    sleep(POLL_SECONDS);
    const now = podState(pod);
    if (!now) continue; // the API did not answer
    if (!gone && now.uid !== uid) {
      gone = true;
      say('kill_gone', seconds(), tags);
    }
    if (gone && now.ready) {
      say('kill_ready', seconds(), tags);
      return undefined;
    }
  }
  return `pod ${pod} was not Ready again within ${RETURN_MS / 60_000} minutes`;
}

/** The pod to kill, and its role at that moment. Members and their pods have the same names. */
function find(victim: string): { pod: string; role: string } | undefined {
  for (const since = Date.now(); Date.now() - since < ROLE_MS; sleep(POLL_SECONDS)) {
    const asked = askMembers(members);
    const leader = leaderOf(asked);
    const member =
      victim === 'leader'
        ? leader
        : victim === 'follower'
          ? // of a whole cluster: an ex-leader may still be called one
            leader && asked.find(({ state }) => state === 'follower')
          : asked.find(({ name }) => name === victim);
    if (member) return { pod: member.name, role: member.state ?? 'unknown' };
  }
  return undefined;
}

/** Undefined where the API does not answer; without a uid where there is no such pod. */
function podState(pod: string): { uid?: string; ready: boolean } | undefined {
  const { status, body } = http.get(url(pod), call());
  if (status === 404) return { ready: false };
  if (status !== 200) return undefined;
  const { metadata, status: state } = JSON.parse(body as string);
  const ready = (state.conditions ?? []).some(
    ({ type, status }: { type: string; status: string }) => type === 'Ready' && status === 'True',
  );
  // one that is on its way out may be Ready until its end
  return { uid: metadata.uid, ready: ready && !metadata.deletionTimestamp };
}

function url(pod: string): string {
  return `${api}/api/v1/namespaces/${namespace}/pods/${pod}`;
}

function call() {
  return {
    headers: { Authorization: `Bearer ${token}` },
    timeout: '5s',
    tags: { name: 'api' },
    responseCallback: http.expectedStatuses(200, 202, 404),
  };
}

function say(metric: string, value: number, tags: Record<string, string>, time = Date.now()): void {
  console.log(point(metric, value, tags, undefined, time));
}

/** Nothing: what there is to say was said. */
export function handleSummary() {
  return {};
}
