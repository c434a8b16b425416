import { parse } from 'smol-toml';
import type { Manifest } from '../helpers';
import { type ClusterParts, clustersOf, host } from './parts';
import { beside, type Program, programsOf, TOKEN_FOLDER, tokenSources } from './stack-parts';
import { type Contract, podSpec, type World } from './world';

const FOLDER = '/etc/monitoring';
const CA_FOLDER = '/etc/monitoring-ca';
/** The members' own maxima are made for looks of 15 s, so nothing may be asked in another rhythm. */
const INTERVAL = '15s';

/** The collectors: what they read, with which token, and where they write. */
export const telegraf: Contract = (world) => {
  for (const program of programsOf(world)) {
    if (program.component === 'telegraf') {
      requireConfiguration(world, program);
      requirePod(world, program);
    }
    if (program.component === 'heapster') requireHeapster(world, program);
  }
};

function requireConfiguration(world: World, program: Program): void {
  const { workload, namespace } = program;
  const name = (podSpec(workload).volumes ?? []).find((volume: Manifest) => volume.configMap)?.configMap.name;
  const map = world.find('ConfigMap', namespace, name);
  if (!world.expect(map, 'telegraf', workload, 'nothing brings telegraf.conf') || !map) return;
  world.equal(Object.keys(map.data), ['telegraf.conf'], 'telegraf', map, 'its keys');
  world.equal(map.metadata.labels, workload.metadata.labels, 'labels', map, 'its labels');
  const given = read(map.data['telegraf.conf']);
  if (!world.expect(given, 'telegraf', map, 'telegraf.conf is no TOML') || !given) return;
  world.equal(Object.keys(given).sort(), ['agent', 'inputs', 'outputs'], 'telegraf', map, 'its tables');
  world.equal(given.agent, AGENT, 'telegraf', map, '[agent]');
  world.equal(Object.keys(given.inputs), ['kubernetes', 'prometheus'], 'telegraf', map, 'its inputs');
  world.equal(Object.keys(given.outputs), ['influxdb', 'health'], 'telegraf', map, 'its outputs');
  world.equal(given.inputs.kubernetes, [kubelets(world, program)], 'telegraf', map, '[[inputs.kubernetes]]');
  const members = clustersOf(world).flatMap((cluster) => membersOf(world, program, cluster));
  const byUrl = (one: Manifest[]) => [...one].sort((a, b) => (String(a.urls) < String(b.urls) ? -1 : 1));
  world.equal(byUrl(given.inputs.prometheus), byUrl(members), 'telegraf', map, 'the members that it asks');
  const influxdb = {
    urls: [`http://${host(`${program.instance}-influxdb`, namespace)}:8086`],
    database: 'k8s',
    // InfluxDB makes it, with the retention that somebody asked for
    skip_database_creation: true,
    timeout: '5s',
  };
  world.equal(given.outputs.influxdb, [influxdb], 'telegraf', map, '[[outputs.influxdb]]');
  // where the readiness probe asks; after four looks without a figure the pod is of no use
  const health = { service_address: 'http://:8080', max_time_between_metrics: '60s' };
  world.equal(given.outputs.health, [health], 'telegraf', map, '[[outputs.health]]');
}

function read(text: string): Manifest | undefined {
  try {
    return parse(text);
  } catch {
    return undefined;
  }
}

const AGENT = {
  interval: INTERVAL,
  // what all members say lies in one instant, and two pods that overlap write the same points
  round_interval: true,
  precision: INTERVAL,
  omit_hostname: true,
  skip_processors_after_aggregators: true,
  // well inside an interval
  flush_interval: '5s',
  metric_batch_size: 5000,
  // some minutes while InfluxDB is away, within the memory of the pod
  metric_buffer_limit: 100_000,
};

function kubelets(world: World, { namespace }: Program): Manifest {
  const namespaces = [...new Set([...clustersOf(world).map((cluster) => cluster.namespace), namespace])].sort();
  return {
    // the machines that the API server knows
    url: '',
    bearer_token: `${TOKEN_FOLDER}/token`,
    // most kubelets' certificates are signed by themselves
    insecure_skip_verify: true,
    response_timeout: '5s',
    namedrop: ['kubernetes_system_container'],
    // an upgrade would begin a new series
    tagexclude: ['image', 'version'],
    // nobody else's pods
    metricpass: `!('namespace' in tags) || tags.namespace in [${namespaces.map((one) => `'${one}'`).join(', ')}]`,
  };
}

function membersOf(world: World, program: Program, cluster: ClusterParts): Manifest[] {
  const variables = {
    username: '${EVENTSTORE_USERNAME}',
    password: '${EVENTSTORE_PASSWORD}',
    tls_ca: authorityFor(world, program),
  };
  return cluster.advertised.map((address, i) => ({
    urls: [`${cluster.secure ? 'https' : 'http'}://${address}/metrics`],
    metric_version: 2,
    ignore_timestamp: true,
    ...(cluster.secure && variables),
    timeout: '5s',
    tagexclude: ['url', 'otel_scope_*'],
    tags: { namespace: cluster.namespace, cluster: cluster.name, member: cluster.members[i] },
  }));
}

/** The authority of secure members, which is mounted. */
function authorityFor(_world: World, { container }: Program): string {
  const mount = (container.volumeMounts ?? []).find((one: Manifest) => one.mountPath.startsWith(`${CA_FOLDER}/`));
  return `${mount?.mountPath}/ca.crt`;
}

function requirePod(world: World, { workload, container }: Program): void {
  const command = ['telegraf', '--strict-env-handling', '--config', `${FOLDER}/telegraf.conf`];
  world.equal(container.command, command, 'telegraf', workload, 'its command');
  world.expect(container.args === undefined, 'telegraf', workload, 'it has no arguments of its own');
  const paths = container.volumeMounts.map((one: Manifest) => one.mountPath);
  world.equal(paths.slice(0, 2), [FOLDER, TOKEN_FOLDER], 'telegraf', workload, 'its mounts');
  for (const path of paths.slice(2)) {
    world.expect(path.startsWith(`${CA_FOLDER}/`), 'telegraf', workload, `nothing looks at the mount ${path}`);
  }
  requireToken(world, workload, 3600);
}

function requireToken(world: World, workload: Manifest, seconds: number): void {
  const volume = podSpec(workload).volumes.find((one: Manifest) => one.projected);
  // the program's group reads it, and nobody else
  const expected = { defaultMode: 0o440, sources: tokenSources(seconds) };
  world.equal(volume?.projected, expected, 'tokens', workload, 'the volume with the token');
}

function requireHeapster(world: World, program: Program): void {
  const { workload, namespace, container, instance } = program;
  const command = [
    '/heapster',
    // the only port of the kubelets that there still is
    '--source=kubernetes.summary_api:https://kubernetes.default?kubeletHttps=true&kubeletPort=10250&insecure=true&useServiceAccount=true',
    `--sink=influxdb:http://${instance}-influxdb.${namespace}.svc:8086`,
  ];
  world.equal(container.command, command, 'heapster', workload, 'its command');
  const mounts = [{ name: 'token', mountPath: TOKEN_FOLDER, readOnly: true }];
  world.equal(container.volumeMounts, mounts, 'heapster', workload, 'its mounts');
  world.expect(beside(world, program, 'influxdb'), 'heapster', workload, 'there is no InfluxDB to write to');
  // it reads its token once
  requireToken(world, workload, 86_400);
}
