import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sleep } from '../frontend/cluster';
import { freePorts } from '../ports';
import { needs, posixShells } from '../tools/tools';
import { Database } from './database';
import { Pod } from './pod';
import { Results } from './results';

const settings = {
  variant: 'test',
  target: 'frontend',
  mediaTypes: 'application/vnd.kurrent',
  mode: 'closed',
  users: 5,
  warmup: 1,
  duration: 3,
  events: 10,
  reads: 'any',
  retries: 0,
  timeout: 10,
  generators: 2,
};

/** What a generator's pod gives to whoever fetches it. */
async function unpacked(pod: Pod, shell: string[]): Promise<string> {
  const { stdout } = await pod.generator(shell, 'pack').ended;
  return untar(stdout);
}

function untar(archive: Buffer): string {
  const folder = mkdtempSync(join(tmpdir(), 'bench-'));
  expect(spawnSync('tar', ['-xzf', '-', '-C', folder], { input: archive }).status).toBe(0);
  return folder;
}

describe.skipIf(needs('k6', 'nginx'))('two generators', { timeout: 180_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'bench-'));
  const [[, first], [, second] = posixShells()[0]] = posixShells();
  const shells = [first, second];
  let database: Database;
  let pods: Pod[];
  let killer: Pod;

  beforeAll(async () => {
    database = await Database.start();
    const [port] = await freePorts(1);
    // addresses of loopback that differ in their number alone, as the pods' names do
    const peers = `http://127.0.1{}.1:${port}`;
    const all = { ...settings, url: database.url, members: database.members, peers };
    const environment = (i: number) => ({
      RUN: 'two',
      JOB_COMPLETION_INDEX: String(i),
      LISTEN: `127.0.1${i}.1:${port}`,
      KEEP_SECONDS: '120',
    });
    pods = [0, 1].map((i) => new Pod(join(folder, `${i}`), environment(i), all));
    writeFileSync(join(folder, 'token'), 'secret\n');
    const kills = [{ at: 1, victim: 'es-1' }];
    const api = 'http://127.0.0.1:9';
    killer = new Pod(
      join(folder, 'killer'),
      { TOKEN_FILE: join(folder, 'token') },
      { members: database.members, namespace: 'x', api, peers, warmup: settings.warmup, kills },
    );
  }, 180_000);
  afterAll(async () => {
    await database?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('that were started apart start their load together, share the users, and wait for their results to be fetched', async () => {
    const late = pods[1].generator(shells[1]);
    const kills = killer.killer();
    await sleep(4000);
    const early = pods[0].generator(shells[0]);
    const stateOf = async (i: number) => (await pods[i].generator(shells[i], 'state').ended).stdout.toString().trim();
    expect(await stateOf(1)).toBe('running');
    for (const i of [0, 1]) while (!(await stateOf(i)).startsWith('done')) await sleep(500);
    expect([await stateOf(0), await stateOf(1)]).toEqual(['done 0 0', 'done 0 0']);

    const results = await Promise.all([0, 1].map(async (i) => new Results(await unpacked(pods[i], shells[i]))));
    const starts = results.map((result, i) => result.samples('es_load_start', i + 1)[0].data.value);
    expect(Math.abs(starts[0] - starts[1])).toBeLessThan(1000);
    console.info(`load of two generators, started 4 s apart, began ${Math.abs(starts[0] - starts[1])} ms apart`);

    const users = results.map((result, i) => Math.max(...result.samples('vus', i + 1).map(({ data }) => data.value)));
    expect(users.reduce((a, b) => a + b)).toBe(settings.users);
    const streams = results.map(
      (r, i) => new Set(r.samples('es_acked', i + 1).map(({ data }) => data.metadata!.stream)),
    );
    expect([...streams[0]].filter((stream) => streams[1].has(stream))).toEqual([]);
    const acknowledged = results.reduce((sum, result, i) => sum + result.samples('es_acked', i + 1).length, 0);
    expect(acknowledged).toBe(await database.acknowledged());
    // settings are the first one's to write
    expect(results.map(({ folder }) => readdirSync(folder).includes('run.json'))).toEqual([true, false]);

    // the killer has learned of the same moment
    const [said] = (await kills.ended).stdout
      .toString()
      .split('\n')
      .filter((line) => line.startsWith('{'));
    const planned = JSON.parse(said);
    const main = Date.parse(results[0].run.main as string);
    expect(planned).toMatchObject({ metric: 'kill_plan', data: { value: 1, tags: { victim: 'es-1' } } });
    expect(Date.parse(planned.data.time)).toBe(main + 1000);

    expect([early, late].map(({ child }) => child.exitCode)).toEqual([null, null]);
    for (const i of [0, 1]) await pods[i].generator(shells[i], 'fetched').ended;
    expect([(await early.ended).code, (await late.ended).code]).toEqual([0, 0]);
    for (const { folder: unpackedTo } of results) rmSync(unpackedTo, { recursive: true });
  });

  it.each(posixShells())('print their results where a log is all there is (%s)', async (_, shell) => {
    const one = { ...settings, generators: 1, duration: 1, url: database.url, members: database.members };
    const pod = new Pod(mkdtempSync(join(folder, 'log-')), { RUN: 'log', PRINT: 'true' }, one);
    const { code, stdout } = await pod.generator(shell).ended;
    expect(code).toBe(0);
    const [, body] = /^--- results 1\n([\s\S]*?)^--- end$/m.exec(stdout.toString())!;
    const unpackedTo = untar(Buffer.from(body, 'base64'));
    expect(readdirSync(unpackedTo).sort()).toEqual([
      ...['audit-1-totals.ndjson', 'audit-1.ndjson', 'ledger-1.log', 'run.json', 'shard-1.ndjson.gz'],
    ]);
    rmSync(unpackedTo, { recursive: true });
  });

  it.each(posixShells())('end with an error, and no audit, where the load did not start (%s)', async (_, shell) => {
    const nowhere = { ...settings, generators: 1, url: 'http://127.0.0.1:9', members: {} };
    const pod = new Pod(mkdtempSync(join(folder, 'failed-')), {}, nowhere);
    const { code, stdout } = await pod.generator(shell).ended;
    expect(code).toBe(1);
    expect(stdout.toString()).toContain('load ended with 108, audit with -');
    expect((await pod.generator(shell, 'state').ended).stdout.toString()).toBe('done 108 -\n');
  });

  it.each(posixShells())('finish what they have begun when Kubernetes ends them (%s)', async (_, shell) => {
    const long = { ...settings, generators: 1, duration: 600, url: database.url, members: database.members };
    const pod = new Pod(mkdtempSync(join(folder, 'ended-')), { RUN: 'ended' }, long);
    mkdirSync(pod.results);
    const running = pod.generator(shell);
    while (
      !existsSync(join(pod.results, 'ledger-1.log')) ||
      readFileSync(join(pod.results, 'ledger-1.log')).length === 0
    ) {
      await sleep(200);
    }
    running.child.kill('SIGTERM');
    expect((await running.ended).code).toBe(143);
    // k6 has written the whole file, which is cut off otherwise
    const { folder: unpackedTo } = new Results(await unpacked(pod, shell));
    expect(new Results(unpackedTo).samples('es_acked').length).toBeGreaterThan(0);
    rmSync(unpackedTo, { recursive: true });
  });
});
