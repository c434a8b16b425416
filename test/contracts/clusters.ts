import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Manifest } from '../helpers';
import { type ClusterParts, clustersOf, HTTP, type Line, RELEASES, REPLICATION } from './parts';
import { requireTiming } from './probes';
import { type Contract, canonical, podSpec, podTemplate, type World } from './world';

const SCRIPT = '/start/start.sh';
const START_SH = readFileSync(join(__dirname, '..', '..', 'lib', 'eventstore', 'start.sh'), 'utf8');

/** The StatefulSet and what stands around it: what a safe start and a drain rely on. */
export const clusters: Contract = (world) => {
  for (const cluster of clustersOf(world)) {
    requireSet(world, cluster);
    requireServices(world, cluster);
    requireStart(world, cluster);
    requireProbes(world, cluster);
    requirePod(world, cluster);
    requireUser(world, cluster);
  }
};

function requireSet(world: World, { set, name, members }: ClusterParts): void {
  const { spec } = set;
  // pods are es-1 … es-N, and a member waits for the others, so all must start together
  world.equal(spec.ordinals, { start: 1 }, 'members', set, 'ordinals');
  world.equal(spec.podManagementPolicy, 'Parallel', 'members', set, 'podManagementPolicy');
  world.expect([1, 3, 5, 7].includes(spec.replicas), 'members', set, `a cluster has no ${spec.replicas} members`);
  const labels = podTemplate(set).metadata.labels;
  const identity = ['name', 'instance', 'component'].map((part) => `app.kubernetes.io/${part}`);
  const expected = Object.fromEntries(identity.map((key) => [key, labels[key]]));
  // nothing that ever changes: a selector cannot be changed
  world.equal(spec.selector, { matchLabels: expected }, 'selectors', set, 'its selector');
  const own = { name: 'eventstore', instance: name, component: 'node' };
  for (const [part, value] of Object.entries(own)) {
    world.equal(labels[`app.kubernetes.io/${part}`], value, 'labels', set, part);
  }
  const { type = 'RollingUpdate', rollingUpdate } = spec.updateStrategy ?? {};
  world.expect(type === 'RollingUpdate' && !rollingUpdate?.partition, 'members', set, 'a change must roll all pods');
  world.expect((spec.minReadySeconds ?? 0) <= 30, 'members', set, 'minReadySeconds');
  world.expect(members.length === spec.replicas, 'members', set, 'every member must have a name');
}

/** One for the members among themselves, one for clients, and one for every member. */
function requireServices(world: World, { set, name, namespace, members }: ClusterParts): void {
  const labels = podTemplate(set).metadata.labels;
  const http = { name: 'http', port: HTTP };
  const expected: Record<string, [selector: Manifest, ports: Manifest[]]> = {
    [`${name}-nodes`]: [set.spec.selector.matchLabels, [http, { name: 'replication', port: REPLICATION }]],
    [name]: [{ 'cdk8s-eventstore/service': name }, [http]],
    ...Object.fromEntries(
      members.map((member) => [member, [{ 'statefulset.kubernetes.io/pod-name': member }, [http]]]),
    ),
  };
  world.equal(set.spec.serviceName, `${name}-nodes`, 'services', set, 'serviceName');
  world.equal(labels['cdk8s-eventstore/service'], name, 'services', set, "the label for clients' Service");
  for (const [service, [selector, ports]] of Object.entries(expected)) {
    const found = world.find('Service', namespace, service);
    if (!world.expect(found, 'services', set, `there is no Service ${service}`) || !found) continue;
    world.equal(found.spec.selector, selector, 'services', found, 'its selector');
    world.equal(found.spec.ports, ports, 'services', found, 'its ports');
    world.equal(found.metadata.labels, set.metadata.labels, 'labels', found, 'its labels');
    const open = found.spec.type !== undefined && found.spec.type !== 'ClusterIP';
    world.expect(!open, 'services', found, 'members are reached from outside through a front end alone');
  }
}

/** start.sh is PID 1, in the version that is tested here, and answers the readiness probe. */
function requireStart(world: World, { set, namespace, container, line }: ClusterParts): void {
  const program = RELEASES[line as Line]?.program;
  world.equal(container.command, ['/bin/sh', SCRIPT, program], 'start', set, 'the command');
  world.expect(container.args === undefined, 'start', set, 'options are variables, not arguments');
  const mount = container.volumeMounts.find(({ mountPath }: Manifest) => mountPath === '/start');
  const volume = podSpec(set).volumes.find(({ name }: Manifest) => name === mount?.name);
  const map = world.find('ConfigMap', namespace, volume?.configMap?.name);
  if (!world.expect(map, 'start', set, `nothing brings ${SCRIPT}`) || !map) return;
  world.expect(map.data['start.sh'] === START_SH, 'start', map, 'start.sh must be lib/eventstore/start.sh');
  world.equal(Object.keys(map.data), ['start.sh'], 'start', map, 'its keys');
  world.equal(map.metadata.labels, set.metadata.labels, 'labels', map, 'its labels');
  // who resigns and closes its connections needs up to a minute (docs/safe-start.md)
  const grace = podSpec(set).terminationGracePeriodSeconds;
  world.within(grace, 60, 300, 'start', set, 'terminationGracePeriodSeconds');
  // the script resigns on SIGTERM by itself
  world.expect(
    container.lifecycle === undefined,
    'start',
    set,
    'there is nothing to do before the script is told to stop',
  );
}

