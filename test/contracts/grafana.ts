import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { Manifest } from '../helpers';
import { requireService } from './influxdb';
import { host } from './parts';
import { beside, type Program, programsOf } from './stack-parts';
import { type Contract, podSpec, type World } from './world';

const PROVISIONING = '/etc/grafana/provisioning';
const DASHBOARDS = '/etc/monitoring/dashboards';
const ADMIN = '/etc/monitoring/admin';
const TLS = '/etc/monitoring/tls';
/** What dashboards call their data source. */
const UID = 'eventstore';
/** Every panel and its query, for people: a query that is not there is one that nobody decided on. */
const DOCS = readFileSync(join(__dirname, '..', '..', 'docs', 'monitoring.md'), 'utf8').replaceAll('_total"', '"');

/** Grafana finds its data source and its dashboards, and lets nobody change what stands in files. */
export const grafana: Contract = (world) => {
  for (const program of programsOf(world).filter(({ component }) => component === 'grafana')) {
    const { workload } = program;
    const tls = secretAt(program, TLS) !== undefined;
    requireProvisioning(world, program);
    const files = requireDashboards(world, program);
    requireEnvironment(world, program, files, tls);
    requireMounts(world, program);
    const port = { name: tls ? 'https' : 'http', port: tls ? 443 : 80, targetPort: 'http' };
    requireService(world, program, 'grafana', [[port]]);
    world.expect(beside(world, program, 'influxdb'), 'grafana', workload, 'there is no InfluxDB to ask');
  }
};

function secretAt({ workload, container }: Program, path: string): Manifest | undefined {
  const mount = container.volumeMounts.find((one: Manifest) => one.mountPath === path);
  return podSpec(workload).volumes.find((one: Manifest) => one.name === mount?.name)?.secret;
}

function requireProvisioning(world: World, { workload, namespace, instance }: Program): void {
  const name = podSpec(workload).volumes.find((volume: Manifest) => volume.configMap)?.configMap.name;
  const map = world.find('ConfigMap', namespace, name);
  if (!world.expect(map, 'grafana', workload, 'nothing provisions it') || !map) return;
  world.equal(map.metadata.labels, workload.metadata.labels, 'labels', map, 'its labels');
  const source = {
    name: 'InfluxDB',
    uid: UID,
    type: 'influxdb',
    access: 'proxy',
    url: `http://${host(`${instance}-influxdb`, namespace)}:8086`,
    isDefault: true,
    editable: false,
    // a query may be longer than a URL; no interval is shorter than the collector's
    jsonData: { dbName: 'k8s', httpMode: 'POST', timeInterval: '15s' },
  };
  const sources = { apiVersion: 1, prune: true, datasources: [source] };
  const folder = {
    name: 'eventstore',
    type: 'file',
    folder: 'EventStore',
    folderUid: 'eventstore',
    // the files say what there is
    disableDeletion: true,
    allowUiUpdates: false,
    updateIntervalSeconds: 30,
    options: { path: DASHBOARDS },
  };
  const expected = { 'datasources.yaml': sources, 'dashboards.yaml': { apiVersion: 1, providers: [folder] } };
  const given = Object.fromEntries(Object.entries(map.data).map(([file, text]) => [file, read(String(text))]));
  world.equal(given, expected, 'grafana', map, 'what it provisions');
}

function read(text: string): unknown {
  try {
    return parse(text);
  } catch {
    return 'no YAML';
  }
}

/** The dashboards in the folder. Returns the names of their files. */
function requireDashboards(world: World, { workload, namespace, instance }: Program): string[] {
  const volume = podSpec(workload).volumes.find((one: Manifest) => one.name === 'dashboards');
  world.equal(Object.keys(volume?.projected ?? {}), ['sources'], 'grafana', workload, 'the volume with dashboards');
  const uids: string[] = [];
  const files: string[] = [];
  const mounted: string[] = [];
  for (const source of volume?.projected.sources ?? []) {
    world.equal(Object.keys(source), ['configMap'], 'grafana', workload, 'a source of dashboards');
    world.equal(Object.keys(source.configMap), ['name'], 'grafana', workload, 'what is said of a source');
    const map = world.find('ConfigMap', namespace, source.configMap.name);
    const what = `there is no ConfigMap ${source.configMap.name} with dashboards`;
    if (!world.expect(map, 'grafana', workload, what) || !map) continue;
    mounted.push(map.metadata.name);
    world.equal(map.metadata.labels, workload.metadata.labels, 'labels', map, 'its labels');
    world.expect(Object.keys(map.data).length > 0, 'grafana', map, 'it has no dashboard');
    for (const [file, text] of Object.entries(map.data)) {
      files.push(file);
      uids.push(requireDashboard(world, map, file, String(text)));
    }
  }
  world.expect(files.length > 0, 'grafana', workload, 'it has no dashboards');
  world.expect(new Set([...uids]).size === uids.length, 'grafana', workload, 'two dashboards have one uid');
  for (const map of world.of('ConfigMap').filter((one) => one.metadata.namespace === namespace)) {
    if (!map.metadata.name.startsWith(`${instance}-dashboard-`)) continue;
    world.expect(mounted.includes(map.metadata.name), 'grafana', map, 'no folder of Grafana has it');
  }
  return files;
}

