import { connect as connectTcp } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { sleep } from '../frontend/cluster';
import { grpc, SERVICE } from '../frontend/grpc';
import type { Question, Stage } from './stage';

const LEADER = { 'ES-RequireLeader': 'True' };
const POLL = { 'ES-LongPoll': '0' };
const EVENT = { 'es-eventid': 'a', 'es-eventtype': 'test' };

/**
 * What docs/frontend.md says of an nginx.conf, asked of a real nginx. Returns what is otherwise than promised, or
 * undefined. Time-outs are shorter than promised (see Stage): reads 600 ms, writes 1400 ms, all else 1200 ms.
 */
export async function misbehaviour(stage: Stage, text: string): Promise<string | undefined> {
  try {
    await stage.play(text);
    await stage.leaders(...stage.names.map(() => 1));
    await Promise.all(AT_ONCE.map((check) => check(stage)));
    for (const check of IN_TURN) await check(stage);
    // each member leads, so that none sends a request to another
    await stage.leaders();
    await Promise.all(PATIENT.map((check) => check(stage)));
    return undefined;
  } catch (error) {
    return (error as Error).message.split('\n')[0];
  } finally {
    await stage.end();
  }
}

type Check = (stage: Stage) => Promise<void>;

function must(actual: unknown, expected: unknown, what: string): void {
  const [found, wanted] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (found !== wanted) throw new Error(`${what}: ${found}, not ${wanted}`);
}

let questions = 0;
/** A path that nobody has asked for yet. */
const fresh = (path: string) => `${path}${path.includes('?') ? '&' : '?'}q=${++questions}`;

/** Asks, and says what came back and how often members saw it. */
async function outcome(stage: Stage, path: string, question: Question): Promise<[status: number, seen: number]> {
  const url = fresh(path);
  const { status } = await stage.ask(url, question);
  // a try that nginx has given up may still be on its way into the member
  await sleep(20);
  return [status, await stage.seen(url)];
}

/**
 * How a kind of request is treated: how long it may take, and what is sent again. A busy machine may be late, so what is
 * wrong is asked up to three times.
 */
function kind(what: string, path: string, question: Question, status: number, sent: 'once' | 'again'): Check {
  return async (stage) => {
    // as many members as may be down at once, and one more
    const expected = [status, sent === 'again' ? Math.floor((stage.names.length - 1) / 2) + 1 : 1];
    let found = await outcome(stage, path, question);
    for (let i = 0; i < 2 && JSON.stringify(found) !== JSON.stringify(expected); i++) {
      found = await outcome(stage, path, question);
    }
    must(found, expected, `${what}: status, times sent`);
  };
}

const GET = {};
const HEAD = { method: 'HEAD' };
const POST = { method: 'POST', headers: EVENT, body: '{}' };
const POST_POLL = { ...POST, headers: { ...EVENT, ...POLL } };
const PUT = { method: 'PUT', body: '{}' };
const DELETE = { method: 'DELETE' };
const LONG = { headers: POLL };
const LONG_NEW = { headers: { 'Kurrent-LongPoll': '0' } };

const KINDS: Check[] = [
  kind('a read is given up after its time-out, and asked of another', '/streams/slow?ms=1000', GET, 504, 'again'),
  kind('a head likewise', '/streams/slow?ms=1000', HEAD, 504, 'again'),
  kind('a long poll may last longer', '/streams/slow?ms=2000', LONG, 200, 'once'),
  kind('a long poll by the newer header too', '/streams/slow?ms=2000', LONG_NEW, 200, 'once'),
  kind('a write may last longer than a read', '/streams/slow?ms=900', POST, 201, 'once'),
  kind('a write that is given up is not sent again', '/streams/slow?ms=2000', POST, 504, 'once'),
  kind('a post with the header of a poll is a write', '/streams/slow?ms=2000', POST_POLL, 504, 'once'),
  kind('a put may last as long as a write', '/streams/slow?ms=900', PUT, 204, 'once'),
  kind('a put that is given up is not sent again', '/streams/slow?ms=2000', PUT, 504, 'once'),
  kind('a delete likewise', '/streams/slow?ms=2000', DELETE, 504, 'once'),
  kind('a read is sent again after 503', '/streams/status-503', GET, 503, 'again'),
  kind('a long poll likewise', '/streams/status-503', LONG, 503, 'again'),
  kind('a write is not', '/streams/status-503', POST, 503, 'once'),
  kind('a put is not', '/streams/status-503', PUT, 503, 'once'),
  kind('everything else may last longer than a read', '/ui/slow?ms=800', GET, 200, 'once'),
  kind('and is given up after its time-out, and asked of another', '/ui/slow?ms=1800', GET, 504, 'again'),
  kind('but a put only once', '/ui/slow?ms=1800', PUT, 504, 'once'),
];

