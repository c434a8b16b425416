import type { Manifest } from '../helpers';
import { type Contract, podSpec, podTemplate, type World } from './world';

/** Pods pass Pod Security `restricted`, and what this project promises beyond it. */
export const pods: Contract = (world) => {
  for (const workload of world.workloads) {
    const pod = podSpec(workload);
    // a Service's variables are unknown options to the server, which ends at them
    world.equal(pod.enableServiceLinks, false, 'service links', workload, 'enableServiceLinks');
    requirePodSecurity(world, workload);
    for (const container of [...(pod.initContainers ?? []), ...pod.containers]) {
      requireContainerSecurity(world, workload, container);
      requireImage(world, workload, container);
      requirePorts(world, workload, container);
    }
    requireSpread(world, workload);
    world.expect(
      Object.keys(podTemplate(workload).metadata.labels ?? {}).length > 0,
      'labels',
      workload,
      'its pods have no labels',
    );
  }
};

function requirePodSecurity(world: World, workload: Manifest): void {
  const pod = podSpec(workload);
  const security = pod.securityContext ?? {};
  const rule = 'pod security';
  for (const field of ['hostNetwork', 'hostPID', 'hostIPC', 'shareProcessNamespace', 'ephemeralContainers']) {
    world.expect(!pod[field], rule, workload, `${field} must not be set`);
  }
  world.equal(security.runAsNonRoot, true, rule, workload, 'runAsNonRoot');
  world.within(security.runAsUser, 1, 2 ** 31 - 1, rule, workload, 'runAsUser');
  world.within(security.runAsGroup, 1, 2 ** 31 - 1, rule, workload, 'runAsGroup');
  // volumes and Secrets belong to the group that the processes run as
  world.equal(security.fsGroup, security.runAsGroup, rule, workload, 'fsGroup');
  // a large volume is walked once, not at every start
  world.equal(security.fsGroupChangePolicy, 'OnRootMismatch', rule, workload, 'fsGroupChangePolicy');
  world.equal(security.seccompProfile, { type: 'RuntimeDefault' }, rule, workload, 'seccompProfile');
  const others = Object.keys(security).filter((field) => !POD_FIELDS.includes(field));
  world.equal(others, [], rule, workload, 'further fields of the pod security context');
}

const POD_FIELDS = ['runAsNonRoot', 'runAsUser', 'runAsGroup', 'fsGroup', 'fsGroupChangePolicy', 'seccompProfile'];

function requireContainerSecurity(world: World, workload: Manifest, container: Manifest): void {
  const expected = {
    allowPrivilegeEscalation: false,
    capabilities: { drop: ['ALL'] },
    readOnlyRootFilesystem: true,
  };
  world.equal(container.securityContext, expected, 'pod security', workload, `the security of ${container.name}`);
  const written = (container.volumeMounts ?? []).find((mount: Manifest) => mount.mountPath === '/tmp');
  if (!written) return;
  const volume = (podSpec(workload).volumes ?? []).find(({ name }: Manifest) => name === written.name);
  world.expect(volume?.emptyDir && !written.readOnly, 'volumes', workload, '/tmp must be an emptyDir to write to');
}

/** A tag that stands still, from a registry that is named; kept by the machine, so that no registry's outage stops a pod. */
function requireImage(world: World, workload: Manifest, { image, imagePullPolicy }: Manifest): void {
  const form = /^[a-z0-9][-.a-z0-9]*\.[a-z]+(:\d+)?\/[-._/a-z0-9]+(:v?\d[-.\w]*)(@sha256:[0-9a-f]{64})?$/;
  world.expect(form.test(image ?? ''), 'images', workload, `${image} is no image with a registry and a version`);
  world.equal(imagePullPolicy, 'IfNotPresent', 'images', workload, 'imagePullPolicy');
}

function requirePorts(world: World, workload: Manifest, container: Manifest): void {
  const ports: Manifest[] = container.ports ?? [];
  for (const { name, containerPort, hostPort } of ports) {
    world.within(containerPort, 1024, 65535, 'ports', workload, `the port ${name}`);
    world.expect(/^[a-z0-9]([-a-z0-9]{0,13}[a-z0-9])?$/.test(name ?? ''), 'ports', workload, `${name} names no port`);
    world.expect(hostPort === undefined, 'ports', workload, `${name} must not take a port of the machine`);
  }
  for (const field of ['name', 'containerPort']) {
    const values = ports.map((port) => port[field]);
    world.expect(new Set(values).size === values.length, 'ports', workload, `two ports have one ${field}`);
  }
  world.expect(/^[a-z]([-a-z0-9]*[a-z0-9])?$/.test(container.name ?? ''), 'ports', workload, 'a container has no name');
}

/** Copies keep to machines of their own, and to zones where there are any. */
function requireSpread(world: World, workload: Manifest): void {
  for (const constraint of podSpec(workload).topologySpreadConstraints ?? []) {
    const { labelSelector, maxSkew, topologyKey, whenUnsatisfiable } = constraint;
    // a Job has no selector of ours: what its pods are counted by, its own contract says
    const selector = workload.spec.selector?.matchLabels ?? labelSelector?.matchLabels;
    world.equal(labelSelector?.matchLabels, selector, 'spread', workload, `the pods that ${topologyKey} counts`);
    world.equal(maxSkew, 1, 'spread', workload, `maxSkew of ${topologyKey}`);
    const keys = ['kubernetes.io/hostname', 'topology.kubernetes.io/zone'];
    world.expect(keys.includes(topologyKey), 'spread', workload, `${topologyKey} is no label of machines`);
    const ways = ['DoNotSchedule', 'ScheduleAnyway'];
    world.expect(ways.includes(whenUnsatisfiable), 'spread', workload, `whenUnsatisfiable of ${topologyKey}`);
  }
}
