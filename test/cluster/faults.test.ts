import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Client } from './client-pod';
import { Deployment, type Member } from './deployment';
import { machines, noCluster, nodes, storageFlags } from './environment';
import { FAULTS, type Fault, STORAGES } from './faults';
import { tryKubectl } from './kubectl';
import type { Machines } from './machines';
import { keepMeasured, type Measured, rowOf } from './reliability';

const ATTEMPTS = 3;

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
      const strikes: Measured[] = [];
      // losing nothing must hold each time; the time that a fault costs is a race with whatever else the machine does
      do strikes.push(await strike(fault, `${index}-${strikes.length}`, machine));
      while (strikes.length < ATTEMPTS && strikes.at(-1)!.frontend.gap >= fault.gap);
      keepMeasured(index, strikes);
      expect(strikes.at(-1)!.frontend.gap).toBeLessThan(fault.gap);
    },
  );

  /** Lets it happen under load, waits until all is whole again, and looks for what was acknowledged. */
  async function strike(fault: Fault, name: string, machine?: Machines): Promise<Measured> {
    const victim = await victimOf(fault);
    // a drained or dead machine takes its clients with it, so the clients of this test are elsewhere
    const [client, nearby] = await clientsBesides(victim);
    const services = await Promise.all(['es-1', 'es-2', 'es-3'].map((service) => es.addressOf(service)));
    const through = await client.startLoad({ targets: [await es.addressOf('es-frontend')], prefix: `through-${name}` });
    const beside = await nearby.startLoad({ targets: services, prefix: `beside-${name}`, readers: 0 });
    await sleep(2000);
    await fault.act(victim, es, machine!);
    await sleep(2000);
    const [frontend, members] = await Promise.all([through.stop(), beside.stop()]);
    await tryKubectl('-n', namespace, 'wait', '--for=condition=Ready', 'pods', '--all', '--timeout=120s');
    await es.whole(client, 3);
    const audit = await client.audit(es.addresses(3), { ...frontend.ledger, ...members.ledger });
    const measured = { fault: fault.name, storage, frontend, members, lost: audit.lost.length };
    console.info(`| ${rowOf([measured]).join(' | ')} |`);
    if (frontend.gap >= fault.gap) console.info(JSON.stringify({ failures: frontend.failures, at: frontend.gapAt }));

    expect(audit.lost).toEqual([]);
    expect(Object.values(audit.missing)).toEqual([0, 0, 0]);
    expect(audit.checked).toBe(frontend.acknowledged + members.acknowledged);
    expect(frontend.acknowledged).toBeGreaterThan(100);
    return measured;
  }

  async function victimOf({ strikes }: Fault): Promise<Member> {
    const members = await es.whole(observer, 3);
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
