import { BENCHMARK_SCRIPTS } from '../../lib/benchmark/scripts.generated';
import type { Manifest } from '../helpers';
import { host } from './parts';
import { beside, clusterOf, type Program, programsOf, selectorOf, TOKEN_FOLDER, tokenSources } from './stack-parts';
import { type Contract, podSpec, podTemplate, type World } from './world';

const K6_PORT = 6565;
/** How long results wait for somebody to fetch them. */
const DAY = 86_400;
/** Of every k6: it tells nobody of its use, fetches nothing, and writes where it may. */
const K6: Record<string, string> = {
  K6_NO_USAGE_REPORT: 'true',
  K6_AUTO_EXTENSION_RESOLUTION: 'false',
  HOME: '/tmp',
};

/** The Jobs of a benchmark: the generators, and the killer that asks them when to begin. */
export const benchmarks: Contract = (world) => {
  for (const program of programsOf(world)) {
    if (program.component === 'benchmark') requireGenerators(world, program);
    if (program.component === 'benchmark-kills') requireKiller(world, program);
  }
};

/** What both have in common. Returns their settings. */
function requireJob(world: World, program: Program, scripts: (keyof typeof BENCHMARK_SCRIPTS)[]): Manifest {
  const { workload, namespace, instance } = program;
  const pod = podSpec(workload);
  const cluster = clusterOf(world, program);
  world.equal(workload.kind, 'Job', 'benchmark', workload, 'its kind');
  world.expect(cluster, 'benchmark', workload, `there is no cluster ${instance}`);
  // a load that broke is another measurement, not the same again
  world.equal([workload.spec.backoffLimit, pod.restartPolicy], [0, 'Never'], 'benchmark', workload, 'a second try');
  const label = podTemplate(workload).metadata.labels[`${instance}-client`];
  world.equal(label, 'true', 'labels', workload, 'the label that members let in');
  const term = { topologyKey: 'kubernetes.io/hostname', labelSelector: cluster?.set.spec.selector };
  const away = [{ weight: 100, podAffinityTerm: term }];
  // on a machine with a member they would measure each other
  const affinity = { podAntiAffinity: { preferredDuringSchedulingIgnoredDuringExecution: away } };
  world.equal(pod.affinity, affinity, 'benchmark', workload, 'its affinity');
  const name = pod.volumes.find((one: Manifest) => one.name === 'scripts')?.configMap?.name;
  const map = world.find('ConfigMap', namespace, name);
  if (!world.expect(map, 'benchmark', workload, 'nothing brings its scripts') || !map) return {};
  world.equal(map.metadata.labels, workload.metadata.labels, 'labels', map, 'its labels');
  world.equal(Object.keys(map.data).sort(), [...scripts, 'settings.json'].sort(), 'benchmark', map, 'its files');
  for (const script of scripts) {
    const same = map.data[script] === BENCHMARK_SCRIPTS[script];
    world.expect(same, 'benchmark', map, `${script} must be that of lib/benchmark`);
  }
  const settings = JSON.parse(map.data['settings.json']);
  const scheme = cluster?.secure ? 'https' : 'http';
  const members = Object.fromEntries((cluster?.members ?? []).map((one) => [one, one]));
  for (const member of Object.keys(members)) members[member] = `${scheme}://${host(member, namespace)}:2113`;
  world.equal(settings.members, members, 'benchmark', map, 'the members');
  const generators = `${instance}-bench`;
  const peers = `http://${generators}-{}.${host(generators, namespace)}:${K6_PORT}`;
  world.equal(settings.peers, peers, 'benchmark', map, 'the generators');
  return settings;
}

function requireEnvironment(world: World, { workload, container }: Program, values: Record<string, unknown>): void {
  const given = Object.fromEntries(container.env.map((one: Manifest) => [one.name, one.value ?? one.valueFrom]));
  world.equal(given, { ...values, ...K6 }, 'environment', workload, 'its environment');
}

