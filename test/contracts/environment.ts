import facts from '../facts/options.json';
import type { Manifest } from '../helpers';
import { directives, milliseconds, parse } from './nginx-parser';
import { type ClusterParts, clustersOf, frontendsOf, prefixOf } from './parts';
import { onSmb } from './storage';
import { type Contract, podSpec, type World } from './world';

/** Options of plug-ins, which the servers' sources do not list: in their documentation since that line. */
const SECTIONS: Record<string, number> = {
  SECONDARY_INDEXING__ENABLED: 25.1,
  LICENSING__LICENSE_KEY: 24.1,
  AUTO_SCAVENGE__ENABLED: 24.1,
};
const OURS = ['POD_NAME', 'SERVER_ENV_PREFIX', 'LOCAL_URL', 'CURL_OPTIONS', 'LOST_MAJORITY_SECONDS'];
const OPTIONS = Object.values(facts.options) as { env: string; lines: string[]; type: string }[];

/**
 * Times, in milliseconds. Longer ones and a frozen member is noticed too late; shorter ones and a busy one is deposed.
 * Where there is a figure the server's own counts unless another is set; the others must be said.
 */
const TIMES: Record<string, [least: number, most: number, own?: number]> = {
  GOSSIP_TIMEOUT_MS: [1000, 10_000, 2500],
  LEADER_ELECTION_TIMEOUT_MS: [1000, 5000, 1000],
  REPLICATION_HEARTBEAT_INTERVAL: [500, 2000, 700],
  REPLICATION_HEARTBEAT_TIMEOUT: [1000, 5000],
  PREPARE_TIMEOUT_MS: [1000, 5000],
  COMMIT_TIMEOUT_MS: [1000, 5000],
};

/** Options are known to the line, and their values make one cluster of the members. */
export const environment: Contract = (world) => {
  for (const cluster of clustersOf(world)) {
    requireKnown(world, cluster);
    requireMembership(world, cluster);
    requireBehaviour(world, cluster);
    requireTimes(world, cluster);
    if (cluster.secure) requireCertificates(world, cluster);
    else requireInsecure(world, cluster);
  }
};

/** The server refuses to start on one option that it does not know, or one value of the wrong kind. */
function requireKnown(world: World, { set, container, line }: ClusterParts): void {
  const prefix = prefixOf(line);
  for (const { name, value, valueFrom } of container.env as Manifest[]) {
    if (OURS.includes(name)) continue;
    if (!world.expect(name.startsWith(prefix), 'options', set, `${name} is nobody's variable`)) continue;
    const bare = name.slice(prefix.length);
    const option = OPTIONS.find(({ env }) => env === bare);
    const known = bare.includes('__') ? Number(line) >= (SECTIONS[bare] ?? 99) : option?.lines.includes(line);
    world.expect(known, 'options', set, `${bare} is unknown on ${line}`);
    if (valueFrom) continue;
    const type = option?.type ?? (bare.endsWith('__ENABLED') ? 'bool' : 'string');
    const form = type === 'bool' ? /^(true|false)$/ : /^(int|long)$/.test(type) ? /^-?\d+$/ : /./;
    world.expect(form.test(value), 'options', set, `${bare} takes a ${type}, not ${value}`);
  }
}