async function isHealthy(stage: Stage): Promise<void> {
  const { status, body, headers } = await stage.ask('/healthz');
  must([status, body, headers['content-type']], [200, 'ok\n', 'text/plain'], 'the probe');
}

async function saysWhoAsks(stage: Stage): Promise<void> {
  const lies = { 'x-forwarded-for': '6.6.6.6', 'x-forwarded-host': 'evil', 'x-forwarded-proto': 'gopher' };
  for (const [host, port] of [
    ['door.example:444', '444'],
    ['door.example', stage.tls ? '443' : '80'],
  ]) {
    for (const path of ['/streams/echo', '/ui/echo']) {
      const { headers } = JSON.parse((await stage.ask(path, { headers: { ...lies, host } })).body);
      const said = ['host', 'x-forwarded-host', 'x-forwarded-port', 'x-forwarded-proto', 'x-forwarded-for'];
      const expected = ['door.example', host, port, stage.tls ? 'https' : 'http', '127.0.0.1'];
      const seen = said.map((name) => headers[name]);
      must(seen, expected, 'what members are told of the client');
      must(headers.connection ?? 'keep-alive', 'keep-alive', 'whether connections to members are kept');
    }
  }
}

async function passesAnswers(stage: Stage): Promise<void> {
  for (const path of ['/streams/', '/ui/']) {
    for (const status of [404, 400, 500]) {
      const answer = await stage.ask(`${path}status-${status}`);
      must([answer.status, answer.body], [status, `this is ${status}`], 'an answer that nginx must pass on');
    }
  }
  const large = 'x'.repeat(300_000);
  const { body } = await stage.ask('/streams/echo', { method: 'POST', body: large });
  must(JSON.parse(body).body.length, large.length, 'a large body');
}

async function spreads(stage: Stage): Promise<void> {
  const members = async (path: string) => {
    const seen = new Set<string>();
    for (let i = 0; i < 8; i++) seen.add(JSON.parse((await stage.ask(path)).body).member);
    return seen.size;
  };
  must(await members('/ui/echo'), 1, 'members that a client of the user interface sees');
}

async function leavesOtherRedirects(stage: Stage): Promise<void> {
  const foreign = 'http://elsewhere.example:2113/streams/a';
  for (const path of ['/streams/status-307', '/ui/status-307']) {
    for (const question of [GET, LONG, POST, PUT]) {
      const { status, headers } = await stage.ask(`${path}?to=${encodeURIComponent(foreign)}`, question);
      must([status, headers.location], [307, foreign], `a redirect to elsewhere of ${path}`);
    }
  }
}

async function carriesGrpc(stage: Stage): Promise<void> {
  const call = async (path: string, headers = {}) => (await grpc(stage.url, path, headers)).trailers;
  for (const method of ['Read', 'Append']) {
    for (let i = 0; i < 2; i++) {
      const trailers = await call(`${SERVICE}/${method}`, { 'requires-leader': 'true' });
      const said = ['grpc-status', 'x-requires-leader', 'x-authority'].map((name) => trailers[name]);
      must(said, ['0', 'false', '127.0.0.1'], `${method} over gRPC`);
    }
  }
  for (const path of [
    '/event_store.client.persistent_subscriptions.PersistentSubscriptions/Read',
    '/kurrentdb.protocol.v2.streams.StreamsService/Append',
    '/kurrent.client.redaction.Redaction/Redact',
    '/eventstore.connectors.v1.ConnectorsQueryService/List',
  ]) {
    must((await call(path))['grpc-status'], '0', path);
  }
  const held = { 'x-hold': '2000' };
  const [append, read] = await Promise.all([call(`${SERVICE}/Append`, held), call(`${SERVICE}/Read`, held)]);
  must([append['grpc-status'] === '0', read['grpc-status']], [false, '0'], 'a silent append, a silent subscription');
}

async function refusesTheMembersOwn(stage: Stage): Promise<void> {
  for (const path of ['/event_store.cluster.Gossip/Update', '/Event_Store.Cluster.Elections/Prepare']) {
    must((await grpc(stage.url, path)).status, 403, path);
    must((await stage.ask(path, { method: 'POST', body: 'x' })).status, 403, path);
  }
}