function requireGenerators(world: World, program: Program): void {
  const { workload, namespace, name, container } = program;
  const { spec } = workload;
  const settings = requireJob(world, program, ['load.js', 'audit.js', 'run.sh']);
  const pod = podSpec(workload);
  const { generators, warmup, duration, timeout } = settings;
  const many = generators > 1;
  const expected = many ? ['Indexed', generators, generators] : ['missing', 'missing', 'missing'];
  const indexed = [spec.completionMode, spec.completions, spec.parallelism].map((one) => one ?? 'missing');
  world.equal(indexed, expected, 'benchmark', workload, 'how many run at once, each with its number');
  world.equal(pod.hostname, many ? undefined : `${name}-0`, 'benchmark', workload, 'its hostname');
  world.equal(pod.subdomain, name, 'benchmark', workload, 'its subdomain');
  const service = world.find('Service', namespace, name);
  world.equal(service?.spec.selector, selectorOf(program), 'benchmark', workload, 'the Service of its subdomain');
  world.equal(service?.spec.ports, [{ name: 'k6', port: K6_PORT }], 'benchmark', workload, "the Service's ports");
  world.equal(service?.metadata.labels, workload.metadata.labels, 'labels', workload, "the Service's labels");
  world.equal(container.command, ['sh', '/scripts/run.sh'], 'benchmark', workload, 'its command');
  // what it has begun is finished
  const grace = pod.terminationGracePeriodSeconds;
  world.within(grace, 2 * timeout, 2 * timeout + 60, 'benchmark', workload, 'terminationGracePeriodSeconds');
  // the run, what surrounds it, and the day until somebody fetches the results
  const rest = spec.activeDeadlineSeconds - warmup - duration - DAY;
  world.within(rest, 3600, 12 * 3600, 'benchmark', workload, 'activeDeadlineSeconds beyond the run and a day');
  const results = pod.volumes.find((one: Manifest) => one.name === 'results');
  const printed = container.env.some((one: Manifest) => one.name === 'PRINT');
  world.expect(results?.emptyDir ?? results?.persistentVolumeClaim, 'volumes', workload, 'results need a volume');
  requireEnvironment(world, program, {
    // all generators have it, and no other run
    RUN: { fieldRef: { fieldPath: "metadata.labels['batch.kubernetes.io/controller-uid']" } },
    SCRIPTS: '/scripts',
    SETTINGS: '/scripts/settings.json',
    // a claim keeps those of every run
    RESULTS: results?.persistentVolumeClaim ? '/results/$(RUN)' : '/results',
    LISTEN: `0.0.0.0:${K6_PORT}`,
    ...(printed ? { PRINT: 'true' } : { KEEP_SECONDS: String(DAY) }),
  });
  requireMounts(world, program, ['scripts', '/scripts'], ['results', '/results'], ['tmp', '/tmp']);
  const spread = (pod.topologySpreadConstraints ?? []).map((one: Manifest) => [one.topologyKey, one.whenUnsatisfiable]);
  const apart = [['kubernetes.io/hostname', 'ScheduleAnyway']];
  world.equal(spread, apart, 'spread', workload, 'its spread');
  for (const { topologyKey, labelSelector } of pod.topologySpreadConstraints ?? []) {
    const counted = labelSelector?.matchLabels;
    world.equal(counted, selectorOf(program), 'spread', workload, `the pods that ${topologyKey} counts`);
  }
  requireLoad(world, program, settings);
  const doors = [`${program.instance}-frontend`, program.instance, ...Object.keys(settings.members)];
  const door = /^https?:\/\/([^.]+)\.([^.]+)\.svc\.cluster\.local:2113$/.exec(settings.url) ?? [];
  const known = doors.includes(door[1]) && world.find('Service', namespace, door[1]) && door[2] === namespace;
  world.expect(known, 'benchmark', workload, `the load goes to ${settings.url}, where nothing is`);
}

