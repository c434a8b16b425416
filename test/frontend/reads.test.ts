import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { needs } from '../tools/tools';
import { advertisedName, Cluster, sleep } from './cluster';

describe.skipIf(needs('nginx'))('reads from the leader', () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await Cluster.start({ readsFromLeader: true, writeTimeoutMs: 1000 });
  });
  afterAll(() => cluster?.stop());

  const answering = async (path: string, init?: RequestInit) =>
    ((await (await fetch(`${cluster.url}${path}`, init)).json()) as { member: string }).member;

  it('every read and long poll of a stream is answered by the leader, over any member', async () => {
    for (let i = 0; i < 9; i++) {
      expect(await answering('/streams/echo')).toBe('es-1');
      expect(await answering('/streams/echo', { headers: { 'Kurrent-LongPoll': '1' } })).toBe('es-1');
      expect((await fetch(`${cluster.url}/streams/feed`, { method: 'HEAD' })).headers.get('x-member')).toBe('es-1');
    }
  });

  it('a long poll waits as long at the leader as anywhere', async () => {
    const began = Date.now();
    const headers = { 'ES-LongPoll': '4' };
    expect((await fetch(`${cluster.url}/streams/feed`, { headers })).status).toBe(200);
    expect(Date.now() - began).toBeGreaterThanOrEqual(4000);
  });
});

describe.skipIf(needs('nginx')).each([false, true])('writes, with retryAppends %s', (retryAppends) => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await Cluster.start({ retryAppends, writeTimeoutMs: 1000 });
  });
  afterAll(() => cluster?.stop());

  const write = async (method: string, headers: Record<string, string> = {}, path = '/streams/echo') => {
    const answer = await fetch(`${cluster.url}${path}`, { method, headers, body: 'as it was' });
    return (await answer.json()) as { member: string; method: string; body: string };
  };

  it.each([
    ['POST', {}],
    ['POST', { 'ES-ExpectedVersion': '3' }],
    ['POST', { 'ES-RequireLeader': 'False' }],
    ['PUT', {}],
    ['DELETE', {}],
  ] as [string, Record<string, string>][])(
    "a %s of a stream is the leader's, body and method kept",
    async (method, headers) => {
      for (let i = 0; i < 6; i++) {
        expect(await write(method, headers)).toMatchObject({ member: 'es-1', method, body: 'as it was' });
      }
    },
  );

  it('go to another leader as soon as the members say so', async () => {
    const leads = (member: number) =>
      Promise.all([1, 2, 3].map((each) => cluster.state(each, { leader: advertisedName(member) })));
    await leads(2);
    for (let i = 0; i < 6; i++) expect((await write('POST')).member).toBe('es-2');
    await leads(1);
  });

  it('of anything but streams go where they went, unless the client asks for the leader', async () => {
    const member = (await write('POST', {}, '/projections/echo')).member;
    for (let i = 0; i < 3; i++) expect((await write('POST', {}, '/projections/echo')).member).toBe(member);
    expect((await write('POST', { 'ES-RequireLeader': 'True' }, '/projections/echo')).member).toBe('es-1');
  });
});

describe.skipIf(needs('nginx'))('a leader that is silent', () => {
  it('with retryAppends, the append that waited goes to the new leader', async () => {
    const cluster = await Cluster.start({ retryAppends: true, writeTimeoutMs: 1000, store: true });
    try {
      cluster.signal(1, 'SIGSTOP');
      for (const member of [2, 3]) await cluster.state(member, { leader: advertisedName(1) });
      const append = fetch(`${cluster.url}/streams/silent`, {
        method: 'POST',
        headers: { 'ES-ExpectedVersion': '-1', 'ES-EventId': '00000000-0000-4000-8000-000000000001' },
      });
      await sleep(500);
      for (const member of [2, 3]) await cluster.state(member, { leader: advertisedName(2) });
      expect((await append).status).toBe(201);
    } finally {
      await cluster.stop();
    }
  });
});