function requireProbes(world: World, { set, container, secure }: ClusterParts): void {
  const { startupProbe: startup, livenessProbe: alive, readinessProbe: ready } = container;
  if (!world.expect(startup && alive && ready, 'probes', set, 'members need all three probes')) return;
  // the index of a large database is built before HTTP answers, which may take an hour
  world.equal(startup.tcpSocket, { port: 'http' }, 'probes', set, 'what startup looks at');
  requireTiming(world, set, startup, 'startup', [3600, 7200], [1, 5]);
  // the server answers on /ping whoever asks; a frozen one is ended after a minute
  const scheme = secure ? { scheme: 'HTTPS' } : {};
  world.equal(alive.httpGet, { path: '/ping', port: 'http', ...scheme }, 'probes', set, 'what liveness asks for');
  requireTiming(world, set, alive, 'liveness', [45, 90], [3, 10]);
  // only its state tells a member of use; Services must leave a frozen one soon
  world.equal(ready.exec, { command: ['/bin/sh', SCRIPT, 'ready'] }, 'probes', set, 'what readiness asks');
  requireTiming(world, set, ready, 'readiness', [2, 5], [3, 10]);
  for (const probe of [startup, alive, ready]) {
    world.expect((probe.successThreshold ?? 1) === 1, 'probes', set, 'one good answer is enough');
    world.expect((probe.initialDelaySeconds ?? 0) <= 5, 'probes', set, 'the startup probe waits, nothing else');
  }
}

/** What the pod must be to the servers in it. */
function requirePod(world: World, { set, name, container }: ClusterParts): void {
  const pod = podSpec(set);
  world.equal(container.name, 'eventstore', 'members', set, "the container's name");
  world.equal(pod.containers.length, 1, 'members', set, 'the number of containers');
  world.equal(pod.serviceAccountName, name, 'accounts', set, 'serviceAccountName');
  const ports = [
    { containerPort: HTTP, name: 'http' },
    { containerPort: REPLICATION, name: 'replication' },
  ];
  world.equal(container.ports, ports, 'ports', set, 'the ports');
  // the server's named mutex lies in /tmp
  const temp = container.volumeMounts.some(({ mountPath }: Manifest) => mountPath === '/tmp');
  world.expect(temp, 'volumes', set, 'the server needs a /tmp to write to');
  requireDnsConfig(world, set, 1, 'no-aaaa');
  const spread = (pod.topologySpreadConstraints ?? []).map((c: Manifest) => [c.topologyKey, c.whenUnsatisfiable]);
  const expected = [
    // a machine takes one member; a zone more, where zones are fewer than members
    ['kubernetes.io/hostname', 'DoNotSchedule'],
    ['topology.kubernetes.io/zone', 'ScheduleAnyway'],
  ];
  world.equal(spread, expected, 'spread', set, 'its spread');
}

/**
 * A dead machine takes a DNS server with it: short time-outs were most of a fail-over (measured). A member asks once, for
 * its next question is mostly heard by another server, and never for the addresses of IPv6 that names do not have.
 */
export function requireDnsConfig(world: World, workload: Manifest, attempts: number, ...more: string[]): void {
  const options = [
    { name: 'timeout', value: '1' },
    { name: 'attempts', value: String(attempts) },
    { name: 'single-request-reopen' },
    ...more.map((name) => ({ name })),
  ];
  world.equal(podSpec(workload).dnsConfig, { options }, 'dns', workload, 'dnsConfig');
}

/** Image, user and program are those of one line. */
function requireUser(world: World, { set, container, line }: ClusterParts): void {
  const release = RELEASES[line as Line];
  if (!world.expect(release, 'release', set, `${container.image} is of no known line`)) return;
  const image = release.image.test(container.image);
  world.expect(image, 'release', set, `${container.image} is not where ${line} is published: ${release.image}`);
  const { runAsUser, runAsGroup, fsGroup } = podSpec(set).securityContext ?? {};
  const user = release.user;
  world.equal([runAsUser, runAsGroup, fsGroup], [user, user, user], 'release', set, canonical('user, group, fsGroup'));
}
