import type { Manifest } from '../helpers';
import { type ClusterParts, clustersOf, type FrontendParts, frontendsOf, HTTP, REPLICATION } from './parts';
import { allowed, allowedBy, type Connection, type Direction, type End, inRange, policiesOf } from './policy';
import { type Contract, canonical, type Labels, podTemplate, type World } from './world';

export const OUTSIDE: End = { ip: '198.51.100.7' };
const DNS: End = { ip: '10.96.0.10' };

/** Who reaches whom, as Kubernetes would decide it from all policies together. */
export const networkPolicies: Contract = (world) => {
  for (const policy of world.of('NetworkPolicy')) {
    const { podSelector, policyTypes } = policy.spec;
    const labels = podSelector?.matchLabels ?? {};
    const found = world.selected(policy.metadata.namespace, labels).map((pod) => pod.workload);
    const one = found.some(
      ({ spec }) => spec.selector === undefined || canonical(spec.selector) === canonical(podSelector),
    );
    world.expect(one && Object.keys(labels).length > 0, 'network', policy, 'its selector must be that of a workload');
    for (const type of policyTypes ?? []) {
      world.expect(['Ingress', 'Egress'].includes(type), 'network', policy, `${type} is no policy type`);
    }
  }
  for (const workload of world.workloads) {
    for (const direction of ['Ingress', 'Egress'] as const) {
      const found = policiesOf(world, podOf(workload), direction);
      world.expect(found.length > 0, 'network', workload, `no policy says a word about its ${direction}`);
    }
  }
  for (const cluster of clustersOf(world)) {
    requireOwn(world, cluster.set);
    members(world, cluster);
  }
  for (const frontend of frontendsOf(world)) {
    requireOwn(world, frontend.deployment);
    door(world, frontend);
  }
};

function podOf(workload: Manifest): { namespace: string; labels: Record<string, string> } {
  return { namespace: workload.metadata.namespace, labels: podTemplate(workload).metadata.labels };
}

/** A policy of the workload's own, under its name: others, of a monitor for example, may come beside it. */
function requireOwn(world: World, workload: Manifest): void {
  const { name, namespace, labels } = workload.metadata;
  const policy = world.find('NetworkPolicy', namespace, name);
  world.equal(policy?.metadata.labels, labels, 'network', workload, 'the labels of its NetworkPolicy');
  const selector = policy?.spec.podSelector;
  world.equal(selector, workload.spec.selector, 'network', workload, 'the pods of its NetworkPolicy');
}

/** Says what must get through, and what one end's own policies must refuse, whatever the other end says. */
export function requirer(world: World, workload: Manifest) {
  const say = (what: string, { port, protocol = 'TCP' }: Connection, holds: boolean, expected: string) =>
    world.expect(holds, 'network', workload, `${what} at ${protocol} ${port} must ${expected}`);
  const never = (side: Direction) => (what: string, connection: Connection) =>
    say(what, connection, !allowedBy(world, connection, side), 'be refused');
  return {
    must: (what: string, connection: Connection) => say(what, connection, allowed(world, connection), 'get through'),
    neverIn: never('Ingress'),
    neverOut: never('Egress'),
  };
}

/** Pods that are nearly the same: one label has another value, or the namespace is another. */
export function nearly({ namespace, labels }: { namespace: string; labels: Labels }, selector: Labels): End[] {
  const strangers = Object.keys(selector).map((key) => ({ namespace, labels: { ...labels, [key]: 'another' } }));
  return [...strangers, { namespace: 'elsewhere', labels }];
}

