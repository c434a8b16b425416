import { sleep } from 'k6';
import http, { type Response } from 'k6/http';
import { type Entry, ledgerLine } from '../ledger';
import { type Outcome, ofAttempts, outcomeOf } from '../outcome';
import type { Settings } from '../settings';
import { askAgain, door } from './door';
import { authorization } from './environment';
import { appended, enterPhase, type Operation, read, retried, waited } from './measure';

/** The wait before an append is repeated. */
const RETRY_SECONDS = 0.2;
const CREATED = http.expectedStatuses(201);
const FOUND = http.expectedStatuses(200);

/** What an iteration knows. */
export interface Iteration {
  readonly settings: Settings;
  readonly stream: string;
  /** When the measured part begins, and when the load ends; nothing is sent after that. */
  readonly main: number;
  readonly end: number;
}

/**
 * A stream is created by its first event, the others are appended, the stream is read, then each event. Only what was
 * acknowledged is read: otherwise one error in writing would count again as one in reading.
 */
export function iterate(iteration: Iteration): void {
  const entries: Entry[] = [];
  try {
    write(iteration, entries);
    const acknowledged = entries.filter(({ outcome }) => outcome === 'acknowledged');
    if (acknowledged.length > 0 && !over(iteration)) readStream(iteration, acknowledged.length);
    for (const { number } of acknowledged) {
      if (number !== undefined && !over(iteration)) readEvent(iteration, number);
    }
  } finally {
    if (entries.length > 0) console.log(ledgerLine(iteration.stream, entries));
  }
}

function write(iteration: Iteration, entries: Entry[]): void {
  const { events, retries } = iteration.settings;
  for (let index = 0; index < events && !over(iteration); index++) {
    const entry = append(iteration, index);
    entries.push(entry);
    // with expected versions nothing can follow an event of which nobody knows where it is
    if (retries > 0 && entry.outcome !== 'acknowledged') return;
  }
}

function append(iteration: Iteration, index: number): Entry {
  const { settings, stream } = iteration;
  const op: Operation = index === 0 ? 'create' : 'append';
  const id = crypto.randomUUID();
  const body = JSON.stringify([{ eventId: id, eventType: 'benchmark', data: { index } }]);
  enterPhase(iteration.main);
  let answer = post(iteration, op, body, index);
  let ms = waited(answer);
  const attempts: Outcome[] = [outcomeOf(answer)];
  while (attempts.length <= settings.retries && !attempts.includes('acknowledged') && repeatable(answer)) {
    retried(op, answer);
    sleep(RETRY_SECONDS);
    answer = post(iteration, op, body, index);
    ms += RETRY_SECONDS * 1000 + waited(answer);
    attempts.push(outcomeOf(answer));
  }
  const outcome = ofAttempts(attempts);
  const number = outcome === 'acknowledged' ? numberIn(answer.headers.Location) : undefined;
  appended(op, outcome, ms, { stream, event: id, number }, answer);
  return { id, outcome, ...(number !== undefined && { number }) };
}

/** A 4xx will be the same next time. */
function repeatable({ status }: Response): boolean {
  return status === 0 || status >= 500;
}

function post(iteration: Iteration, op: Operation, body: string, index: number): Response {
  const { settings } = iteration;
  return checked(
    http.post(url(iteration), body, {
      ...common(settings, op),
      headers: {
        ...authorization(),
        'Content-Type': `${settings.mediaTypes}.events+json`,
        // an event id alone does not make a repetition safe: the database stored some twice after a fail-over
        ...(settings.retries > 0 && header(settings, 'ExpectedVersion', String(index - 1))),
      },
      redirects: 0,
      responseCallback: CREATED,
    }),
  );
}

function readStream(iteration: Iteration, acknowledged: number): void {
  enterPhase(iteration.main);
  const answer = get(iteration, 'read_stream', '', 'text');
  read('read_stream', answer, answer.status !== 200 || entriesIn(answer) >= acknowledged);
}

function readEvent(iteration: Iteration, number: number): void {
  enterPhase(iteration.main);
  read('read_event', get(iteration, 'read_event', `/${number}`, 'none'), true);
}

function get(iteration: Iteration, op: Operation, path: string, responseType: 'text' | 'none'): Response {
  const { settings } = iteration;
  const fromLeader = settings.reads === 'leader';
  return checked(
    http.get(url(iteration) + path, {
      ...common(settings, op),
      headers: {
        ...authorization(),
        Accept: `${settings.mediaTypes}.atom+json`,
        ...(fromLeader && header(settings, 'RequireLeader', 'True')),
      },
      // a follower answers with the leader's name, unless a front end goes there itself
      redirects: fromLeader ? 3 : 0,
      responseType,
      responseCallback: FOUND,
    }),
  );
}

function common(settings: Settings, name: Operation) {
  return { timeout: settings.timeout * 1000, tags: { name } };
}

function url({ settings, stream }: Iteration): string {
  return `${door(settings)}/streams/${stream}`;
}

function checked(answer: Response): Response {
  if (answer.status === 0 || answer.status >= 300) askAgain();
  return answer;
}

function header({ mediaTypes }: Settings, name: string, value: string): Record<string, string> {
  return { [`${mediaTypes.endsWith('kurrent') ? 'Kurrent' : 'ES'}-${name}`]: value };
}

function over({ end }: Iteration): boolean {
  return Date.now() >= end;
}

function entriesIn({ body }: Response): number {
  try {
    return JSON.parse(body as string).entries.length;
  } catch {
    return 0;
  }
}

/** `http://…/streams/s-1/7` is event 7. */
function numberIn(location: string | undefined): number | undefined {
  const [, number] = /\/(\d+)$/.exec(location ?? '') ?? [];
  return number === undefined ? undefined : Number(number);
}
