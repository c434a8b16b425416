import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DoubleStats } from '../benchmark/database';
import { cli, Results } from '../benchmark/results';
import { Client } from './client-pod';
import { Deployment } from './deployment';
import { noCluster, storageFlags } from './environment';
import { kubectl, list } from './kubectl';

const results = mkdtempSync(join(tmpdir(), 'bench-'));
const SOURCES = ['leader', 'es-1', 'es-2', 'es-3'];
/** Long enough for both victims to be back before the end, also where everything runs on one machine. */
const PLAN = 'users=20,duration=60s,warmup=5s,generators=2,kills=5s+30s';

/** What lies in the folder that the generator wrote, as it is, and then what bench:fetch brings. */
async function run(es: Deployment, variant: string): Promise<Results> {
  await kubectl('apply', '-f', join(es.folder, 'benchmark'));
  const { code, stdout, stderr } = await cli(
    'bench-fetch',
    '--namespace',
    es.namespace,
    '--out',
    join(results, variant),
  );
  if (code !== 0) throw new Error(`bench:fetch ended with ${code}: ${stdout}${stderr}\n${await es.describe()}`);
  return new Results(stdout.trim().split(' ').at(-1)!);
}

const acknowledged = (of: Results, shards = 2) =>
  Array.from({ length: shards }, (_, i) => of.samples('es_acked', i + 1).length).reduce((a, b) => a + b);

describe.skipIf(noCluster())('the benchmark, as the generator writes it', () => {
  afterAll(() => rmSync(results, { recursive: true, force: true }));

  describe.each(['podstorage', 'disk'] as const)('on %s', (storage) => {
    let es: Deployment;
    let client: Client;
    beforeAll(async () => {
      const flags = ['--nodes', '3', ...(await storageFlags(storage))];
      es = await Deployment.start(`bench-${storage}`, ...flags, '--benchmark', PLAN);
      client = await Client.start(es.namespace, 'client');
      await es.whole(client, 3);
    });
    afterAll(() => es?.stop());

    it('is no part of the cluster: kubectl apply on the folder has started no load', async () => {
      expect(await list('-n', es.namespace, 'jobs')).toEqual([]);
    });

    it('kills a follower and the leader under load, and finds every acknowledged event on all members', async () => {
      const found = await run(es, storage);
      const count = acknowledged(found);
      expect(count).toBeGreaterThan(100);
      for (const source of SOURCES) {
        const totals = ['acknowledged', 'present', 'lost', 'duplicate', 'misplaced'].map((kind) =>
          found.total(kind, source),
        );
        expect(totals, source).toEqual([count, count, 0, 0, 0]);
      }
      const kills = readFileSync(join(found.folder, 'kills.ndjson'), 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line));
      const by = (metric: string) => kills.filter((one) => one.metric === metric).map(({ data }) => data);
      expect(by('kill').map(({ tags }) => tags.role)).toEqual(['follower', 'leader']);
      for (const metric of ['kill_gone', 'kill_ready']) expect(by(metric)).toHaveLength(2);
      const main = Date.parse(found.run.main as string);
      by('kill').forEach(({ time }, i) => {
        // a busy API server takes its time to accept
        expect(Math.abs((Date.parse(time) - main) / 1000 - [5, 30][i])).toBeLessThan(5);
      });
      expect(found.run).toMatchObject({
        variant: storage,
        target: 'frontend',
        generators: 2,
        kills: [{ at: 5 }, { at: 30 }],
      });
      const starts = [1, 2].map((shard) => found.samples('es_load_start', shard)[0].data.value);
      expect(Math.abs(starts[0] - starts[1])).toBeLessThan(1000);
    });

    it('lets its pods end once their results are fetched', async () => {
      await kubectl('-n', es.namespace, 'wait', 'job/es-bench', '--for=condition=Complete', '--timeout=60s');
    });

    it('acknowledges, while nobody dies, exactly what the database does', async () => {
      const count = async () => {
        const urls = es.addresses(3).map((address) => `${address}/double/stats`);
        const stats = await client.gets(urls, 5000);
        // the real database keeps no such count
        if (stats.some(({ status }) => status !== 200)) return undefined;
        return stats.map(({ body }) => (JSON.parse(body) as DoubleStats).acknowledged.events).reduce((a, b) => a + b);
      };
      const before = await count();
      await kubectl('delete', '-f', join(es.folder, 'benchmark'), '--wait=true');
      await es.write('--nodes', '3', ...(await flagsOf(es)), '--benchmark', 'users=5,duration=10s,warmup=2s');
      const found = await run(es, `${storage}-quiet`);
      const after = await count();
      expect(acknowledged(found, 1)).toBe(found.total('present'));
      if (before !== undefined) expect(acknowledged(found, 1)).toBe(after! - before);
    });
  });

  it('ends in a report that proves it', async () => {
    const variants = ['podstorage', 'disk'].flatMap((name) => ['--variant', `${name}=${join(results, name)}`]);
    // BENCHMARK_REPORT=docs/sample-report keeps it
    const out = process.env.BENCHMARK_REPORT ?? join(results, 'report');
    const { code, stderr } = await cli('report', ...variants, '--out', out);
    expect(stderr).toBe('');
    expect(code).toBe(0);
    expect(readFileSync(join(out, 'report.md'), 'utf8')).toContain('**0 lost');
  });
});

/** The storage that the cluster has. */
async function flagsOf(es: Deployment): Promise<string[]> {
  const { spec } = await es.statefulSet();
  const [claim] = spec.volumeClaimTemplates ?? [];
  return claim ? ['--storage', 'disk', '--storage-class', claim.spec.storageClassName] : ['--storage', 'podstorage'];
}