/** Members find each other by the seed list, in which all are spelled as they advertise themselves. */
function requireMembership(world: World, { set, container, members, options, advertised, line }: ClusterParts): void {
  const env: Manifest[] = container.env;
  const position = (name: string) => env.findIndex((variable) => variable.name === name);
  const pod = env.find(({ name }) => name === 'POD_NAME');
  world.equal(
    pod?.valueFrom,
    { fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.name' } },
    'options',
    set,
    'POD_NAME',
  );
  const first = env.findIndex(({ value }) => /\$\(POD_NAME\)/.test(value ?? ''));
  // Kubernetes fills in only what stands before
  world.expect(position('POD_NAME') < first, 'options', set, 'POD_NAME must stand before what holds it');
  const prefix = env.find(({ name }) => name === 'SERVER_ENV_PREFIX')?.value;
  world.equal(`${prefix}_`, prefixOf(line), 'options', set, 'SERVER_ENV_PREFIX and an underscore');

  const name = '$(POD_NAME).' + advertised[0].slice(members[0].length + 1).replace(/:\d+$/, '');
  const many = members.length > 1;
  const expected: Record<string, string | undefined> = {
    CLUSTER_SIZE: String(members.length),
    // with DNS discovery the seeds are ignored and the cluster never forms; one node takes no seeds
    DISCOVER_VIA_DNS: many ? 'false' : undefined,
    GOSSIP_SEED: many ? advertised.join(',') : undefined,
    NODE_IP: '0.0.0.0',
    REPLICATION_IP: '0.0.0.0',
    NODE_HOST_ADVERTISE_AS: name,
    REPLICATION_HOST_ADVERTISE_AS: name,
    READ_ONLY_REPLICA: undefined,
    ADVERTISE_HOST_TO_CLIENT_AS: undefined,
    NODE_PORT: undefined,
    REPLICATION_PORT: undefined,
    ALLOW_UNKNOWN_OPTIONS: undefined,
    MEM_DB: undefined,
    UNSAFE_DISABLE_FLUSH_TO_DISK: undefined,
  };
  for (const [option, value] of Object.entries(expected)) world.equal(options[option], value, 'options', set, option);
}

function requireBehaviour(world: World, cluster: ClusterParts): void {
  const { set, options, line } = cluster;
  // a root file system that nobody can write: logs go to the container's own
  world.equal(options.DISABLE_LOG_FILE, 'true', 'options', set, 'DISABLE_LOG_FILE');
  world.equal(options.LOG_CONSOLE_FORMAT, 'Json', 'options', set, 'LOG_CONSOLE_FORMAT');
  // without it streams over HTTP are 404, in the user interface too
  world.equal(options.ENABLE_ATOM_PUB_OVER_HTTP, 'true', 'options', set, 'ENABLE_ATOM_PUB_OVER_HTTP');
  world.expect(/^(true|false)$/.test(options.TELEMETRY_OPTOUT ?? ''), 'options', set, 'TELEMETRY_OPTOUT must be said');
  const indexes = 'SECONDARY_INDEXING__ENABLED';
  // DuckDB's file is not made for SMB
  if (onSmb(world, cluster) && Number(line) >= 25.1) {
    world.equal(options[indexes], 'false', 'options', set, indexes);
  }
  if (line === '23.10') {
    // automatic sizing came later: 23.10 would take most of the machine's memory
    world.within(Number(options.STREAM_INFO_CACHE_CAPACITY), 1000, 200_000, 'options', set, 'the stream info cache');
    world.within(Number(options.READER_THREADS_COUNT), 1, 16, 'options', set, 'the reader threads');
  }
}

function requireTimes(world: World, cluster: ClusterParts): void {
  const { set, options } = cluster;
  const time = (option: string) => Number(options[option] ?? TIMES[option][2]);
  for (const [option, [least, most]] of Object.entries(TIMES)) {
    world.within(time(option), least, most, 'options', set, option);
  }
  const beats = time('REPLICATION_HEARTBEAT_INTERVAL') * 2 <= time('REPLICATION_HEARTBEAT_TIMEOUT');
  world.expect(beats, 'options', set, 'two heartbeats must fit into their time-out');
  for (const { cluster: behind, config, deployment } of frontendsOf(world)) {
    if (behind?.set !== set) continue;
    // a follower whose leader is gone holds an append so long; before, nginx gives up on what may still be stored
    const writes = directives(parse(config), 'location @append', 'proxy_read_timeout').map(milliseconds);
    const held = time('PREPARE_TIMEOUT_MS') + time('COMMIT_TIMEOUT_MS');
    const patient = writes.length === 1 && writes[0] > held;
    world.expect(patient, 'time-outs', deployment, `nginx must wait longer for an append than ${held} ms`);
  }
}

function requireInsecure(world: World, { set, options, container }: ClusterParts): void {
  world.equal(options.INSECURE, 'true', 'options', set, 'INSECURE');
  const certificates = Object.keys(options).filter((name) => /CERTIFICATE|PASSWORD/.test(name));
  world.equal(certificates, [], 'options', set, 'options of a secure cluster');
  const curl = (container.env as Manifest[]).filter(({ name }) => ['LOCAL_URL', 'CURL_OPTIONS'].includes(name));
  world.equal(curl, [], 'options', set, 'what the script needs for TLS');
}

/** Certificate, key and authority are mounted where the server and the script look for them; passwords by reference. */
function requireCertificates(world: World, { set, options, container, advertised, members }: ClusterParts): void {
  const rule = 'certificates';
  world.equal(options.INSECURE, undefined, rule, set, 'INSECURE');
  requireOneSecret(world, set);
  const files = mountedSecrets(set, container);
  for (const option of ['CERTIFICATE_FILE', 'CERTIFICATE_PRIVATE_KEY_FILE']) {
    world.expect(files.includes(options[option]), rule, set, `${option} ${options[option]} is not mounted`);
  }
  const trusted = files.filter((file) => file.startsWith(`${options.TRUSTED_ROOT_CERTIFICATES_PATH}/`));
  // the server refuses a folder that holds anything but authorities
  world.equal(
    trusted.map((file) => file.split('/').at(-1)),
    ['ca.crt'],
    rule,
    set,
    'what the trusted folder holds',
  );
  const value = (name: string) => (container.env as Manifest[]).find((v) => v.name === name)?.value;
  const own = '$(POD_NAME)' + advertised[0].slice(members[0].length);
  world.equal(value('LOCAL_URL'), `https://${own}`, rule, set, 'LOCAL_URL');
  const { CERTIFICATE_FILE: certificate, CERTIFICATE_PRIVATE_KEY_FILE: key } = options;
  const curl = `--resolve ${own}:127.0.0.1 --cacert ${trusted[0]} --cert ${certificate} --key ${key}`;
  world.equal(value('CURL_OPTIONS'), curl, rule, set, 'CURL_OPTIONS');
  for (const [option, password] of [
    ['DEFAULT_ADMIN_PASSWORD', 'admin'],
    ['DEFAULT_OPS_PASSWORD', 'ops'],
  ]) {
    const variable = (container.env as Manifest[]).find(({ name }) => name.endsWith(`_${option}`));
    const secret = variable?.valueFrom?.secretKeyRef;
    world.equal(secret?.key, variable && password, rule, set, `the key of ${option}`);
  }
  const passwords = (container.env as Manifest[]).filter(({ name }) => /PASSWORD/.test(name));
  const secrets = new Set(passwords.map((variable) => variable.valueFrom?.secretKeyRef?.name));
  const both = passwords.length === 0 || (passwords.length === 2 && secrets.size === 1);
  world.expect(both, rule, set, 'both passwords come from one Secret, or none does');
}

/** Certificate and authority are from one Secret, as cert-manager writes it. */
function requireOneSecret(world: World, set: Manifest): void {
  const secrets: Manifest[] = podSpec(set).volumes.flatMap(({ secret }: Manifest) => secret ?? []);
  const names = new Set(secrets.map(({ secretName }) => secretName));
  world.equal(names.size, 1, 'certificates', set, 'the number of Secrets with certificates');
}

function mountedSecrets(set: Manifest, container: Manifest): string[] {
  return container.volumeMounts.flatMap(({ name, mountPath }: Manifest) => {
    const volume = podSpec(set).volumes.find((one: Manifest) => one.name === name);
    return (volume?.secret?.items ?? []).map(({ path }: Manifest) => `${mountPath}/${path}`);
  });
}
