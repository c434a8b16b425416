import type { Manifest } from '../helpers';
import { nearly, OUTSIDE, requireDns, requirer } from './network';
import { clustersOf } from './parts';
import type { End } from './policy';
import { beside, clusterOf, isOfStack, type Program, programsOf, selectorOf } from './stack-parts';
import { type Contract, podTemplate, type World } from './world';

const ANYBODY: End = { namespace: 'elsewhere', labels: { app: 'anybody' } };
/** Of kubelets and API servers, whose addresses nobody knows here. */
const KUBERNETES = [10250, 443, 6443];

/** Who reaches whom among the parts of a monitoring stack, of a benchmark, and the members. */
export const stackNetwork: Contract = (world) => {
  for (const program of programsOf(world)) {
    const { workload, name, namespace, component } = program;
    const policy = world.find('NetworkPolicy', namespace, name);
    world.equal(policy?.metadata.labels, workload.metadata.labels, 'network', workload, 'the labels of its policy');
    const own = { matchLabels: selectorOf(program) };
    world.equal(policy?.spec.podSelector, own, 'network', workload, 'the pods of its policy');
    if (component === 'telegraf') collector(world, program);
    if (component === 'heapster') collector(world, program);
    if (component === 'influxdb') figures(world, program);
    if (component === 'grafana') pictures(world, program);
    if (component === 'benchmark') generators(world, program);
    if (component === 'benchmark-kills') killer(world, program);
  }
};

function end({ workload, namespace }: Pick<Program, 'workload' | 'namespace'>) {
  return { namespace, labels: podTemplate(workload).metadata.labels as Record<string, string> };
}

function collector(world: World, program: Program): void {
  const { must, neverIn, neverOut } = requirer(world, program.workload);
  const from = end(program);
  toInfluxdb(world, program);
  for (const port of KUBERNETES) must('a question to Kubernetes', { from, to: OUTSIDE, port });
  for (const port of [80, 2113]) neverOut('anything outside', { from, to: OUTSIDE, port });
  requireDns(world, program.workload);
  neverIn('any pod', { from: ANYBODY, to: from, port: 8080 });
  if (program.component === 'telegraf') for (const cluster of clustersOf(world)) members(world, program, cluster.set);
}

/** Beside the cluster's own policy, which stays as it is, one lets the collector in. */
function members(world: World, program: Program, set: Manifest): void {
  const { must, neverIn, neverOut } = requirer(world, program.workload);
  const from = end(program);
  const to = end({ workload: set, namespace: set.metadata.namespace });
  must('a look at a member', { from, to, port: 2113 });
  for (const port of [1112, 80]) neverOut('a look at a member', { from, to, port });
  for (const port of [1112, 80]) neverIn('a look at a member', { from, to, port });
  for (const stranger of nearly(to, set.spec.selector.matchLabels)) {
    neverOut('a look at a pod that is no member', { from, to: stranger, port: 2113 });
  }
  for (const stranger of nearly(from, selectorOf(program))) {
    neverIn('a pod that is no collector', { from: stranger, to, port: 2113 });
  }
  const name = `${set.metadata.name}-from-${program.namespace}-${program.name}`;
  const policy = world.find('NetworkPolicy', set.metadata.namespace, name);
  const labels = program.workload.metadata.labels;
  world.equal(policy?.metadata.labels, labels, 'network', program.workload, `the labels of the policy ${name}`);
  world.equal(policy?.spec.podSelector, set.spec.selector, 'network', program.workload, `the pods of ${name}`);
}

function toInfluxdb(world: World, program: Program): void {
  const { must, neverOut } = requirer(world, program.workload);
  const from = end(program);
  const influxdb = beside(world, program, 'influxdb');
  if (!world.expect(influxdb, 'network', program.workload, 'there is no InfluxDB') || !influxdb) return;
  const to = end(influxdb);
  must('a way to InfluxDB', { from, to, port: 8086 });
  neverOut('a way to InfluxDB', { from, to, port: 80 });
  for (const stranger of nearly(to, selectorOf(influxdb))) {
    neverOut('a way to what is no InfluxDB', { from, to: stranger, port: 8086 });
  }
}

