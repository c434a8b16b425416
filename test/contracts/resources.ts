import type { Manifest } from '../helpers';
import { clustersOf, frontendsOf } from './parts';
import { type Contract, podSpec, quantity, type World } from './world';

const MI = 2 ** 20;
const GI = 2 ** 30;
const KINDS = ['cpu', 'memory', 'ephemeral-storage'];

/** Everything is reserved and bounded, and what must fit into it fits. */
export const resources: Contract = (world) => {
  for (const workload of world.workloads) {
    for (const container of podSpec(workload).containers as Manifest[]) requireBounds(world, workload, container);
  }
  for (const { set, container } of clustersOf(world)) {
    const data = emptyDir(set, 'data');
    const { requests, limits } = amounts(container);
    // below 768 MiB the server was killed under load (measured on 26.0.3)
    world.expect(limits.memory >= 768 * MI, 'resources', set, 'below 768Mi of memory the server is killed');
    world.expect(limits.memory <= 4 * requests.memory, 'resources', set, 'memory that is promised must be reserved');
    world.expect(requests.memory >= 512 * MI, 'resources', set, 'an idle server takes 380 MiB');
    world.expect(limits.cpu >= 0.5 && requests.cpu >= 0.1, 'resources', set, 'a member needs a processor');
    // the scheduler reserves the data of pod storage; logs and /tmp need little
    const reserved = requests['ephemeral-storage'] - data;
    world.expect(reserved >= 32 * MI && reserved <= 256 * MI, 'resources', set, 'ephemeral storage: data, and 64Mi');
    const bound = limits['ephemeral-storage'] - data;
    world.expect(bound >= 512 * MI && bound <= 4 * GI, 'resources', set, 'ephemeral storage: data, and 1Gi at most');
  }
  for (const { deployment, container } of frontendsOf(world)) {
    const { requests, limits } = amounts(container);
    // two workers, and nginx needs little memory: bodies and pages of 256 connections
    world.expect(limits.memory >= 128 * MI && limits.memory <= GI, 'resources', deployment, 'memory: 128Mi to 1Gi');
    world.expect(requests.memory >= 32 * MI, 'resources', deployment, 'memory: at least 32Mi reserved');
    world.expect(
      requests.cpu >= 0.05 && requests.cpu <= 0.5,
      'resources',
      deployment,
      'processors: 50m to 500m reserved',
    );
    const bodies = emptyDir(deployment, 'tmp');
    world.expect(bodies >= 256 * MI, 'resources', deployment, '/tmp must be bounded, with room for request bodies');
    const free = limits['ephemeral-storage'] - bodies;
    world.expect(free >= 64 * MI && free <= GI, 'resources', deployment, 'ephemeral storage: /tmp, and 256Mi for logs');
    const reserved = requests['ephemeral-storage'];
    world.expect(reserved >= 32 * MI && reserved <= 256 * MI, 'resources', deployment, 'ephemeral storage reserved');
  }
};

function requireBounds(world: World, workload: Manifest, container: Manifest): void {
  const { requests, limits } = amounts(container);
  for (const kind of KINDS) {
    const held = requests[kind] > 0 && requests[kind] <= limits[kind];
    world.expect(held, 'resources', workload, `${container.name} must have a request and a limit of ${kind}`);
  }
  // more is a slip of the pen: no machine has it
  world.expect(limits.cpu <= 16, 'resources', workload, `${container.name} may use more than 16 processors`);
  const known = [container.resources?.requests, container.resources?.limits].flatMap((given) =>
    Object.keys(given ?? {}),
  );
  const strange = known.filter((kind) => !KINDS.includes(kind));
  world.equal(strange, [], 'resources', workload, `other resources of ${container.name}`);
}

function amounts(container: Manifest): Record<'requests' | 'limits', Record<string, number>> {
  const numbers = (given: Manifest) => Object.fromEntries(KINDS.map((kind) => [kind, quantity(given?.[kind])]));
  return { requests: numbers(container.resources?.requests), limits: numbers(container.resources?.limits) };
}

/** What an emptyDir may hold; 0 where there is none of this name or it has no bound. */
function emptyDir(workload: Manifest, name: string): number {
  const volume = (podSpec(workload).volumes ?? []).find((one: Manifest) => one.name === name);
  return volume?.emptyDir?.sizeLimit === undefined ? 0 : quantity(volume.emptyDir.sizeLimit);
}
