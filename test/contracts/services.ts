import type { Manifest } from '../helpers';
import { type Contract, canonical, podSpec, type World } from './world';

/** Every Service leads to pods, to a port of theirs, and no two are the same. */
export const services: Contract = (world) => {
  const selectors = new Map<string, Manifest>();
  for (const service of world.of('Service')) {
    const { namespace } = service.metadata;
    const { selector, ports } = service.spec;
    const some = selector && Object.keys(selector).length > 0;
    const selected = some ? world.selected(namespace, selector) : [];
    world.expect(selected.length > 0, 'services', service, `its selector ${canonical(selector)} finds no pods`);
    const workloads = new Set(selected.map((pod) => pod.workload));
    world.expect(workloads.size <= 1, 'services', service, 'its selector finds pods of more than one workload');
    // AKS Automatic refuses two Services with one selector
    const key = canonical([namespace, selector]);
    const other = selectors.get(key)?.metadata.name;
    world.expect(other === undefined, 'services', service, `it has the same selector as ${other}`);
    selectors.set(key, service);

    world.expect(ports?.length > 0, 'services', service, 'it has no ports');
    const names = ports.map(({ name }: Manifest) => name);
    world.expect(new Set(names).size === names.length, 'services', service, 'two ports have one name');
    for (const workload of workloads) for (const port of ports) requirePort(world, service, workload, port);
    requireKind(world, service);
  }
};

/** What listens behind the port is a port of the pods, under the same name. */
function requirePort(world: World, service: Manifest, workload: Manifest, port: Manifest): void {
  const { name, port: number, targetPort = number, protocol = 'TCP' } = port;
  const open: Manifest[] = podSpec(workload).containers.flatMap((container: Manifest) => container.ports ?? []);
  const target = open.find((one) => (typeof targetPort === 'number' ? one.containerPort : one.name) === targetPort);
  if (!world.expect(target, 'services', service, `no container of ${workload.metadata.name} has a port ${targetPort}`))
    return;
  world.equal(protocol, target.protocol ?? 'TCP', 'services', service, `the protocol of ${name}`);
  if (port.targetPort !== undefined) return;
  // one number and one name from the client to the container, so that a connection string changes in its host only
  world.equal(name, target.name, 'services', service, `the name of the port ${number}`);
}

function requireKind(world: World, service: Manifest): void {
  const { type = 'ClusterIP', clusterIP, publishNotReadyAddresses = false } = service.spec;
  world.expect(['ClusterIP', 'LoadBalancer'].includes(type), 'services', service, `type ${type} is not used here`);
  const headless = clusterIP === 'None';
  world.expect(
    headless || clusterIP === undefined,
    'services',
    service,
    `clusterIP ${clusterIP} is not for us to choose`,
  );
  const sets = world
    .of('StatefulSet')
    .filter((set) => set.metadata.namespace === service.metadata.namespace)
    .filter((set) => set.spec.serviceName === service.metadata.name);
  // generators find each other by a subdomain, which is a headless Service as well
  const subdomain = world.workloads.some(
    (one) => one.metadata.namespace === service.metadata.namespace && podSpec(one).subdomain === service.metadata.name,
  );
  const among = sets.length > 0 || subdomain;
  // members find each other before any is ready; clients must not be led to members that are not
  world.equal(headless, among, 'services', service, 'whether it is headless, as a serviceName is');
  world.equal(publishNotReadyAddresses, among, 'services', service, 'publishNotReadyAddresses');
}
