import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Duration } from 'cdk8s';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { containerOf, find } from '../helpers';
import { freePorts } from '../ports';
import { needs, posixShells } from '../tools/tools';
import { Programs } from './programs';
import { monitor } from './stack';

describe.skipIf(needs('influxd', 'influx'))('the real InfluxDB, as its pod starts it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'influxdb-'));
  const programs = new Programs(folder);
  const container = (retention?: Duration) =>
    containerOf(find(monitor({ retention }).manifests, 'Deployment', 'monitoring-influxdb'));
  let port: number;

  beforeAll(async () => {
    const [http, rpc] = await freePorts(2);
    port = http;
    const env: [string, string][] = container().env.map(({ name, value }: { name: string; value: string }) => [
      name,
      value.replace('/var/lib/influxdb', folder),
    ]);
    programs.start('influxd', [], {
      ...Object.fromEntries(env),
      HOME: folder,
      INFLUXDB_HTTP_BIND_ADDRESS: `127.0.0.1:${http}`,
      INFLUXDB_BIND_ADDRESS: `127.0.0.1:${rpc}`,
    });
  });
  afterAll(async () => {
    await programs.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Runs what the pod runs after its start, which waits for the server, and says how long figures are then kept. */
  function start(retention: Duration | undefined, shell: string[]): string {
    const [, ...args] = container(retention).lifecycle.postStart.exec.command;
    // the pod's port is its own, and its shell finds it by default
    const script = args[1].replaceAll('influx -execute', `influx -port ${port} -execute`);
    const { status, stderr } = spawnSync(shell[0], [...shell.slice(1), '-c', script], { encoding: 'utf8' });
    expect([status, stderr]).toEqual([0, '']);
    const policies = spawnSync(
      'influx',
      ['-port', String(port), '-format', 'csv', '-execute', 'SHOW RETENTION POLICIES ON "k8s"'],
      { encoding: 'utf8' },
    );
    return policies.stdout.trim().split('\n').slice(1).join('\n');
  }

  describe.each(posixShells())('in %s', (_, shell) => {
    it.each<[string, Duration | undefined, string]>([
      ['keeps figures for fourteen days', undefined, 'default,336h0m0s,24h0m0s,1,true'],
      ['the same at a second start', undefined, 'default,336h0m0s,24h0m0s,1,true'],
      ['keeps them for less when it is told so', Duration.minutes(90), 'default,1h30m0s,1h0m0s,1,true'],
      ['for two days', Duration.days(2), 'default,48h0m0s,24h0m0s,1,true'],
      ['for half a year', Duration.days(180), 'default,4320h0m0s,168h0m0s,1,true'],
      ['and for more again', Duration.days(400), 'default,9600h0m0s,168h0m0s,1,true'],
    ])('%s', (_, retention, policy) => {
      expect(start(retention, shell)).toBe(policy);
    });
  });

  it('is alive and ready by its own page', async () => {
    const { path } = container().readinessProbe.httpGet;
    expect((await fetch(`http://127.0.0.1:${port}${path}`)).status).toBe(204);
  });
});
