import type { Manifest } from '../helpers';
import { requireDnsConfig } from './clusters';
import { type FrontendParts, frontendsOf, HTTP } from './parts';
import { requireTiming } from './probes';
import { type Contract, podSpec, podTemplate, type World } from './world';

const AZURE = 'service.beta.kubernetes.io/azure-load-balancer';
const CONFIG = '/etc/frontend/config/nginx.conf';

/** The front end's objects; what its nginx.conf says is nginx.ts' business. */
export const frontends: Contract = (world) => {
  for (const frontend of frontendsOf(world)) {
    requireDeployment(world, frontend);
    requireEnd(world, frontend);
    requireProbes(world, frontend);
    requireService(world, frontend);
    requireExposure(world, frontend);
    if (frontend.cluster?.secure) requireAuthority(world, frontend);
  }
};

function requireDeployment(world: World, { deployment, name, cluster, container, namespace }: FrontendParts): void {
  const { spec } = deployment;
  const pod = podSpec(deployment);
  world.within(spec.replicas, 2, 10, 'front end', deployment, 'replicas');
  // a load balancer needs a while to find a new pod, and a roll-out must never be a pod short
  world.within(spec.minReadySeconds, 5, 30, 'front end', deployment, 'minReadySeconds');
  const { type = 'RollingUpdate', rollingUpdate } = spec.strategy ?? {};
  world.equal(type, 'RollingUpdate', 'front end', deployment, 'the strategy');
  world.equal(rollingUpdate, { maxSurge: 1, maxUnavailable: 0 }, 'front end', deployment, 'rollingUpdate');
  world.expect(cluster, 'front end', deployment, 'the cluster of its label app.kubernetes.io/instance is not there');
  // the members' policy lets pods with this label in
  const labels = podTemplate(deployment).metadata.labels;
  world.equal(labels[`${cluster?.name}-client`], 'true', 'front end', deployment, "the pods' client label");
  const own = { 'app.kubernetes.io/name': 'eventstore', 'app.kubernetes.io/component': 'frontend' };
  for (const [key, value] of Object.entries(own)) {
    world.expect(String(labels[key]).startsWith(value), 'labels', deployment, `${key} must be ${value}`);
  }
  world.equal(pod.serviceAccountName, name, 'accounts', deployment, 'serviceAccountName');
  world.equal(container.name, 'nginx', 'front end', deployment, "the container's name");
  world.equal(pod.containers.length, 1, 'front end', deployment, 'the number of containers');
  world.equal(container.ports, [{ containerPort: HTTP, name: 'http' }], 'front end', deployment, 'the ports');
  // the version that the tests run, as its user
  const image = /^docker\.io\/nginxinc\/nginx-unprivileged:1\.\d+\.\d+-alpine-slim$/.test(container.image);
  world.expect(image, 'front end', deployment, `${container.image} is not nginx-unprivileged`);
  const { runAsUser, runAsGroup } = pod.securityContext ?? {};
  world.equal([runAsUser, runAsGroup], [101, 101], 'front end', deployment, "nginx's user and group");
  requireDnsConfig(world, deployment, 3);
  const spread = (pod.topologySpreadConstraints ?? []).map((c: Manifest) => [c.topologyKey, c.whenUnsatisfiable]);
  const keys = ['kubernetes.io/hostname', 'topology.kubernetes.io/zone'];
  // a front end on the same machine is better than one front end less
  world.equal(
    spread,
    keys.map((key) => [key, 'ScheduleAnyway']),
    'spread',
    deployment,
    'its spread',
  );
  const account = world.find('ServiceAccount', namespace, name);
  world.equal(account?.metadata.labels, deployment.metadata.labels, 'labels', deployment, "its account's labels");
}

/** A pod that leaves is out of the Service before nginx stops, and nginx finishes what it does. */
function requireEnd(world: World, { deployment, container, balanced, config }: FrontendParts): void {
  // not the image's entrypoint, which edits files
  world.equal(container.command, ['nginx', '-e', 'stderr', '-c', CONFIG], 'front end', deployment, 'the command');
  const mount = container.volumeMounts.find(({ mountPath }: Manifest) => CONFIG === `${mountPath}/nginx.conf`);
  const volume = podSpec(deployment).volumes.find(({ name }: Manifest) => name === mount?.name);
  world.expect(volume?.configMap, 'front end', deployment, `nothing brings ${CONFIG}`);
  const [sleep, seconds, ...more] = container.lifecycle?.preStop?.exec?.command ?? [];
  const [least, most] = balanced ? [15, 30] : [3, 15];
  const waits = sleep === 'sleep' && Number(seconds) >= least && Number(seconds) <= most && more.length === 0;
  world.expect(waits, 'front end', deployment, `before it stops it must sleep ${least} to ${most} seconds`);
  const shutdown = Number(/^worker_shutdown_timeout (\d+)s;$/m.exec(config)?.[1]);
  const grace = podSpec(deployment).terminationGracePeriodSeconds;
  const needed = Number(seconds) + shutdown + 2;
  const enough = grace >= needed && grace <= needed + 60;
  world.expect(enough, 'front end', deployment, `terminationGracePeriodSeconds must be ${needed} or a little more`);
}