/** What the scripts read: lib/benchmark/settings.ts says what each is. */
function requireLoad(world: World, program: Program, settings: Manifest): void {
  const { workload, instance } = program;
  const { target, mode, mediaTypes, reads, variant, users, rate, events, retries, url } = settings;
  const rule = 'benchmark';
  const doors: Record<string, string> = {
    frontend: `//${instance}-frontend.`,
    service: `//${instance}.`,
    leader: '//',
  };
  world.expect(
    doors[target] && String(url).includes(doors[target]),
    rule,
    workload,
    `${target} is not where ${url} is`,
  );
  world.equal(mode, rate === undefined ? 'closed' : 'open', rule, workload, 'the mode of the load');
  const maker = clusterOf(world, program)?.options && /^(23|24)\./.test(clusterOf(world, program)?.line ?? '');
  const types = `application/vnd.${maker ? 'eventstore' : 'kurrent'}`;
  world.equal(mediaTypes, types, rule, workload, 'the media types that the line knows');
  world.expect(['any', 'leader'].includes(reads), rule, workload, `${reads} is nobody to read from`);
  world.expect(typeof variant === 'string' && variant !== '', rule, workload, 'the report needs a name for the load');
  world.within(users, 1, 1_000_000, rule, workload, 'users');
  world.within(events, 1, 1_000_000, rule, workload, 'events of a stream');
  world.within(retries, 0, 1000, rule, workload, 'retries');
}

function requireKiller(world: World, program: Program): void {
  const { workload, namespace, container } = program;
  const settings = requireJob(world, program, ['kills.js']);
  const { spec } = workload;
  const victims = ['leader', 'follower', ...Object.keys(settings.members)];
  for (const { victim } of settings.kills) {
    world.expect(victims.includes(victim), 'benchmark', workload, `${victim} is nobody to kill`);
  }
  world.equal(settings.namespace, namespace, 'benchmark', workload, 'where it kills');
  world.equal(settings.api, 'https://kubernetes.default.svc', 'benchmark', workload, 'whom it asks');
  const modes = [spec.completionMode, spec.completions ?? 1, spec.parallelism ?? 1];
  world.equal(modes.slice(1), [1, 1], 'benchmark', workload, 'how many run');
  // a quarter of an hour each until the load starts and until the last pod is back, a minute until its role is known
  const last = Math.max(...settings.kills.map((kill: Manifest) => kill.at));
  const duration = loadOf(world, program)?.duration ?? last;
  const warmup = loadOf(world, program)?.warmup ?? settings.warmup;
  world.equal(settings.warmup, warmup, 'benchmark', workload, 'the warm-up, from whose end kills are timed');
  const rest = spec.activeDeadlineSeconds - settings.warmup - Math.max(last, duration);
  world.within(rest, 31 * 60, 4 * 3600, 'benchmark', workload, 'activeDeadlineSeconds beyond the run');
  const command = ['k6', 'run', '--quiet', '--log-format', 'raw', '--log-output', 'stdout', '/scripts/kills.js'];
  world.equal(container.command, command, 'benchmark', workload, 'its command');
  requireEnvironment(world, program, {
    SETTINGS: '/scripts/settings.json',
    TOKEN_FILE: `${TOKEN_FOLDER}/token`,
    SSL_CERT_FILE: `${TOKEN_FOLDER}/ca.crt`,
  });
  requireMounts(world, program, ['scripts', '/scripts'], ['account', TOKEN_FOLDER], ['tmp', '/tmp']);
  const account = podSpec(workload).volumes.find((one: Manifest) => one.name === 'account');
  world.equal(account?.projected, { sources: tokenSources(3600) }, 'tokens', workload, 'the volume with the token');
}

/** The settings of the generators beside the killer. */
function loadOf(world: World, program: Program): Manifest | undefined {
  const load = beside(world, program, 'benchmark');
  const volumes: Manifest[] = load ? podSpec(load.workload).volumes : [];
  const name = volumes.find((one) => one.name === 'scripts')?.configMap?.name;
  const text = world.find('ConfigMap', program.namespace, name)?.data['settings.json'];
  return text && JSON.parse(text);
}

function requireMounts(world: World, { workload, container }: Program, ...expected: [string, string][]): void {
  const given = container.volumeMounts.map((one: Manifest) => [one.name, one.mountPath]);
  world.equal(given, expected, 'volumes', workload, 'its mounts');
}
