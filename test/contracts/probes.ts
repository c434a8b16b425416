import type { Manifest } from '../helpers';
import { type Contract, podSpec, type World } from './world';

const PROBES = ['startupProbe', 'livenessProbe', 'readinessProbe'];
const HANDLERS = ['httpGet', 'tcpSocket', 'exec', 'grpc'];

/** Probes ask what their container has. What the answers must mean, clusters and front ends say themselves. */
export const probes: Contract = (world) => {
  for (const workload of world.workloads) {
    for (const container of podSpec(workload).containers as Manifest[]) {
      for (const name of PROBES.filter((probe) => container[probe] !== undefined)) {
        requireProbe(world, workload, container, name);
      }
    }
  }
};

function requireProbe(world: World, workload: Manifest, container: Manifest, name: string): void {
  const probe = container[name];
  const handlers = HANDLERS.filter((handler) => probe[handler] !== undefined);
  const what = `the ${name} of ${container.name}`;
  if (!world.expect(handlers.length === 1, 'probes', workload, `${what} must ask in one way`)) return;
  const asked = probe.httpGet ?? probe.tcpSocket;
  if (asked) {
    const open = (container.ports ?? []).some(
      (port: Manifest) => port[typeof asked.port === 'number' ? 'containerPort' : 'name'] === asked.port,
    );
    world.expect(open, 'probes', workload, `${what} asks at ${asked.port}, which is no port of it`);
    world.expect(asked.host === undefined, 'probes', workload, `${what} must ask the pod itself`);
  }
  if (probe.httpGet) {
    const { path, scheme = 'HTTP' } = probe.httpGet;
    world.expect(/^\/[-\w/.]*$/.test(path ?? ''), 'probes', workload, `${what} asks for ${path}`);
    world.expect(['HTTP', 'HTTPS'].includes(scheme), 'probes', workload, `${what} asks over ${scheme}`);
  }
  if (probe.exec) world.expect(probe.exec.command?.length > 0, 'probes', workload, `${what} runs nothing`);
}

/** A probe's seconds until it says no for good, Kubernetes' defaults filled in. */
export function secondsToFail({ periodSeconds = 10, failureThreshold = 3 }: Manifest): number {
  return periodSeconds * failureThreshold;
}

/** One of a few answers, and how soon: what all probes of ours are held to. */
export function requireTiming(
  world: World,
  workload: Manifest,
  probe: Manifest,
  what: string,
  seconds: [least: number, most: number],
  timeout: [least: number, most: number],
): void {
  world.within(secondsToFail(probe), ...seconds, 'probes', workload, `seconds until ${what} fails`);
  world.within(probe.periodSeconds ?? 10, 1, 10, 'probes', workload, `seconds between two looks of ${what}`);
  world.within(probe.timeoutSeconds ?? 1, ...timeout, 'probes', workload, `seconds that ${what} waits for an answer`);
}
