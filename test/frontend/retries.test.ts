import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { needs } from '../tools/tools';
import { Cluster } from './cluster';

type Case = [kind: string, method: string, headers: Record<string, string>];

const ONCE: Case[] = [
  ['an append with no expected version', 'POST', {}],
  ['an append at any version', 'POST', { 'ES-ExpectedVersion': '-2' }],
  ['an append to a stream that exists', 'POST', { 'ES-ExpectedVersion': '-4' }],
  ['an append with an unreadable version', 'POST', { 'ES-ExpectedVersion': '1x' }],
  [
    'an append at any version, in the newer header that wins',
    'POST',
    { 'ES-ExpectedVersion': '3', 'Kurrent-ExpectedVersion': '-2' },
  ],
  ['a delete', 'DELETE', { 'ES-ExpectedVersion': '3' }],
  ['a put', 'PUT', { 'ES-ExpectedVersion': '3' }],
];
const APPENDS_WITH_VERSION: Case[] = [
  ['an append to a new stream', 'POST', { 'ES-ExpectedVersion': '-1' }],
  ['an append after the first event', 'POST', { 'ES-ExpectedVersion': '0' }],
  ['an append after the thousandth', 'POST', { 'Kurrent-ExpectedVersion': '1000' }],
  ['an append with both headers', 'POST', { 'ES-ExpectedVersion': '-2', 'Kurrent-ExpectedVersion': '3' }],
];
const READS: Case[] = [
  ['a read', 'GET', {}],
  ['a head', 'HEAD', {}],
  ['a long poll', 'GET', { 'ES-LongPoll': '1' }],
];

describe.skipIf(needs('nginx')).each([false, true])('what is repeated, with retryAppends %s', (retryAppends) => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await Cluster.start({ retryAppends });
    // each answers for itself: redirects to the leader are not what is counted here
    for (const member of [1, 2, 3]) await cluster.state(member, { leader: '' });
  });
  afterAll(() => cluster?.stop());

  /** How many members saw a request that each of them refuses with 503. */
  async function seen(method: string, headers: Record<string, string>): Promise<number> {
    const count = async () =>
      (await Promise.all([1, 2, 3].map((member) => cluster.state(member)))).reduce(
        (sum, { requests }) => sum + requests,
        0,
      );
    const before = await count();
    expect((await fetch(`${cluster.url}/streams/status-503`, { method, headers })).status).toBe(503);
    return (await count()) - before - 3;
  }

  it.each(ONCE)('%s is not', async (_, method, headers) => {
    expect(await seen(method, headers)).toBe(1);
  });

  it.each(READS)('%s is', async (_, method, headers) => {
    expect(await seen(method, headers)).toBe(2);
  });

  it.each(APPENDS_WITH_VERSION)(`%s is ${retryAppends ? '' : 'not'}`, async (_, method, headers) => {
    expect(await seen(method, headers)).toBe(retryAppends ? 2 : 1);
  });
});
