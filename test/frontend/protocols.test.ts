import { connect as connectTcp } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { needs } from '../tools/tools';
import { advertisedName, Cluster, run } from './cluster';
import { grpc, SERVICE } from './grpc';

const EVENT = { 'content-type': 'application/json', 'es-eventtype': 'test' };

describe.skipIf(needs('nginx'))('the front end of real nginx', () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await Cluster.start();
  });
  afterAll(() => cluster?.stop());

  const request = (path: string, init: RequestInit = {}) =>
    fetch(`${cluster.url}${path}`, { redirect: 'manual', ...init });
  const echo = async (path: string, init: RequestInit = {}) => (await request(path, init)).json() as Promise<Echo>;

  it('is healthy by itself', async () => {
    expect(await (await request('/healthz')).text()).toBe('ok\n');
  });

  it('carries HTTP/1.1, HTTP/2 and gRPC through one port, in any order', async () => {
    for (let i = 0; i < 20; i++) {
      expect((await request('/streams/feed')).status).toBe(200);
      const { status, trailers, body } = await grpc(cluster.url, `${SERVICE}/Read`);
      expect([status, trailers['grpc-status'], body.length]).toEqual([200, '0', 7]);
      const posted = await request('/streams/s', {
        method: 'POST',
        headers: { ...EVENT, 'es-eventid': `${i}` },
        body: '{}',
      });
      expect(posted.status).toBe(201);
    }
    const { stdout } = run([
      'curl',
      '-sS',
      '--http2-prior-knowledge',
      '-w',
      '%{http_version}',
      `${cluster.url}/healthz`,
    ]);
    expect(stdout).toBe('ok\n2');
  });

  it('spreads requests over all members', async () => {
    const seen = new Set<string>();
    for (let i = 0; i < 12; i++) seen.add((await echo('/streams/echo')).member);
    expect([...seen].sort()).toEqual(['es-1', 'es-2', 'es-3']);
  });

  it('keeps a client of the user interface with one member, whose memory holds its session', async () => {
    const seen = new Set<string>();
    for (let i = 0; i < 12; i++) seen.add((await echo('/ui/echo')).member);
    expect(seen.size).toBe(1);
  });

  it('tells members the outside name, so that links and locations are outside names', async () => {
    const { headers } = await echo('/streams/echo', {
      headers: { 'x-forwarded-for': '6.6.6.6', 'x-forwarded-host': 'evil' },
    });
    expect(headers).toMatchObject({
      'x-forwarded-host': `127.0.0.1:${cluster.port}`,
      'x-forwarded-port': `${cluster.port}`,
      'x-forwarded-proto': 'http',
      'x-forwarded-for': '127.0.0.1',
    });
    const posted = await request('/streams/s', {
      method: 'POST',
      headers: { ...EVENT, 'es-eventid': 'a' },
      body: '{}',
    });
    expect(posted.headers.get('location')).toBe(`${cluster.url}/streams/s/0`);
  });

  it('passes paths as they were written', async () => {
    const path = '/streams/echo%2Fwith%20%24strange//parts?embed=body&x=%2F';
    expect((await echo(path)).url).toBe(path);
  });

  it.each([404, 406, 400, 410, 500])('passes a %i on as it is', async (status) => {
    const answer = await request(`/streams/status-${status}`);
    expect([answer.status, await answer.text()]).toEqual([status, `this is ${status}`]);
  });

  it('follows the redirect to the leader, with method and body, for reads, writes, deletes and long polls', async () => {
    const headers = { 'ES-RequireLeader': 'True' };
    for (let i = 0; i < 6; i++) {
      expect((await echo('/streams/echo', { headers })).member).toBe('es-1');
      const put = await echo('/streams/echo', { method: 'PUT', headers, body: `body ${i}` });
      expect([put.member, put.method, put.body]).toEqual(['es-1', 'PUT', `body ${i}`]);
      const large = 'x'.repeat(300_000);
      const post = await echo('/streams/echo', { method: 'POST', headers, body: large });
      expect([post.member, post.method, post.body.length]).toEqual(['es-1', 'POST', large.length]);
      const poll = await echo('/streams/echo', { headers: { ...headers, 'ES-LongPoll': '1' } });
      expect(poll.member).toBe('es-1');
      expect((await echo('/subscriptions/echo', { headers })).member).toBe('es-1');
    }
  });

  it('follows a leader that moves while a request is on its way to it', async () => {
    const headers = { 'Kurrent-RequireLeader': 'true' };
    await Promise.all([
      cluster.state(1, { leader: advertisedName(3) }),
      cluster.state(3, { leader: advertisedName(3) }),
    ]);
    for (let i = 0; i < 6; i++) {
      const { member, body } = await echo('/streams/echo', { method: 'POST', headers, body: 'moved' });
      expect([member, body]).toEqual(['es-3', 'moved']);
    }
  });

  it('gives up on members that point at each other', async () => {
    await Promise.all([1, 2, 3].map((i) => cluster.state(i, { leader: advertisedName((i % 3) + 1) })));
    const answer = await request('/streams/echo', { headers: { 'ES-RequireLeader': 'True' } });
    expect(answer.status).toBe(500);
    await Promise.all([1, 2, 3].map((i) => cluster.state(i, { leader: advertisedName(1) })));
  });

  it('leaves to the client the redirect of an event without an id, and any to elsewhere', async () => {
    const posted = await request('/streams/orders', { method: 'POST', headers: EVENT, body: '{}' });
    expect(posted.status).toBe(307);
    expect(posted.headers.get('location')).toMatch(
      new RegExp(`^${cluster.url}/streams/orders/incoming/[-0-9a-f]{36}$`),
    );
    const followed = await fetch(posted.headers.get('location')!, { method: 'POST', headers: EVENT, body: '{}' });
    expect(followed.status).toBe(201);

    const foreign = 'http://elsewhere.example:2113/streams/a';
    for (const path of ['/streams/status-307', '/ui/status-307']) {
      const answer = await request(`${path}?to=${encodeURIComponent(foreign)}`);
      expect([answer.status, answer.headers.get('location')]).toEqual([307, foreign]);
    }
  });

  it('asks followers for gRPC answers of their own, whatever the client prefers', async () => {
    for (let i = 0; i < 6; i++) {
      for (const method of ['Read', 'Append']) {
        const { trailers } = await grpc(cluster.url, `${SERVICE}/${method}`, { 'requires-leader': 'true' });
        expect([trailers['grpc-status'], trailers['x-requires-leader']]).toEqual(['0', 'false']);
      }
    }
  });

  it.each([
    '/event_store.client.persistent_subscriptions.PersistentSubscriptions/Read',
    '/kurrentdb.protocol.v2.streams.StreamsService/Append',
    '/kurrentdb.protocol.registry.v2.SchemaRegistryService/CreateSchema',
    '/kurrent.client.redaction.Redaction/Redact',
    '/eventstore.connectors.v1.ConnectorsQueryService/List',
  ])('carries %s as gRPC', async (path) => {
    expect((await grpc(cluster.url, path)).trailers['grpc-status']).toBe('0');
  });

  it.each([
    '/event_store.cluster.Gossip/Update',
    '/event_store.cluster.Elections/Prepare',
    '/Event_Store.Cluster.Gossip/Update',
    '//event_store.cluster.Gossip/Update',
    '/streams/../event_store.cluster.Gossip/Update',
    '/event%5Fstore.cluster.Gossip/Update',
  ])("refuses the members' own protocol at %s", async (path) => {
    expect((await grpc(cluster.url, path)).status).toBe(403);
    expect(
      run(['curl', '-sS', '--path-as-is', '-o', '/dev/null', '-w', '%{http_code}', '-d', 'x', `${cluster.url}${path}`])
        .stdout,
    ).toBe('403');
  });

  it('lets a long poll last longer than a read may', async () => {
    const began = Date.now();
    const answer = await request('/streams/feed', { headers: { 'ES-LongPoll': '4' } });
    expect([answer.status, Date.now() - began >= 4000]).toEqual([200, true]);
  });

  it('carries a page of two megabytes, and a body as large as the server takes, not a larger one', async () => {
    expect((await (await request('/streams/large')).text()).length).toBe(2_000_000);
    const post = (bytes: number) =>
      request('/streams/s', { method: 'POST', headers: { ...EVENT, 'es-eventid': 'b' }, body: 'x'.repeat(bytes) });
    expect((await post(30_000_000)).status).toBe(201);
    expect((await post(30_000_001)).status).toBe(413);
  });

  it('passes WebSockets, and no other upgrade', async () => {
    expect(await upgraded(cluster.port, 'websocket')).toMatch(/^HTTP\/1\.1 101 .*hello$/s);
    expect(await upgraded(cluster.port, 'h2c')).toMatch(/^HTTP\/1\.1 200 /);
  });

  it('ends a silent subscription, and none on which keep-alives come', async () => {
    const impatient = await Cluster.start({ subscriptionTimeoutMs: 1500 });
    try {
      const silent = await grpc(impatient.url, `${SERVICE}/Read`, { 'x-hold': '5000' });
      expect(silent.error ?? silent.trailers['grpc-status']).not.toBe('0');
      const alive = await grpc(impatient.url, `${SERVICE}/Read`, { 'x-hold': '5000', 'x-ping': '1' });
      expect([alive.error, alive.trailers['grpc-status'], alive.body.length]).toEqual([undefined, '0', 14]);
    } finally {
      await impatient.stop();
    }
  });

  it('logs failures and nothing else', async () => {
    const before = cluster.log.length;
    await request('/streams/feed');
    await request('/streams/status-404');
    await request('/streams/status-500');
    await new Promise((done) => setTimeout(done, 100));
    const lines = cluster.log.slice(before).trim().split('\n');
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/"GET \/streams\/status-500 HTTP\/1\.1" 500 [\d.]+ s, member 127\.0\.0\.1:\d+ 500$/);
  });
});

interface Echo {
  readonly member: string;
  readonly method: string;
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly body: string;
}

/** What comes back on a connection that asks for an upgrade and then says hello. */
function upgraded(port: number, protocol: string): Promise<string> {
  return new Promise((done) => {
    const socket = connectTcp(port, '127.0.0.1', () =>
      socket.write(`GET /_blazor HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: ${protocol}\r\n\r\n`),
    );
    let said = '';
    socket.on('data', (data) => {
      if (said === '' && data.includes('101')) socket.write('hello');
      said += data;
    });
    setTimeout(() => {
      socket.destroy();
      done(said);
    }, 500);
  });
}