function requireProbes(world: World, { deployment, container, config, tls }: FrontendParts): void {
  const { livenessProbe: alive, readinessProbe: ready } = container;
  if (!world.expect(alive && ready, 'probes', deployment, 'nginx needs both probes')) return;
  // alive is whoever takes a connection: a slow answer under load is no reason for a restart
  world.equal(alive.tcpSocket, { port: HTTP }, 'probes', deployment, 'what liveness looks at');
  requireTiming(world, deployment, alive, 'liveness', [20, 60], [2, 5]);
  const scheme = tls ? { scheme: 'HTTPS' } : {};
  world.equal(
    ready.httpGet,
    { path: '/healthz', port: HTTP, ...scheme },
    'probes',
    deployment,
    'what readiness asks for',
  );
  requireTiming(world, deployment, ready, 'readiness', [3, 10], [2, 5]);
  world.expect(
    /^\s*location = \/healthz \{$/m.test(config),
    'probes',
    deployment,
    'nginx has no location for the probe',
  );
}

function requireService(world: World, { deployment, service, name }: FrontendParts): void {
  if (!world.expect(service, 'front end', deployment, `there is no Service ${name}`) || !service) return;
  world.equal(service.spec.selector, deployment.spec.selector.matchLabels, 'services', service, 'its selector');
  const ports = [{ name: 'http', port: HTTP, targetPort: 'http' }];
  world.equal(service.spec.ports, ports, 'services', service, 'its ports');
  world.equal(service.metadata.labels, deployment.metadata.labels, 'labels', service, 'its labels');
}

/** A door to the outside is one on purpose. */
function requireExposure(world: World, { service, balanced, cluster, tls }: FrontendParts): void {
  if (!service) return;
  const { externalTrafficPolicy, internalTrafficPolicy } = service.spec;
  const annotations = service.metadata.annotations ?? {};
  world.expect(internalTrafficPolicy === undefined, 'exposure', service, 'pods on any machine reach it');
  const azure = Object.keys(annotations).filter((key) => key.startsWith(AZURE));
  if (!balanced) {
    world.equal(externalTrafficPolicy, undefined, 'exposure', service, 'externalTrafficPolicy');
    world.equal(azure, [], 'exposure', service, "a load balancer's annotations");
    return;
  }
  // nginx and the ranges see the client's real address
  world.equal(externalTrafficPolicy, 'Local', 'exposure', service, 'externalTrafficPolicy');
  // Azure's longest: subscriptions are often silent
  world.equal(annotations[`${AZURE}-tcp-idle-timeout`], '30', 'exposure', service, 'the idle time-out in minutes');
  const known = ['-tcp-idle-timeout', '-internal'].map((end) => AZURE + end);
  world.equal(
    azure.filter((key) => !known.includes(key)),
    [],
    'exposure',
    service,
    'annotations that Azure ignores',
  );
  if (annotations[`${AZURE}-internal`] === 'true') return;
  world.expect(cluster?.secure && tls, 'exposure', service, 'a public door needs TLS, and a secure cluster behind it');
}

/** nginx trusts who the members trust, and gets the authority alone: the Secret holds a member's key. */
function requireAuthority(world: World, { deployment, cluster }: FrontendParts): void {
  const authority = (workload: Manifest) => {
    const secrets = podSpec(workload).volumes.flatMap(({ secret }: Manifest) => secret ?? []);
    return secrets.find(({ items }: Manifest) => items?.some(({ key }: Manifest) => key === 'ca.crt'));
  };
  const trusted = authority(deployment);
  world.equal(trusted?.secretName, authority(cluster?.set)?.secretName, 'certificates', deployment, 'the authority');
  const items = [{ key: 'ca.crt', path: 'ca.crt' }];
  world.equal(trusted?.items, items, 'certificates', deployment, "what it sees of the members' Secret");
}
