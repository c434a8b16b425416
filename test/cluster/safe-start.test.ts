import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Ledger } from './client/shapes';
import { Client } from './client-pod';
import { Deployment } from './deployment';
import { noCluster, storageFlags } from './environment';
import { kubectl } from './kubectl';

const inMember = (namespace: string, pod: string, script: string) =>
  kubectl('-n', namespace, 'exec', pod, '-c', 'eventstore', '--', 'sh', '-c', script).catch(() => {});

/** A disk that is replaced by an empty one: its files go while the server runs, and the server with them. */
const loseDisk = (namespace: string, pod: string) => inMember(namespace, pod, 'rm -rf /data/db; kill -KILL -1');

describe.skipIf(noCluster())('the safe start keeps every acknowledged event', () => {
  describe('when disks are lost', () => {
    const namespace = 'lost-disks';
    let es: Deployment;
    let client: Client;
    const ledger: Ledger = {};

    beforeAll(async () => {
      es = await Deployment.start(namespace, '--nodes', '3', ...(await storageFlags('disk')));
      client = await Client.start(namespace, 'client');
      await es.whole(client, 3);
    });
    afterAll(() => es?.stop());

    const write = async (prefix: string) => {
      const seen = await client.load({ targets: [es.frontend], prefix, seconds: 5, readers: 0 });
      Object.assign(ledger, seen.ledger);
      expect(seen.acknowledged).toBeGreaterThan(50);
    };
    const keepsAll = async () => {
      await es.whole(client, 3, 180);
      const audit = await client.audit(es.addresses(3), ledger);
      expect([audit.lost, Object.values(audit.missing)]).toEqual([[], [0, 0, 0]]);
    };

    it("one: a follower's", async () => {
      await write('before-one');
      const members = await es.whole(client, 3);
      await loseDisk(namespace, members.find(({ state }) => state === 'follower')!.pod);
      await sleep(3000);
      await keepsAll();
    });

    it("one: the leader's, while writes go on", async () => {
      const members = await es.whole(client, 3);
      const load = await client.startLoad({ targets: [es.frontend], prefix: 'during' });
      await sleep(2000);
      await loseDisk(namespace, members.find(({ state }) => state === 'leader')!.pod);
      await sleep(8000);
      Object.assign(ledger, (await load.stop()).ledger);
      await keepsAll();
    });

    it('two of three at once', async () => {
      await write('before-two');
      const [first, second] = await es.whole(client, 3);
      await Promise.all([first, second].map(({ pod }) => loseDisk(namespace, pod)));
      await sleep(5000);
      await keepsAll();
      await write('after-two');
      await keepsAll();
    });

    it('two of three on pod storage, by two deleted pods', async () => {
      const pods = await Deployment.start('lost-pods', '--nodes', '3', '--storage', 'podstorage', '--no-frontend');
      try {
        const own = await Client.start('lost-pods', 'client');
        const [first, second] = await pods.whole(own, 3);
        const seen = await own.load({ targets: pods.addresses(3), prefix: 'pods', seconds: 5, readers: 0 });
        await kubectl('-n', 'lost-pods', 'delete', 'pod', first.pod, second.pod, '--grace-period=0', '--force');
        await sleep(3000);
        await pods.whole(own, 3, 180);
        const audit = await own.audit(pods.addresses(3), seen.ledger);
        expect([audit.lost, Object.values(audit.missing)]).toEqual([[], [0, 0, 0]]);
        expect(audit.checked).toBeGreaterThan(50);
      } finally {
        await pods.stop();
      }
    });
  });

  describe('when the leader is killed again and again', () => {
    const namespace = 'killed-often';
    let es: Deployment;
    afterAll(() => es?.stop());

    it('five times in ten minutes: no container waits in a crash back-off', async () => {
      es = await Deployment.start(namespace, '--nodes', '3', ...(await storageFlags('disk')));
      const client = await Client.start(namespace, 'client');
      await es.whole(client, 3);
      const load = await client.startLoad({ targets: [es.frontend], prefix: 'killed', seconds: 500 });
      const waiting: string[] = [];
      for (let kill = 1; kill <= 5; kill++) {
        const leader = (await es.whole(client, 3)).find(({ state }) => state === 'leader')!;
        // the server alone: what its own end means for the container is the start script's decision
        await inMember(namespace, leader.pod, 'kill -TERM $(cat /proc/1/task/1/children)');
        for (let second = 0; second < 10; second++) {
          await sleep(1000);
          for (const { status, metadata } of await es.pods())
            if (status.containerStatuses[0].state.waiting?.reason === 'CrashLoopBackOff') waiting.push(metadata.name);
        }
        await es.whole(client, 3);
      }
      const { ledger, gap } = await load.stop();
      const audit = await client.audit(es.addresses(3), ledger);
      console.info(
        `leader ended five times: longest gap ${gap.toFixed(1)} s, ${audit.checked} acknowledged, ${audit.lost.length} lost`,
      );
      expect(waiting).toEqual([]);
      expect(audit.lost).toEqual([]);
      expect(Object.values(audit.missing)).toEqual([0, 0, 0]);
    });
  });

  describe('when the cluster grows', () => {
    const namespace = 'growing';
    const ledger: Ledger = {};
    let es: Deployment;
    let client: Client;
    let flags: string[];

    beforeAll(async () => {
      flags = await storageFlags('disk', 2);
      es = await Deployment.start(namespace, '--nodes', '1', ...flags);
      client = await Client.start(namespace, 'client');
    });
    afterAll(() => es?.stop());

    it.each([
      [1, 3],
      [3, 5],
    ])('from %i to %i by one kubectl apply and nothing else', async (from, to) => {
      await es.whole(client, from);
      const load = await client.startLoad({ targets: [es.frontend], prefix: `from-${from}`, seconds: 400 });
      await sleep(2000);
      const began = Date.now();
      await es.apply('--nodes', String(to), ...flags);
      await es.ready(300);
      await es.whole(client, to, 180);
      const took = (Date.now() - began) / 1000;
      const seen = await load.stop();
      Object.assign(ledger, seen.ledger);
      const audit = await client.audit(es.addresses(to), ledger);
      console.info(
        `${from} to ${to}: whole after ${took.toFixed(0)} s, longest gap ${seen.gap.toFixed(1)} s, ` +
          `${audit.checked} acknowledged, ${audit.lost.length} lost`,
      );
      expect([audit.lost, Object.values(audit.missing)]).toEqual([[], Array(to).fill(0)]);
      expect(audit.checked).toBeGreaterThan(50);
    });
  });
});
