import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { targetsOf } from '../../lib/monitoring/dashboards';
import { BENCHMARK } from '../../lib/monitoring/dashboards/benchmark';
import { panelsOf } from '../../lib/monitoring/dashboards/panel';
import { sleep } from '../frontend/cluster';
import { influxConfig, Programs } from '../monitoring/programs';
import { freePorts } from '../ports';
import { needs, posixShells } from '../tools/tools';
import { Database } from './database';
import { Kubernetes } from './kubernetes';
import { Pod } from './pod';
import { type Point, Results } from './results';

/** Panels of the load that show something in a load without errors. */
const SHOWN = ['Users', 'Requests', 'Failed requests', 'Request duration', 'Operations: 95th percentile'];
/** Each of their values makes a series in InfluxDB's memory. */
const FEW_VALUES = [
  ...['class', 'error_code', 'expected_response', 'method', 'name', 'op', 'phase', 'shard', 'status'],
];
const [[, SHELL]] = posixShells();
const settings = {
  ...{ variant: 'test', target: 'frontend', mediaTypes: 'application/vnd.kurrent', mode: 'closed', users: 5 },
  ...{ warmup: 1, duration: 3, events: 10, reads: 'any', retries: 0, timeout: 10, generators: 1 },
};

describe.skipIf(needs('k6', 'nginx', 'influxd'))('a benchmark with monitoring', { timeout: 180_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'bench-'));
  const programs = new Programs(folder);
  let database: Database;
  let influx: string;

  beforeAll(async () => {
    const [http, rpc] = await freePorts(2);
    influx = `http://127.0.0.1:${http}`;
    programs.start('influxd', ['-config', influxConfig(folder, http, rpc)]);
    database = await Database.start();
    for (let tries = 0; !(await answers()); tries++) {
      if (tries > 150) throw new Error(programs.said('influxd'));
      await sleep(200);
    }
    // as the stack makes it: k6 asks for the database once more and must not be in its way
    await query('CREATE DATABASE "k8s" WITH NAME "default"');
  }, 180_000);
  afterAll(async () => {
    await programs.stop();
    await database?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('writes into InfluxDB what it writes into its results, and nothing by user, stream or event', async () => {
    const { code, results } = await load('load', `${influx}/k8s`);
    expect(code).toBe(0);
    const acknowledged = results.samples('es_acked');
    expect(acknowledged.length).toBeGreaterThan(50);
    const [[, sum]] = await values('SELECT sum("value") FROM "es_acked"');
    expect(sum).toBe(acknowledged.length);
    const keys = (await values('SHOW TAG KEYS')).flat();
    expect(keys.length).toBeGreaterThan(0);
    expect(keys.filter((key) => !FEW_VALUES.includes(key as string))).toEqual([]);
    for (const panel of panelsOf(BENCHMARK).filter(({ title }) => SHOWN.includes(title))) {
      for (const { text } of targetsOf(panel, { source: 'influxql', metrics: [] })) {
        const figures = (await values(grafana(text))).map(([, value]) => value);
        expect(figures.some(Number.isFinite), text).toBe(true);
      }
    }
  });

  it('marks each kill at its time, as the dashboard asks for it', async () => {
    const kubernetes = await new Kubernetes().start();
    writeFileSync(join(folder, 'token'), 'secret\n');
    const killer = new Pod(
      join(folder, 'killer'),
      { TOKEN_FILE: join(folder, 'token'), START_AT: String(Date.now() + 3000) },
      {
        ...{ members: kubernetes.members, namespace: 'shop', api: kubernetes.api, peers: '', warmup: 0 },
        marks: `${influx}/write?db=k8s`,
        kills: [
          { at: 0, victim: 'follower' },
          { at: 2, victim: 'leader' },
        ],
      },
    );
    const { code, stdout } = await killer.killer().ended;
    kubernetes.stop();
    expect(code).toBe(0);
    const lines = stdout.toString().split('\n');
    const times = lines
      .filter((line) => line.startsWith('{"metric":"kill","'))
      .map((line) => Date.parse((JSON.parse(line) as Point).data.time));
    expect(await values(grafana(BENCHMARK.marks![0].query.influxql))).toEqual([
      [times[0], 'es-1 (follower) was killed', 'es-1'],
      [times[1], 'es-2 (leader) was killed', 'es-2'],
    ]);
    expect(await values('SELECT "text" FROM "kills" WHERE "role" = \'leader\'')).toHaveLength(1);
  });

  it('has the same results where InfluxDB is away', async () => {
    const { code, results } = await load('alone', 'http://127.0.0.1:9/k8s');
    expect(code).toBe(0);
    expect(results.samples('es_acked').length).toBeGreaterThan(50);
  });

  async function load(name: string, address: string): Promise<{ code: number; results: Results }> {
    const all = { ...settings, url: database.url, members: database.members };
    const pod = new Pod(join(folder, name), { RUN: name, INFLUXDB: address }, all);
    const { code } = await pod.generator(SHELL).ended;
    return { code, results: new Results(pod.results) };
  }

  function grafana(text: string): string {
    return text
      .replaceAll('$timeFilter', 'time > now() - 5m')
      .replaceAll('$__interval_ms', '2000')
      .replaceAll('$__interval', '2s');
  }

  async function query(q: string): Promise<{ results: { error?: string; series?: { values: unknown[][] }[] }[] }> {
    const body = new URLSearchParams({ db: 'k8s', epoch: 'ms', q });
    return (await fetch(`${influx}/query`, { method: 'POST', body })).json() as ReturnType<typeof query>;
  }

  async function values(q: string): Promise<unknown[][]> {
    const [{ error, series }] = (await query(q)).results;
    if (error) throw new Error(`${error}: ${q}`);
    return (series ?? []).flatMap((one) => one.values);
  }

  function answers(): Promise<boolean> {
    return fetch(`${influx}/ping`).then(
      ({ ok }) => ok,
      () => false,
    );
  }
});
