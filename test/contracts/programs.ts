import type { Manifest } from '../helpers';
import { requireDnsConfig } from './clusters';
import { requireTiming, secondsToFail } from './probes';
import { type Program, programsOf, selectorOf } from './stack-parts';
import { type Contract, podSpec, quantity, type World } from './world';

const MI = 2 ** 20;
const GI = 2 ** 30;

type Range = [least: number, most: number];

/** What is promised of a program's container. */
interface Promised {
  readonly image: RegExp;
  /** The image's own user where its files belong to one. */
  readonly user: number;
  readonly ports: Manifest[];
  /** The handler of each probe; `get` stands for an HTTP question, over TLS where Grafana's Secret says so. */
  readonly probes: Record<string, { ask: string; seconds: Range }>;
  /** Processors that are reserved, and that it may use; memory that is reserved, and that it may use. */
  readonly cpu: [Range, Range];
  readonly memory: [Range, Range];
  readonly grace?: number | 'computed';
  /** Whether it leaves a dead machine after half a minute: what has no volume that another machine must get first. */
  readonly moves: boolean;
}

const SMALL: [Range, Range] = [
  [0.05, 0.5],
  [0.5, 4],
];

const PROMISED: Record<string, Promised> = {
  telegraf: {
    image: /\/telegraf:1\.\d+\.\d+$/,
    user: 10001,
    ports: [{ name: 'health', containerPort: 8080 }],
    probes: {
      startupProbe: { ask: '8080', seconds: [90, 300] },
      livenessProbe: { ask: '8080', seconds: [25, 60] },
      // outputs.health answers at / with 503 when nothing was collected
      readinessProbe: { ask: '/ 8080', seconds: [10, 20] },
    },
    cpu: SMALL,
    memory: [
      [64 * MI, GI],
      [256 * MI, 4 * GI],
    ],
    moves: true,
  },
  heapster: {
    image: /\/heapster-amd64:v1\.5\.4$/,
    user: 65534,
    ports: [{ name: 'http', containerPort: 8082 }],
    probes: {
      startupProbe: { ask: '8082', seconds: [90, 300] },
      livenessProbe: { ask: '/healthz 8082', seconds: [25, 60] },
      readinessProbe: { ask: '8082', seconds: [10, 20] },
    },
    cpu: SMALL,
    memory: [
      [64 * MI, GI],
      [256 * MI, 4 * GI],
    ],
    moves: false,
  },
  influxdb: {
    // 1.x: from 2 on there is no InfluxQL without a mapping, and no database that makes itself
    image: /\/influxdb:1\.\d+\.\d+$/,
    user: 10001,
    ports: [{ name: 'http', containerPort: 8086 }],
    probes: {
      // a large database is opened before HTTP answers
      startupProbe: { ask: '/ping 8086', seconds: [300, 1200] },
      livenessProbe: { ask: '8086', seconds: [45, 90] },
      readinessProbe: { ask: '/ping 8086', seconds: [8, 12] },
    },
    cpu: SMALL,
    memory: [
      [128 * MI, 2 * GI],
      [GI, 8 * GI],
    ],
    // what is in memory goes to the disk first
    grace: 60,
    moves: false,
  },
  grafana: {
    // from 13 on InfluxDB is no longer built in
    image: /\/grafana:12\.\d+\.\d+$/,
    user: 472,
    ports: [{ name: 'http', containerPort: 3000 }],
    probes: {
      startupProbe: { ask: '/api/health 3000', seconds: [120, 300] },
      livenessProbe: { ask: '3000', seconds: [45, 90] },
      readinessProbe: { ask: '/api/health 3000', seconds: [10, 20] },
    },
    cpu: SMALL,
    memory: [
      [128 * MI, GI],
      [256 * MI, 4 * GI],
    ],
    moves: true,
  },
  benchmark: {
    image: /\/k6:2\.\d+\.\d+$/,
    user: 12345,
    ports: [{ name: 'k6', containerPort: 6565 }],
    probes: {},
    cpu: [
      [0.25, 2],
      [1, 16],
    ],
    memory: [
      [512 * MI, 64 * GI],
      [512 * MI, 64 * GI],
    ],
    grace: 'computed',
    moves: false,
  },
  'benchmark-kills': {
    image: /\/k6:2\.\d+\.\d+$/,
    user: 12345,
    ports: [],
    probes: {},
    cpu: [
      [0.02, 0.25],
      [0.5, 4],
    ],
    memory: [
      [64 * MI, GI],
      [128 * MI, 2 * GI],
    ],
    moves: false,
  },
};

