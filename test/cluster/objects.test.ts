import { afterAll, describe, expect, it } from 'vitest';
import { Client } from './client-pod';
import { Deployment } from './deployment';
import { noCluster } from './environment';
import { get, kubectl, list, until } from './kubectl';

describe.skipIf(noCluster())('clusters of one Kubernetes', () => {
  const deployments: Deployment[] = [];
  afterAll(async () => {
    for (const deployment of deployments) await deployment.stop();
  });

  it('of two namespaces have nothing to do with each other', async () => {
    const [orders, billing] = await Promise.all(
      ['orders', 'billing'].map((namespace) => Deployment.start(namespace, '--nodes', '3')),
    );
    deployments.push(orders, billing);
    const clients = await Promise.all([orders, billing].map(({ namespace }) => Client.start(namespace, 'client')));
    await Promise.all([orders.whole(clients[0], 3), billing.whole(clients[1], 3)]);
    const { ledger } = await clients[0].load({ targets: [orders.frontend], prefix: 'orders', seconds: 3 });
    expect((await clients[0].audit(orders.addresses(3), ledger)).lost).toEqual([]);
    for (const stream of Object.keys(ledger)) {
      const asked = await clients[1].get(`${billing.service}/streams/${stream}/0`, {
        headers: { accept: 'application/json' },
      });
      expect(asked.status).toBe(404);
    }
    // a client of one is none of the other: the policy names the namespace too
    expect((await clients[1].get(`${orders.service}/info`)).status).toBe(0);
  });

  it('on Azure file shares have each claim bound to its own volume', async () => {
    // without Azure's driver no pod can start: only that volumes, claims and references fit is seen here
    const azure = Deployment.of('azure');
    deployments.push(azure);
    await azure.remove();
    await kubectl('apply', '-f', await azure.write('--nodes', '3', '--storage', 'azurefile'));
    await until('three bound claims', 60, async () => {
      const claims = await list('-n', 'azure', 'pvc');
      return claims.length === 3 && claims.every(({ status }) => status.phase === 'Bound');
    });
    for (const ordinal of [1, 2, 3]) {
      const claim = await get('-n', 'azure', 'pvc', `data-es-${ordinal}`);
      const volume = await get('pv', claim.spec.volumeName);
      expect(volume.spec.csi.volumeAttributes.shareName).toBe(`esdisk-${ordinal}`);
      expect(volume.spec.claimRef).toMatchObject({ name: `data-es-${ordinal}`, namespace: 'azure' });
    }
    await kubectl('delete', 'namespace', 'azure', '--grace-period=1', '--timeout=120s');
    await until('volumes outlive the claims', 60, async () => {
      const volumes = (await list('pv')).filter(({ spec }) => spec.claimRef?.namespace === 'azure');
      return volumes.length === 3 && volumes.every(({ status }) => status.phase === 'Released');
    });
  });
});
