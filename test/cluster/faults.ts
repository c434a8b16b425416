import { setTimeout as sleep } from 'node:timers/promises';
import type { Deployment, Member } from './deployment';
import { kubectl } from './kubectl';
import type { Machines } from './machines';

export interface Fault {
  readonly name: string;
  readonly strikes: 'leader' | 'follower';
  /** what happens, and is over when it returns */
  readonly act: (victim: Member, es: Deployment, machine: Machines) => Promise<void>;
  /** longest time without an acknowledged write through the front end, s: what is promised */
  readonly gap: number;
  readonly onMachine?: boolean;
}

const inPod = (es: Deployment, pod: string, script: string) =>
  kubectl('-n', es.namespace, 'exec', pod, '-c', 'eventstore', '--', 'sh', '-c', script);

/** All processes of the container but PID 1, which is the start script. */
const signalServer = (es: Deployment, pod: string, signal: string) =>
  inPod(es, pod, `kill -${signal} -1`).catch(() => {});

export const STORAGES = ['podstorage', 'disk'] as const;

export const FAULTS: Fault[] = [
  {
    name: 'server of the leader killed',
    strikes: 'leader',
    gap: 2,
    act: async ({ pod }, es) => {
      await signalServer(es, pod, 'KILL');
      await sleep(8000);
    },
  },
  {
    name: 'server of the leader frozen for 15 s',
    strikes: 'leader',
    gap: 8,
    act: async ({ pod }, es) => {
      await signalServer(es, pod, 'STOP');
      await sleep(15_000);
      await signalServer(es, pod, 'CONT');
      await sleep(3000);
    },
  },
  {
    name: "leader's pod deleted",
    strikes: 'leader',
    gap: 4,
    act: async ({ pod }, es) => {
      await kubectl('-n', es.namespace, 'delete', 'pod', pod);
      await sleep(3000);
    },
  },
  {
    name: "a follower's pod deleted without notice",
    strikes: 'follower',
    gap: 3,
    act: async ({ pod }, es) => {
      await kubectl('-n', es.namespace, 'delete', 'pod', pod, '--grace-period=0', '--force');
      await sleep(5000);
    },
  },
  {
    name: "leader's node drained",
    strikes: 'leader',
    gap: 4,
    act: async ({ node }) => {
      await kubectl('drain', node, '--ignore-daemonsets', '--delete-emptydir-data', '--force', '--timeout=120s');
      await kubectl('uncordon', node);
    },
  },
  {
    name: "leader's node without power for 20 s",
    strikes: 'leader',
    gap: 10,
    onMachine: true,
    act: async ({ node }, _, machine) => {
      await machine.powerOff(node);
      await sleep(20_000);
      await machine.powerOn(node);
    },
  },
  {
    name: "leader's node cut off the network for 20 s",
    strikes: 'leader',
    // most of it is names that a dead DNS pod is asked for: a matter of luck
    gap: 15,
    onMachine: true,
    act: async ({ node }, _, machine) => {
      await machine.cut(node);
      await sleep(20_000);
      await machine.heal(node);
    },
  },
];
