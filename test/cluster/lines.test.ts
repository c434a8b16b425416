import { afterAll, describe, expect, it } from 'vitest';
import { EventStoreRelease } from '../../lib';
import { Client } from './client-pod';
import { Deployment } from './deployment';
import { noCluster } from './environment';

describe.skipIf(noCluster())('every line of the server starts with what the generator writes for it', () => {
  const deployments: Deployment[] = [];
  afterAll(() => Promise.all(deployments.map((deployment) => deployment.stop())));

  it.each(EventStoreRelease.lines())('%s', async (line) => {
    const namespace = `line-${line.replace('.', '-')}`;
    const es = await Deployment.start(namespace, '--nodes', '3', '--server-version', line);
    deployments.push(es);
    const client = await Client.start(namespace, 'client');
    const members = await es.whole(client, 3);
    expect(members.map(({ restarts }) => restarts)).toEqual([0, 0, 0]);

    const info = JSON.parse((await client.get(`${es.frontend}/info`)).body);
    expect(info.dbVersion ?? info.esVersion).toContain(EventStoreRelease.of(line).version);
    const { acknowledged, readsFailed, ledger } = await client.load({
      targets: [es.frontend],
      prefix: 'line',
      seconds: 3,
    });
    expect(acknowledged).toBeGreaterThan(20);
    expect(readsFailed).toBe(0);
    expect((await client.audit(es.addresses(3), ledger)).lost).toEqual([]);
    const metrics = await client.get(`${es.addresses(3)[0]}/metrics`);
    expect(metrics.body).toContain(`${EventStoreRelease.of(line).metricPrefix}_`);
    await deployments.pop()!.stop();
  });
});
