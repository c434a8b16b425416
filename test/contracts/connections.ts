import type { Manifest } from '../helpers';
import { clustersOf, frontendsOf, HTTP, host, type Line, RELEASES } from './parts';
import type { Contract, World } from './world';

/** What clients are told leads to where it says. */
export const connections: Contract = (world) => {
  for (const { set, name, namespace, line, advertised, secure } of clustersOf(world)) {
    const scheme = RELEASES[line as Line]?.scheme;
    const map = requireMap(world, set, `${name}-connection`, {
      // a client that finds one member finds them all
      connectionString: `${scheme}://${advertised.join(',')}?tls=${secure}`,
      url: `${secure ? 'https' : 'http'}://${host(name, namespace)}:${HTTP}`,
    });
    requireWords(world, map, `${name}-client: "true"`, 'persistent subscriptions');
    world.expect(world.find('Service', namespace, name), 'connections', set, `the url leads to no Service ${name}`);
  }
  for (const { deployment, name, namespace, cluster, tls, balanced } of frontendsOf(world)) {
    const scheme = RELEASES[cluster?.line as Line]?.scheme;
    const map = requireMap(world, deployment, `${name}-connection`, {
      connectionString: `${scheme}://${host(name, namespace)}:${HTTP}?tls=${tls}`,
      url: `${tls ? 'https' : 'http'}://${host(name, namespace)}:${HTTP}`,
    });
    requireWords(world, map, 'persistent subscriptions', `${scheme}+discover://`);
    if (balanced) requireWords(world, map, `kubectl get service ${name}`);
    const port = world.find('Service', namespace, name)?.spec.ports?.some((p: Manifest) => p.port === HTTP);
    world.expect(port, 'connections', deployment, `the url leads to no Service ${name} with the port ${HTTP}`);
  }
};

function requireMap(
  world: World,
  workload: Manifest,
  name: string,
  data: Record<string, string>,
): Manifest | undefined {
  const map = world.find('ConfigMap', workload.metadata.namespace, name);
  if (!world.expect(map, 'connections', workload, `there is no ConfigMap ${name}`) || !map) return undefined;
  for (const [key, value] of Object.entries(data)) world.equal(map.data[key], value, 'connections', map, key);
  world.equal(Object.keys(map.data).sort(), ['connectionString', 'notes', 'url'], 'connections', map, 'its keys');
  world.equal(map.metadata.labels, workload.metadata.labels, 'labels', map, 'its labels');
  return map;
}

/** The notes are for people; what they must not lack are these words. */
function requireWords(world: World, map: Manifest | undefined, ...words: string[]): void {
  for (const word of map ? words : []) {
    world.expect(String(map?.data.notes).includes(word), 'connections', map, `its notes must say ${word}`);
  }
}
