import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { needs } from '../tools/tools';
import { Cluster } from './cluster';

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

  it('writes go to any member, which forwards them, unless the client says otherwise', async () => {
    const seen = new Set<string>();
    for (let i = 0; i < 9; i++) seen.add(await answering('/streams/echo', { method: 'POST' }));
    expect(seen.size).toBe(3);
    const headers = { 'ES-RequireLeader': 'True' };
    for (let i = 0; i < 3; i++) expect(await answering('/streams/echo', { method: 'POST', headers })).toBe('es-1');
  });

  it('a long poll waits as long at the leader as anywhere', async () => {
    const began = Date.now();
    const headers = { 'ES-LongPoll': '4' };
    expect((await fetch(`${cluster.url}/streams/feed`, { headers })).status).toBe(200);
    expect(Date.now() - began).toBeGreaterThanOrEqual(4000);
  });
});
