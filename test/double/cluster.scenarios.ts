import { describe, expect, it } from 'vitest';
import { Cluster } from './cluster';
import { type Member, sleep } from './member';

/** Appends until one is acknowledged; the gap in ms. */
async function gap(members: Member[], stream: string): Promise<number> {
  const since = Date.now();
  for (let n = 0; ; n++) {
    if ((await members[n % members.length].append(stream, n, {}, 1000)) === 201) return Date.now() - since;
    if (Date.now() - since > 30_000) throw new Error('no append was acknowledged for 30 s');
    await sleep(20);
  }
}

describe.concurrent('three doubles', { timeout: 90_000 }, () => {
  it('form a cluster that takes appends at every member and outlives its leader', async ({ onTestFinished }) => {
    const cluster = await Cluster.of(3, onTestFinished);
    const { members } = cluster.start();
    await cluster.formed();
    for (let n = 0; n < 60; n++) expect(await members[n % 3].append('s', n)).toBe(201);
    await cluster.until('copied', async () => (await cluster.left('s')).every((left) => left === 60), 10);

    const leader = (await cluster.leader())!;
    const follower = members.find((member) => member !== leader)!;
    const toLeader = await follower.ask('POST', '/streams/s', '[]', { 'es-requireleader': 'True' });
    expect([toLeader.status, toLeader.headers.get('location')]).toEqual([307, `${leader.url}/streams/s`]);

    await leader.kill();
    // 0.2 to 1.3 s on a quiet machine
    expect(
      await gap(
        members.filter((member) => member !== leader),
        'gap',
      ),
    ).toBeLessThan(10_000);
    leader.start();
    await cluster.formed();
    await cluster.until('all there', async () => (await cluster.left('s')).every((left) => left === 60), 10);
  });

  it('have another leader when theirs resigns, and none is asked by SIGTERM', async ({ onTestFinished }) => {
    const cluster = await Cluster.of(3, onTestFinished);
    const { members } = cluster.start();
    await cluster.formed();
    const first = (await cluster.leader())!;
    // the same one may be elected again
    for (let i = 0; i < 5 && (await cluster.leader()) === first; i++) {
      expect((await first.ask('POST', '/admin/node/resign')).status).toBe(200);
      await cluster.until('a leader', async () => (await cluster.leader()) !== undefined, 20);
      await cluster.formed();
    }
    const second = (await cluster.leader())!;
    expect(second).not.toBe(first);
    expect(first.output).toContain('IS RESIGNINGLEADER');

    expect(await second.stop()).toBe(0);
    expect(second.output).not.toContain('IS RESIGNINGLEADER');
    await gap(
      members.filter((member) => member !== second),
      'gap',
    );
  });

  it('acknowledge nothing without a quorum, and answer as the real ones do', async ({ onTestFinished }) => {
    const cluster = await Cluster.of(3, onTestFinished, {
      // it drops what it took alone, if the others elect without it
      restarted: true,
      options: { PREPARE_TIMEOUT_MS: '1000', COMMIT_TIMEOUT_MS: '1000' },
    });
    cluster.start();
    await cluster.formed();
    const leader = (await cluster.leader())!;
    const [one, other] = await cluster.followers();
    expect(await leader.append('s', 0)).toBe(201);
    await Promise.all([one.kill(), other.kill()]);
    // it says that it leads for another 3 s, and holds what it gets
    expect(await leader.state()).toBe('leader');
    expect(await leader.append('s', 1)).toBe(500);
    await cluster.until('no leader', async () => (await leader.state()) === 'unknown', 10);
    expect(await leader.append('s', 2)).toBe(503);
    expect(await leader.append('s', 2, { 'ES-RequireLeader': 'True' })).toBe(503);
    expect((await leader.get('/health/live')).status).toBe(204);
    expect((await leader.get('/ping')).status).toBe(200);
    expect(await leader.read('s')).toEqual([0]);

    one.start();
    other.start();
    await cluster.formed();
    const [last] = await cluster.followers();
    await Promise.all(cluster.members.filter((member) => member !== last).map((member) => member.kill()));
    await cluster.until('alone', async () => (await last.state()) === 'prereplica', 10);
    expect(await last.append('s', 3)).toBe(500);
    await cluster.until(
      'the leader is dead',
      async () => (await last.append('s', 3, { 'ES-RequireLeader': 'True' })) === 503,
      15,
    );
    expect(await last.state()).toBe('prereplica');
  });

  it('fill an empty member, and drop one too many', async ({ onTestFinished }) => {
    const cluster = await Cluster.of(5, onTestFinished, { size: 3 });
    const voters = cluster.members.slice(0, 3);
    for (const member of voters) member.start();
    await cluster.formed(voters);
    for (let n = 0; n < 40; n++) await voters[n % 3].append('s', n);
    const [follower] = await cluster.followers();
    await follower.kill();
    follower.wipe();
    follower.start();
    await cluster.formed(voters);
    expect((await follower.read('s')).length).toBe(40);

    const [, , , surplus] = cluster.members;
    surplus.start({ size: 5 });
    expect(await surplus.end()).toBe(0);
    expect(surplus.output).toContain('SURPLUS OF NODES IN THE CLUSTER. SHUTTING DOWN NODE.');
  });

  it('make a deposed leader drop what only it has: it ends with 0 twice', async ({ onTestFinished }) => {
    const cluster = await Cluster.of(3, onTestFinished);
    cluster.start();
    await cluster.formed();
    const leader = (await cluster.leader())!;
    const others = await cluster.followers();
    expect(await leader.append('s', 0)).toBe(201);
    await Promise.all(others.map((member) => member.kill()));
    expect(await leader.append('s', 1, {}, 1000)).not.toBe(201);
    await leader.kill();
    for (const member of others) member.start();
    await cluster.formed(others);
    expect(await others[0].append('s', 2)).toBe(201);
    leader.start();
    expect(await leader.end()).toBe(0);
    expect(leader.output).toContain('OFFLINE TRUNCATION IS NEEDED');
    leader.start();
    expect(await leader.end()).toBe(0);
    expect(leader.output).toContain('Truncation successful. Shutting down.');
    leader.start();
    await cluster.formed();
    await cluster.until('the same', async () => (await leader.read('s')).join() === '0,2', 10);
  });

  it('let a read-only replica copy, and give it no vote', async ({ onTestFinished }) => {
    const cluster = await Cluster.of(4, onTestFinished, { size: 3 });
    const [replica, ...voters] = [...cluster.members].reverse();
    replica.start({ options: { READ_ONLY_REPLICA: 'true' } });
    await cluster.until('up', async () => (await replica.state()) === 'readonlyleaderless', 10);
    for (const member of voters) member.start();
    await cluster.formed(voters);
    expect(await voters[0].append('s', 0)).toBe(201);
    await cluster.until(
      'a copy',
      async () => (await replica.state()) === 'readonlyreplica' && (await replica.read('s')).length === 1,
      15,
    );
    expect(await replica.append('s', 1)).toBe(201);
    const { members } = JSON.parse((await voters[0].get('/gossip')).text);
    expect(
      members.map(({ isReadOnlyReplica }: { isReadOnlyReplica: boolean }) => isReadOnlyReplica).filter(Boolean),
    ).toHaveLength(1);
    // two are left that hold the log, but only one that votes
    const leader = (await cluster.leader())!;
    await Promise.all(voters.filter((member) => member !== leader).map((member) => member.kill()));
    await cluster.until('no leader', async () => (await leader.state()) === 'unknown', 10);
    await cluster.until('leaderless', async () => (await replica.state()) === 'readonlyleaderless', 10);
  });
});