/** A dashboard's look is for people; what it must not lack are panels whose queries are those of the docs. */
function requireDashboard(world: World, map: Manifest, file: string, text: string): string {
  world.expect(/^[a-z0-9-]+\.json$/.test(file), 'grafana', map, `${file} is no name of a dashboard`);
  // a TypeError or SyntaxError here is a finding as well
  const dashboard = JSON.parse(text);
  const panels: Manifest[] = dashboard.panels.filter((panel: Manifest) => panel.type !== 'row');
  world.expect(dashboard.title && dashboard.uid, 'grafana', map, `${file} needs a title and a uid`);
  world.expect(panels.length > 0, 'grafana', map, `${file} has no panels`);
  for (const source of sourcesIn(dashboard)) {
    const known = ['influxdb', 'datasource', 'grafana'].includes(source.type);
    const own = source.type !== 'influxdb' || source.uid === UID;
    world.expect(known && own, 'grafana', map, `${file} asks ${source.type} ${source.uid}`);
  }
  for (const panel of panels) {
    if (panel.type === 'text') continue;
    world.expect(panel.targets?.length > 0, 'grafana', map, `the panel ${panel.title} of ${file} asks nothing`);
    for (const { query } of file === 'heapster.json' ? [] : (panel.targets ?? [])) {
      // older lines' metrics have an older prefix and no suffix; heapster's own schema is that of 2017
      const newest = String(query)
        .replaceAll('_total"', '"')
        .replaceAll(/\beventstore_(?=[a-z_]+")/g, 'kurrentdb_');
      world.expect(DOCS.includes(newest), 'grafana', map, `the query of ${panel.title} is not in docs/monitoring.md`);
    }
  }
  return dashboard.uid;
}

function sourcesIn(value: Manifest): Manifest[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => (key === 'datasource' ? [inner] : sourcesIn(inner)));
}

function requireEnvironment(world: World, program: Program, files: string[], tls: boolean): void {
  const { workload, container } = program;
  const given = Object.fromEntries((container.env ?? []).map(({ name, value }: Manifest) => [name, value]));
  const home = given.GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH;
  const known = files.map((file) => `${DASHBOARDS}/${file}`).includes(home);
  world.expect(known, 'environment', workload, `${home}, which is seen first, is no dashboard`);
  const secret = secretAt(program, ADMIN);
  // without a Secret whoever comes may look, and nobody may change anything
  const anonymous = secret === undefined || given.GF_AUTH_ANONYMOUS_ENABLED === 'true';
  const expected = {
    GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH: home,
    GF_AUTH_ANONYMOUS_ENABLED: String(anonymous),
    ...(anonymous && { GF_AUTH_ANONYMOUS_ORG_ROLE: 'Viewer' }),
    ...(secret
      ? {
          GF_SECURITY_ADMIN_USER__FILE: `${ADMIN}/admin-user`,
          GF_SECURITY_ADMIN_PASSWORD__FILE: `${ADMIN}/admin-password`,
        }
      : // there would be an admin whose password everybody knows
        { GF_SECURITY_DISABLE_INITIAL_ADMIN_CREATION: 'true', GF_AUTH_DISABLE_LOGIN_FORM: 'true' }),
    ...(tls && {
      GF_SERVER_PROTOCOL: 'https',
      GF_SERVER_CERT_FILE: `${TLS}/tls.crt`,
      GF_SERVER_CERT_KEY: `${TLS}/tls.key`,
      GF_SECURITY_COOKIE_SECURE: 'true',
    }),
    GF_USERS_ALLOW_SIGN_UP: 'false',
    // nothing is told to the vendor or fetched, and nothing written beside the volumes
    GF_ANALYTICS_REPORTING_ENABLED: 'false',
    GF_ANALYTICS_CHECK_FOR_UPDATES: 'false',
    GF_ANALYTICS_CHECK_FOR_PLUGIN_UPDATES: 'false',
    GF_NEWS_NEWS_FEED_ENABLED: 'false',
    GF_PLUGINS_PREINSTALL_DISABLED: 'true',
    GF_LOG_MODE: 'console',
  };
  world.equal(given, expected, 'environment', workload, 'its environment');
}

function requireMounts(world: World, program: Program): void {
  const { workload, container } = program;
  const secrets = [ADMIN, TLS].filter((path) => secretAt(program, path));
  const expected = [
    ['config', `${PROVISIONING}/datasources/datasources.yaml`, 'datasources.yaml'],
    ['config', `${PROVISIONING}/dashboards/dashboards.yaml`, 'dashboards.yaml'],
    // a folder, not single files: a changed dashboard is seen without a restart
    ['dashboards', DASHBOARDS],
    ...secrets.map((path) => [path.split('/').at(-1), path]),
    ['data', '/var/lib/grafana'],
    ['tmp', '/tmp'],
  ].map(([name, mountPath, subPath]) => [name, mountPath, subPath ?? 'whole']);
  const given = container.volumeMounts.map((one: Manifest) => [one.name, one.mountPath, one.subPath ?? 'whole']);
  world.equal(given, expected, 'volumes', workload, 'its mounts');
  const data = podSpec(workload).volumes.find((one: Manifest) => one.name === 'data');
  world.expect(data?.emptyDir, 'volumes', workload, 'its database needs a volume');
  world.expect(container.command === undefined, 'grafana', workload, "the image's own command starts it");
}