async function upgrades(stage: Stage): Promise<void> {
  const [socket, other] = await Promise.all([upgraded(stage, 'WebSocket'), upgraded(stage, 'h2c')]);
  must([socket, other], ['101 hello', '200'], 'the upgrade to a WebSocket, and to another protocol');
}

/** What comes back on a connection that asks for an upgrade and then says hello. */
function upgraded({ port, tls }: Stage, protocol: string): Promise<string> {
  return new Promise((done) => {
    const ask = () =>
      socket.write(`GET /_blazor HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: ${protocol}\r\n\r\n`);
    const at = { port, host: '127.0.0.1', rejectUnauthorized: false };
    const socket = tls ? connectTls({ ...at, ALPNProtocols: ['http/1.1'] }, ask) : connectTcp(at, ask);
    let said = '';
    const end = () => {
      socket.destroy();
      const [, status] = / (\d{3}) /.exec(said) ?? [];
      done(`${status}${said.endsWith('hello') ? ' hello' : ''}`);
    };
    socket.on('error', end);
    socket.on('data', (data) => {
      if (said === '' && data.includes(' 101 ')) socket.write('hello');
      said += data;
      if (said.endsWith('hello') || !said.includes(' 101 ')) end();
    });
    setTimeout(end, 3000).unref();
  });
}

/** The redirect to the leader is followed inside, method and body kept, wherever the leader is. */
async function followsTheLeader(stage: Stage): Promise<void> {
  const size = stage.names.length;
  for (let leader = 1; leader <= size; leader++) {
    await stage.leaders(...stage.names.map(() => leader));
    await asksForTheLeader(stage, leader);
  }
  const slow = { headers: { ...LEADER, ...POLL } };
  must((await stage.ask('/streams/slow?ms=2000', slow)).status, 200, 'a long poll at the leader');
  if (size !== 3) return;
  // the leader moves while a request is on its way: to the second member, which sends it to the third
  for (const [order, last] of [
    [[2, 3, 3], 3],
    [[1, 3, 1], 1],
    [[2, 2, 1], 2],
  ] as [number[], number][]) {
    await stage.leaders(...order);
    await asksForTheLeader(stage, last);
  }
}

async function asksForTheLeader(stage: Stage, leader: number): Promise<void> {
  for (const [path, question] of [
    ['/streams/echo', GET],
    ['/streams/echo', LONG],
    ['/streams/echo', POST],
    ['/streams/echo', PUT],
    ['/subscriptions/echo', GET],
    ['/subscriptions/echo', PUT],
  ] as [string, Question][]) {
    for (let i = 0; i < 3; i++) {
      const { status, body } = await stage.ask(path, { ...question, headers: { ...question.headers, ...LEADER } });
      const { member, method, body: sent } = status === 200 ? JSON.parse(body) : ({} as never);
      const expected = [200, `es-${leader}`, question.method ?? 'GET', question.body ?? ''];
      must([status, member, method, sent], expected, `${path} asked of the leader`);
    }
  }
}

/** Writes of streams are led to the leader, whatever the client asks for; reads are answered where they arrive. */
async function leadsWrites(stage: Stage): Promise<void> {
  await stage.leaders(...stage.names.map(() => 1));
  const answering = async (question: Question) => {
    const members = new Set<string>();
    for (let i = 0; i < 4; i++) members.add(JSON.parse((await stage.ask('/streams/echo', question)).body).member);
    return [...members].sort();
  };
  for (const question of [POST, PUT, DELETE]) {
    must(await answering(question), ['es-1'], `who answers a ${question.method}`);
  }
  must((await answering(GET)).length, Math.min(stage.names.length, 4), 'members that answer reads');
}

/** A line for each failure, with the member, and none for anything else. */
async function logsFailures(stage: Stage): Promise<void> {
  await sleep(50);
  const before = stage.log.length;
  for (const path of ['/streams/feed', '/streams/status-404', '/streams/status-500']) await stage.ask(path);
  await sleep(60);
  const lines = stage.log.slice(before).trim();
  const form = /^\S+ 127\.0\.0\.1 "GET \/streams\/status-500 HTTP\/1\.1" 500 [\d.]+ s, member 127\.0\.0\.1:\d+ 500$/;
  must(form.test(lines), true, `the log of one failure (${lines.slice(0, 200)})`);
}

/** What changes nothing and is answered at once; then what changes who leads; at last what takes time. */
const AT_ONCE = [isHealthy, saysWhoAsks, passesAnswers, spreads, leavesOtherRedirects, refusesTheMembersOwn, upgrades];
const IN_TURN = [followsTheLeader, leadsWrites, logsFailures];
const PATIENT = [carriesGrpc, ...KINDS];
