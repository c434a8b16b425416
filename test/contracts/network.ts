import type { Manifest } from '../helpers';
import { type ClusterParts, clustersOf, type FrontendParts, frontendsOf, HTTP, REPLICATION } from './parts';
import { allowed, type Connection, type End, inRange, policiesOf } from './policy';
import { type Contract, podTemplate, type World } from './world';

const OUTSIDE: End = { ip: '198.51.100.7' };
const DNS: End = { ip: '10.96.0.10' };

/** Who reaches whom, as Kubernetes would decide it from all policies together. */
export const networkPolicies: Contract = (world) => {
  for (const policy of world.of('NetworkPolicy')) {
    const { namespace } = policy.metadata;
    const labels = policy.spec.podSelector?.matchLabels ?? {};
    world.expect(world.selected(namespace, labels).length > 0, 'network', policy, 'its selector finds no pods');
    for (const type of policy.spec.policyTypes ?? []) {
      world.expect(['Ingress', 'Egress'].includes(type), 'network', policy, `${type} is no policy type`);
    }
  }
  for (const workload of world.workloads) {
    for (const direction of ['Ingress', 'Egress'] as const) {
      const found = policiesOf(world, podOf(workload), direction);
      world.expect(found.length > 0, 'network', workload, `no policy says a word about its ${direction}`);
    }
  }
  for (const cluster of clustersOf(world)) members(world, cluster);
  for (const frontend of frontendsOf(world)) door(world, frontend);
};

function podOf(workload: Manifest): { namespace: string; labels: Record<string, string> } {
  return { namespace: workload.metadata.namespace, labels: podTemplate(workload).metadata.labels };
}

/** Says what must be possible, and what must not. */
function requirer(world: World, workload: Manifest) {
  const say = (what: string, connection: Connection, expected: boolean) =>
    world.expect(
      allowed(world, connection) === expected,
      'network',
      workload,
      `${what} at ${connection.protocol ?? 'TCP'} ${connection.port} must ${expected ? 'get through' : 'be refused'}`,
    );
  return {
    must: (what: string, connection: Connection) => say(what, connection, true),
    never: (what: string, connection: Connection) => say(what, connection, false),
  };
}

function members(world: World, { set, name, namespace, container }: ClusterParts): void {
  const { must, never } = requirer(world, set);
  const member = podOf(set);
  const client: End = { namespace, labels: { [`${name}-client`]: 'true' } };
  const stranger: End = { namespace, labels: { app: 'stranger' } };
  const double: End = { namespace: 'elsewhere', labels: member.labels };
  for (const port of [HTTP, REPLICATION]) {
    must('member to member', { from: member, to: member, port });
    never('a stranger', { from: stranger, to: member, port });
    never('pods of another namespace that look like members', { from: double, to: member, port });
    never('an address outside', { from: OUTSIDE, to: member, port });
    never('a member to strangers', { from: member, to: stranger, port });
    never('a member to another namespace', { from: member, to: double, port });
  }
  must('a client', { from: client, to: member, port: HTTP });
  never('a client', { from: client, to: member, port: REPLICATION });
  never('a client', { from: client, to: member, port: 80 });
  never('a member', { from: member, to: member, port: 80 });
  requireDns(world, set);
  // the vendor is asked about a licence, or told of the use, only where somebody wanted that
  const env: Manifest[] = container.env;
  const telemetry = env.find((variable) => /_TELEMETRY_OPTOUT$/.test(variable.name))?.value === 'false';
  const licence = env.some((variable) => /_LICENSING__LICENSE_KEY$/.test(variable.name));
  const toVendor = { from: member, to: OUTSIDE, port: 443 };
  if (telemetry || licence) must('a member to the vendor', toVendor);
  else never('a member to the vendor', toVendor);
  for (const port of [80, HTTP]) never('a member to the outside', { from: member, to: OUTSIDE, port });
}

function requireDns(world: World, workload: Manifest): void {
  const { must } = requirer(world, workload);
  for (const protocol of ['UDP', 'TCP'] as const) {
    must('a question to the DNS', { from: podOf(workload), to: DNS, port: 53, protocol });
  }
}

function door(world: World, { deployment, namespace, cluster, service, balanced }: FrontendParts): void {
  const { must, never } = requirer(world, deployment);
  const nginx = podOf(deployment);
  const anybody: End = { namespace: 'elsewhere', labels: { app: 'anybody' } };
  if (cluster) {
    const member = podOf(cluster.set);
    must('nginx to a member', { from: nginx, to: member, port: HTTP });
    never('nginx to a member', { from: nginx, to: member, port: REPLICATION });
    never('nginx to another namespace', { from: nginx, to: { ...member, namespace: 'elsewhere' }, port: HTTP });
  }
  requireDns(world, deployment);
  never('nginx to a stranger', { from: nginx, to: { namespace, labels: { app: 'stranger' } }, port: HTTP });
  for (const port of [80, 443, HTTP]) never('nginx to the outside', { from: nginx, to: OUTSIDE, port });

  must('any pod of Kubernetes', { from: anybody, to: nginx, port: HTTP });
  never('any pod', { from: anybody, to: nginx, port: 80 });
  const ranges: string[] | undefined = service?.spec.loadBalancerSourceRanges;
  if (!balanced) {
    world.expect(ranges === undefined, 'network', deployment, 'ranges are for load balancers');
    never('an address outside', { from: OUTSIDE, to: nginx, port: HTTP });
  } else if (!ranges) {
    must('an address outside', { from: OUTSIDE, to: nginx, port: HTTP });
  } else {
    for (const range of ranges) must(`an address of ${range}`, { from: { ip: firstOf(range) }, to: nginx, port: HTTP });
    for (const ip of ['198.51.100.7', '192.0.2.7', '100.64.0.7', '11.0.0.1', '192.168.8.1', '203.0.114.1']) {
      if (!ranges.some((range) => inRange(ip, range))) never(ip, { from: { ip }, to: nginx, port: HTTP });
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
