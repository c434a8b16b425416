import { Agent, get } from 'node:http';
import { describe, expect, it } from 'vitest';
import { Cluster } from './cluster';
import { type Member, sleep } from './member';

const leads = (cluster: Cluster, one: Member) =>
  cluster.until('it leads', async () => (await one.state()) === 'leader', 20);

/** Seconds until it ended after SIGTERM. */
async function stopping(one: Member): Promise<number> {
  const since = Date.now();
  expect(await one.stop()).toBe(0);
  return (Date.now() - since) / 1000;
}

describe.concurrent('a double', { timeout: 90_000 }, () => {
  it('hears SIGTERM only after a second, and then ends with 0', async ({ onTestFinished }) => {
    const cluster = await Cluster.of(1, onTestFinished);
    const [one] = cluster.start().members;
    await sleep(300);
    expect(await one.stop()).toBe('SIGTERM');
    one.start();
    await leads(cluster, one);
    expect(await stopping(one)).toBeLessThan(4);
  });

  it('takes 6 s to end when a client is connected', async ({ onTestFinished }) => {
    const cluster = await Cluster.of(1, onTestFinished);
    const [one] = cluster.start().members;
    await leads(cluster, one);
    const agent = new Agent({ keepAlive: true });
    onTestFinished(() => agent.destroy());
    await new Promise((answered) => get(`${one.url}/info`, { agent }, (answer) => answer.resume().on('end', answered)));
    expect(await stopping(one)).toBeGreaterThan(5.5);
  });

  it('stays up and never forms a cluster when it is to find the others by DNS', async ({ onTestFinished }) => {
    const cluster = await Cluster.of(3, onTestFinished, { options: { DISCOVER_VIA_DNS: 'true' } });
    const { members } = cluster.start();
    await cluster.until(
      'up',
      async () => (await Promise.all(members.map((member) => member.state()))).every((state) => state === 'unknown'),
      20,
    );
    await sleep(4000);
    expect(await Promise.all(members.map((member) => member.state()))).toEqual(['unknown', 'unknown', 'unknown']);
    expect(members.map(({ isRunning }) => isRunning)).toEqual([true, true, true]);
  });

  it('is replaced as a leader when it hangs', async ({ onTestFinished }) => {
    const cluster = await Cluster.of(3, onTestFinished, { restarted: true });
    const { members } = cluster.start();
    await cluster.formed();
    const leader = (await cluster.leader())!;
    const others = members.filter((member) => member !== leader);
    expect(await others[0].append('s', 0)).toBe(201);
    leader.signal('SIGSTOP');
    const since = Date.now();
    // held until the time-outs, as the real one does it: 2 + 2 + 0.3 s
    expect(await others[0].append('s', 1)).toBe(500);
    expect(Date.now() - since).toBeGreaterThan(4000);
    await cluster.formed(others, 30);
    expect(await others[0].append('s', 2)).toBe(201);
    leader.signal('SIGCONT');
    await cluster.formed(members, 60);
    await cluster.until('the same', async () => (await leader.read('s')).join() === '0,2', 10);
  });

  it('keeps what it has, and refuses to start, when it would have to drop more than it may', async ({
    onTestFinished,
  }) => {
    const cluster = await Cluster.of(3, onTestFinished, { options: { MAX_TRUNCATION: '0' } });
    const [one, two, full] = cluster.start().members;
    await cluster.formed();
    for (let n = 0; n < 10; n++) expect(await full.append('s', n)).toBe(201);
    await cluster.until('copied', async () => (await full.read('s')).length === 10, 10);
    await Promise.all(cluster.members.map((member) => member.kill()));
    one.wipe();
    two.wipe();
    one.start();
    two.start();
    await sleep(4000);
    full.start();
    expect(await full.end()).toBe(0);
    full.start();
    expect(await full.end()).toBe(1);
    expect(full.output).toContain('MaxTruncation');
  });
});