function members(world: World, { set, name, namespace, container }: ClusterParts): void {
  const { must, neverIn, neverOut } = requirer(world, set);
  const member = podOf(set);
  const client = { namespace, labels: { [`${name}-client`]: 'true' } };
  const strangers = nearly(member, set.spec.selector?.matchLabels ?? {});
  for (const port of [HTTP, REPLICATION]) {
    must('member to member', { from: member, to: member, port });
    neverIn('an address outside', { from: OUTSIDE, to: member, port });
    for (const stranger of strangers) {
      neverIn('a pod that is no member', { from: stranger, to: member, port });
      neverOut('a member to another pod', { from: member, to: stranger, port });
    }
  }
  must('a client', { from: client, to: member, port: HTTP });
  for (const stranger of nearly(client, client.labels)) {
    if (!('ip' in stranger) && stranger.namespace === 'elsewhere') continue;
    neverIn('a pod without the label of clients', { from: stranger, to: member, port: HTTP });
  }
  for (const port of [REPLICATION, 80]) neverIn('a client', { from: client, to: member, port });
  neverIn('a member', { from: member, to: member, port: 80 });
  neverOut('a member', { from: member, to: member, port: 80 });
  requireDns(world, set);
  // the vendor is asked about a licence, or told of the use, only where somebody wanted that
  const env: Manifest[] = container.env;
  const telemetry = env.find((variable) => /_TELEMETRY_OPTOUT$/.test(variable.name))?.value === 'false';
  const licence = env.some((variable) => /_LICENSING__LICENSE_KEY$/.test(variable.name));
  const toVendor = { from: member, to: OUTSIDE, port: 443 };
  if (telemetry || licence) must('a member to the vendor', toVendor);
  else neverOut('a member to the vendor', toVendor);
  for (const port of [80, HTTP]) neverOut('a member to the outside', { from: member, to: OUTSIDE, port });
}

export function requireDns(world: World, workload: Manifest): void {
  const { must, neverOut } = requirer(world, workload);
  for (const protocol of ['UDP', 'TCP'] as const) {
    must('a question to the DNS', { from: podOf(workload), to: DNS, port: 53, protocol });
    neverOut('another question', { from: podOf(workload), to: DNS, port: 54, protocol });
  }
}

function door(world: World, { deployment, cluster, service, balanced }: FrontendParts): void {
  const { must, neverIn, neverOut } = requirer(world, deployment);
  const nginx = podOf(deployment);
  const anybody: End = { namespace: 'elsewhere', labels: { app: 'anybody' } };
  if (cluster) {
    const member = podOf(cluster.set);
    must('nginx to a member', { from: nginx, to: member, port: HTTP });
    for (const port of [REPLICATION, 80]) neverOut('nginx to a member', { from: nginx, to: member, port });
    for (const stranger of nearly(member, cluster.set.spec.selector.matchLabels)) {
      neverOut('nginx to a pod that is no member', { from: nginx, to: stranger, port: HTTP });
    }
  }
  requireDns(world, deployment);
  for (const port of [80, 443, HTTP]) neverOut('nginx to the outside', { from: nginx, to: OUTSIDE, port });

  must('any pod of Kubernetes', { from: anybody, to: nginx, port: HTTP });
  neverIn('any pod', { from: anybody, to: nginx, port: 80 });
  const ranges: string[] | undefined = service?.spec.loadBalancerSourceRanges;
  if (!balanced) {
    world.expect(ranges === undefined, 'network', deployment, 'ranges are for load balancers');
    neverIn('an address outside', { from: OUTSIDE, to: nginx, port: HTTP });
  } else if (!ranges) {
    must('an address outside', { from: OUTSIDE, to: nginx, port: HTTP });
  } else {
    for (const range of ranges) must(`an address of ${range}`, { from: { ip: firstOf(range) }, to: nginx, port: HTTP });
    for (const ip of ['198.51.100.7', '192.0.2.7', '100.64.0.7', '11.0.0.1', '192.168.8.1', '203.0.114.1']) {
      if (!ranges.some((range) => inRange(ip, range))) neverIn(ip, { from: { ip }, to: nginx, port: HTTP });
    }
    const blocks = policiesOf(world, nginx, 'Ingress').flatMap((policy) =>
      JSON.stringify(policy).match(/"cidr":"[^"]*"/g),
    );
    world.equal(blocks.sort(), ranges.map((cidr) => `"cidr":"${cidr}"`).sort(), 'network', deployment, 'the ranges');
  }
}

function firstOf(range: string): string {
  return String(range).split('/')[0];
}
