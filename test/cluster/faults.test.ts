import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Client } from './client-pod';
import { Deployment, type Member } from './deployment';
import { machines, noCluster, nodes, storageFlags } from './environment';
import { FAULTS, type Fault, STORAGES } from './faults';
import { tryKubectl } from './kubectl';
import { keepMeasured } from './reliability';

describe.skipIf(noCluster()).each(STORAGES)('writes go on, and nothing acknowledged is lost, on %s', (storage) => {
  const namespace = `faults-${storage}`;
  let es: Deployment;
  let observer: Client;
  const clients: Record<string, Client> = {};

  beforeAll(async () => {
    es = await Deployment.start(namespace, '--nodes', '3', ...(await storageFlags(storage)));
    for (const node of await nodes()) clients[node] = await Client.start(namespace, `client-${node}`, { node });
    [observer] = Object.values(clients);
    await es.whole(observer, 3);
  });
  afterAll(async () => {
    await es?.stop();
  });

  it.for(FAULTS.map((fault, index) => [fault.name, fault, index] as const))(
    '%s',
    async ([, fault, index], { skip }) => {
      const machine = fault.onMachine ? await machines() : undefined;
      if (fault.onMachine && !machine) return skip();
      // a drained or dead machine takes its clients with it, so the clients of this test are elsewhere
      const [client, nearby] = await clientsBesides(await victimOf(fault));
      const frontends = [await es.addressOf('es-frontend')];
      const services = await Promise.all(['es-1', 'es-2', 'es-3'].map((service) => es.addressOf(service)));
      const through = await client.startLoad({ targets: frontends, prefix: `through-${index}` });
      const beside = await nearby.startLoad({ targets: services, prefix: `beside-${index}`, readers: 0 });
      await sleep(2000);
      const victim = await victimOf(fault, client);
      await fault.act(victim, es, machine!);
      await sleep(2000);
      const [frontend, members] = await Promise.all([through.stop(), beside.stop()]);
      await tryKubectl('-n', namespace, 'wait', '--for=condition=Ready', 'pods', '--all', '--timeout=120s');
      await es.whole(client, 3);
      const ledger = { ...frontend.ledger, ...members.ledger };
      const audit = await client.audit(es.addresses(3), ledger);
      keepMeasured(index, { fault: fault.name, storage, frontend, members, lost: audit.lost.length });
      if (frontend.gap > fault.gap)
        console.info(JSON.stringify({ failures: frontend.failures, slow: frontend.slow.slice(0, 60) }));

      expect(audit.lost).toEqual([]);
      expect(Object.values(audit.missing)).toEqual([0, 0, 0]);
      expect(audit.checked).toBe(frontend.acknowledged + members.acknowledged);
      expect(frontend.acknowledged).toBeGreaterThan(200);
      expect(frontend.gap).toBeLessThan(fault.gap);
    },
  );

  async function victimOf({ strikes }: Fault, by = observer): Promise<Member> {
    const members = await es.whole(by, 3);
    return members.find(({ state }) => state === strikes)!;
  }

  /** Two clients on two machines that stay; after a drain a client is started anew. */
  async function clientsBesides(victim: Member): Promise<Client[]> {
    const others = (await nodes()).filter((node) => node !== victim.node).slice(0, 2);
    for (const node of others) {
      const { status } = await tryKubectl('-n', namespace, 'get', 'pod', `client-${node}`);
      if (status !== 0) clients[node] = await Client.start(namespace, `client-${node}`, { node });
    }
    [observer] = others.map((node) => clients[node]);
    return others.map((node) => clients[node]);
  }
});