/** What every pod of the monitoring stack and of the benchmark is to the program in it. */
export const programs: Contract = (world) => {
  for (const program of programsOf(world)) {
    const { workload, name, component, container } = program;
    const promised = PROMISED[component];
    const pod = podSpec(workload);
    world.equal(pod.containers.length, 1, 'programs', workload, 'the number of containers');
    world.equal(pod.serviceAccountName, name, 'accounts', workload, 'serviceAccountName');
    const own = component === 'benchmark' || component === 'benchmark-kills' ? 'k6' : component;
    world.equal(container.name, own, 'programs', workload, "the container's name");
    world.expect(promised.image.test(container.image), 'images', workload, `${container.image} is no ${component}`);
    const { runAsUser, runAsGroup } = pod.securityContext ?? {};
    const users = [promised.user, promised.user];
    world.equal([runAsUser, runAsGroup], users, 'programs', workload, 'user and group');
    world.equal(container.ports ?? [], promised.ports, 'ports', workload, 'the ports');
    requireDnsConfig(world, workload, 3);
    requireTolerations(world, program, promised);
    requireProbes(world, program, promised);
    requireResources(world, program, promised);
    if (promised.grace !== 'computed') {
      const grace = pod.terminationGracePeriodSeconds;
      world.equal(grace, promised.grace, 'programs', workload, 'terminationGracePeriodSeconds');
    }
    if (workload.kind === 'Deployment') requireDeployment(world, program);
  }
};

/** One of each: two would write the same figures twice, or one volume. */
function requireDeployment(world: World, program: Program): void {
  const { workload, component } = program;
  world.equal(workload.spec.replicas, 1, 'programs', workload, 'replicas');
  world.equal(workload.spec.selector, { matchLabels: selectorOf(program) }, 'selectors', workload, 'its selector');
  const alone = ['influxdb', 'grafana'].includes(component) ? { type: 'Recreate' } : undefined;
  world.equal(workload.spec.strategy, alone, 'programs', workload, 'its strategy');
}

function requireTolerations(world: World, { workload }: Program, { moves }: Promised): void {
  const expected = ['not-ready', 'unreachable'].map((state) => ({
    key: `node.kubernetes.io/${state}`,
    operator: 'Exists',
    effect: 'NoExecute',
    tolerationSeconds: 30,
  }));
  const given = podSpec(workload).tolerations;
  world.equal(given, moves ? expected : undefined, 'programs', workload, 'its tolerations');
}

function requireProbes(world: World, { workload, component, container }: Program, { probes }: Promised): void {
  for (const name of ['startupProbe', 'livenessProbe', 'readinessProbe']) {
    const probe = container[name];
    const promised = probes[name];
    if (!world.equal(probe !== undefined, promised !== undefined, 'probes', workload, `whether there is a ${name}`))
      continue;
    if (!promised) continue;
    const tls = component === 'grafana' && (container.env ?? []).some((v: Manifest) => v.value === 'https');
    const [path, port] = promised.ask.includes(' ') ? promised.ask.split(' ') : [undefined, promised.ask];
    const asked = path
      ? { httpGet: { path, port: Number(port), ...(tls && { scheme: 'HTTPS' }) } }
      : { tcpSocket: { port: Number(port) } };
    const { httpGet, tcpSocket, exec } = probe;
    world.equal({ httpGet, tcpSocket, exec }, asked, 'probes', workload, `what the ${name} asks`);
    requireTiming(world, workload, probe, name, promised.seconds, [3, 10]);
    world.expect(secondsToFail(probe) > 0, 'probes', workload, `the ${name} never fails`);
  }
}

function requireResources(world: World, { workload, component, container }: Program, promised: Promised): void {
  const { requests, limits } = container.resources ?? {};
  const inside = (given: unknown, [least, most]: Range, what: string) => {
    const amount = quantity(given);
    world.expect(amount >= least && amount <= most, 'resources', workload, `${what} must be ${least} to ${most}`);
  };
  inside(requests?.cpu, promised.cpu[0], 'reserved processors');
  inside(limits?.cpu, promised.cpu[1], 'processors');
  inside(requests?.memory, promised.memory[0], 'reserved memory');
  inside(limits?.memory, promised.memory[1], 'memory');
  // a generator that is killed for its memory ruins the run
  if (component === 'benchmark') world.equal(limits.memory, requests.memory, 'resources', workload, 'memory');
  const volumes: Manifest[] = podSpec(workload).volumes ?? [];
  const sizes = volumes.filter((volume) => volume.emptyDir).map((volume) => quantity(volume.emptyDir.sizeLimit));
  world.expect(!sizes.some(Number.isNaN), 'resources', workload, 'every emptyDir must have a sizeLimit');
  const temp = volumes.find((volume) => volume.name === 'tmp');
  if (temp) inside(temp.emptyDir?.sizeLimit, [32 * MI, 512 * MI], '/tmp');
  const written = sizes.reduce((sum, size) => sum + size, 0);
  inside(quantity(limits?.['ephemeral-storage']) - written, [64 * MI, GI], 'what logs may take beside the volumes');
  // figures that must not be lost to an eviction are reserved, all else is little
  const kept = component === 'influxdb' ? written : 0;
  inside(quantity(requests?.['ephemeral-storage']) - kept, [32 * MI, GI], 'reserved storage beside the volumes');
}