/** InfluxDB has no users: only who is named comes in, and it asks nobody. */
function figures(world: World, program: Program): void {
  const { must, neverIn, neverOut } = requirer(world, program.workload);
  const to = end(program);
  const { namespace, instance } = program;
  const friends = programsOf(world).filter(
    (one) => isOfStack(one) && one.instance === instance && one.namespace === namespace && one !== program,
  );
  for (const friend of friends.filter(({ component }) => component !== 'influxdb')) {
    for (const stranger of nearly(end(friend), selectorOf(friend)))
      neverIn('a stranger', { from: stranger, to, port: 8086 });
    neverIn('another port', { from: end(friend), to, port: 8088 });
  }
  const namespaces = new Set([...clustersOf(world).map((cluster) => cluster.namespace), namespace]);
  for (const one of namespaces) {
    const writer = { namespace: one, labels: { [`${instance}-client`]: 'true' } };
    must('a writer', { from: writer, to, port: 8086 });
    neverIn('a writer at another port', { from: writer, to, port: 8088 });
    for (const value of ['another', 'false']) {
      const stranger = { namespace: one, labels: { [`${instance}-client`]: value } };
      neverIn('a pod without the label of writers', { from: stranger, to, port: 8086 });
    }
    neverIn('a pod without labels', { from: { namespace: one, labels: {} }, to, port: 8086 });
  }
  const elsewhere = { namespace: 'elsewhere', labels: { [`${instance}-client`]: 'true' } };
  neverIn('a writer elsewhere', { from: elsewhere, to, port: 8086 });
  neverIn('an address outside', { from: OUTSIDE, to, port: 8086 });
  for (const port of [53, 80, 443]) neverOut('InfluxDB to anybody', { from: to, to: OUTSIDE, port });
}

function pictures(world: World, program: Program): void {
  const { must, neverIn, neverOut } = requirer(world, program.workload);
  const to = end(program);
  toInfluxdb(world, program);
  requireDns(world, program.workload);
  for (const port of [80, 443]) neverOut('Grafana to the outside', { from: to, to: OUTSIDE, port });
  must('a pod of Kubernetes', { from: ANYBODY, to, port: 3000 });
  neverIn('another port', { from: ANYBODY, to, port: 80 });
  const service = world.find('Service', program.namespace, program.name);
  const balanced = service?.spec.type === 'LoadBalancer';
  if (balanced) must('an address outside', { from: OUTSIDE, to, port: 3000 });
  else neverIn('an address outside', { from: OUTSIDE, to, port: 3000 });
}

/** k6's API knows no passwords and can stop a test: only the benchmark's own pods reach it. */
function generators(world: World, program: Program): void {
  const { must, neverIn, neverOut } = requirer(world, program.workload);
  const own = end(program);
  const killer = beside(world, program, 'benchmark-kills');
  must('a generator to a generator', { from: own, to: own, port: 6565 });
  const strangers = nearly(own, selectorOf(program)).filter(
    (one) => !('labels' in one) || one.labels['app.kubernetes.io/component'] !== 'benchmark-kills',
  );
  for (const stranger of strangers) {
    neverIn('a pod that is no generator', { from: stranger, to: own, port: 6565 });
    neverOut('a generator to another pod', { from: own, to: stranger, port: 6565 });
  }
  // whether the killer comes with it or not, its labels are known
  const labels = { ...own.labels, 'app.kubernetes.io/component': 'benchmark-kills' };
  const asks = killer ? end(killer) : { namespace: own.namespace, labels };
  const selector = { ...selectorOf(program), 'app.kubernetes.io/component': 'benchmark-kills' };

  if (killer) must('the killer to a generator', { from: asks, to: own, port: 6565 });
  for (const stranger of nearly(asks, selector)) {
    neverIn('a pod that is no killer', { from: stranger, to: own, port: 6565 });
  }
  neverIn('another port', { from: own, to: own, port: 80 });
  for (const port of [80, 443]) neverOut('a generator to the outside', { from: own, to: OUTSIDE, port });
  neverOut('a generator to the outside', { from: own, to: OUTSIDE, port: 6565 });
  for (const port of [80, 1112]) neverOut('a generator to a generator', { from: own, to: own, port });
  const cluster = clusterOf(world, program);
  if (cluster)
    must('a generator to a member', { from: own, to: end({ workload: cluster.set, ...cluster }), port: 2113 });
  must('a generator to a front end', { from: own, to: OUTSIDE, port: 2113 });
  requireDns(world, program.workload);
}

/** The API server's address and port are not known; it asks members, and nobody asks it. */
function killer(world: World, program: Program): void {
  const { must, neverIn } = requirer(world, program.workload);
  const own = end(program);
  const cluster = clusterOf(world, program);
  if (cluster)
    must('the killer to a member', { from: own, to: end({ workload: cluster.set, ...cluster }), port: 2113 });
  for (const port of KUBERNETES) must('the killer to the API server', { from: own, to: OUTSIDE, port });
  must('a question to the DNS', { from: own, to: OUTSIDE, port: 53, protocol: 'UDP' });
  for (const port of [80, 6565]) neverIn('any pod', { from: own, to: own, port });
}
