import type { GeneratorOptions } from '../charts/options';
import { EventStoreError } from '../lib/errors';
import { parsePlan } from './benchmark/plan';
import { type Given, readConfig } from './config-file';
import { FLAGS } from './flags';

/** What the generator does, and what it does with the result. */
export interface Settled {
  readonly options: GeneratorOptions;
  readonly out: string;
  readonly stdout: boolean;
  readonly quiet: boolean;
  /** flags that were given and count for nothing, with the reason */
  readonly idle: string[];
}

/** Flags win over the config file, that over the defaults. */
export function settle(argv: Given): Settled {
  const flags = Object.fromEntries(
    Object.keys(FLAGS)
      .filter((name) => argv[name] !== undefined)
      .map((name) => [name, argv[name]]),
  );
  const given: Given = { ...(argv.config !== undefined && readConfig(String(argv.config))), ...flags };
  if (given.storage === 'pod') given.storage = 'podstorage';
  for (const [name, flag] of Object.entries(FLAGS)) requireChoice(name, given[name], flag.choices);
  const text = (name: string) => given[name] as string | undefined;

  const options = {
    nodes: count(text('nodes') ?? '3'),
    storage: text('storage') ?? 'podstorage',
    name: text('name') ?? 'es',
    namespace: text('namespace') ?? 'eventstore',
    serverVersion: text('server-version') ?? '26.0',
    size: mebibytes(text('size')),
    sharePrefix: text('share-prefix') ?? 'esdisk-',
    secretName: text('secret-name') ?? 'azure-secret',
    resourceGroup: text('resource-group'),
    storageAccount: text('storage-account'),
    protocol: text('protocol') ?? 'smb',
    storageClass: text('storage-class'),
    frontend: (given.frontend as boolean | undefined) ?? true,
    exposure: text('exposure') ?? 'cluster',
    allowedIps: list(given['allowed-ips']),
    benchmark: text('benchmark') === undefined ? undefined : parsePlan(text('benchmark')!, text('name') ?? 'es'),
    monitoring: text('monitoring') ?? 'influxdb',
    collector: text('collector') ?? 'telegraf',
    retention: minutes(text('retention')),
    monitoringStorageClass: text('monitoring-storage-class'),
    monitoringSize: mebibytes(text('monitoring-size')),
    grafanaExposure: text('grafana-exposure') ?? 'cluster',
    grafanaSecret: text('grafana-secret'),
    grafanaTlsSecret: text('grafana-tls-secret'),
    nodesProxy: given['nodes-proxy'] === true,
  } as GeneratorOptions;
  return {
    options,
    out: text('out') ?? process.env.CDK8S_OUTDIR ?? 'dist', // the variable is how "cdk8s synth" says it
    stdout: given.stdout === true,
    quiet: given.quiet === true,
    idle: idleFlags(given, options),
  };
}

function requireChoice(flag: string, value: unknown, choices: readonly string[] | undefined): void {
  if (choices && value !== undefined && !choices.includes(value as string)) {
    throw new EventStoreError('ES005', `--${flag} must be one of ${choices.join(', ')}, got ${JSON.stringify(value)}`);
  }
}

/** A number, or NaN, for which the library has the words. */
export function count(text: string): number {
  return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
}

const UNITS: Record<string, number> = { Mi: 1, Gi: 1024, Ti: 1024 ** 2 };

export function mebibytes(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const [, amount, unit] = /^(\d+)(Mi|Gi|Ti)$/.exec(text) ?? [];
  if (!amount) {
    throw new EventStoreError(
      'ES207',
      `size must be a whole number with Mi, Gi or Ti, got ${JSON.stringify(text)}: write e.g. 100Gi`,
    );
  }
  return Number(amount) * UNITS[unit];
}

const MINUTES: Record<string, number> = { m: 1, h: 60, d: 24 * 60 };

export function minutes(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const [, amount, unit] = /^(\d+)([mhd])$/.exec(text) ?? [];
  if (!amount) {
    throw new EventStoreError(
      'ES504',
      `retention must be a whole number with d, h or m, got ${JSON.stringify(text)}: write e.g. 14d`,
    );
  }
  return Number(amount) * MINUTES[unit];
}

function list(value: unknown): string[] | undefined {
  if (value === undefined) return undefined;
  return (Array.isArray(value) ? (value as string[]) : [value as string])
    .flatMap((item) => item.split(','))
    .map((item) => item.trim());
}

const MONITORING_FLAGS = [
  'collector',
  'retention',
  'monitoring-storage-class',
  'monitoring-size',
  'grafana-exposure',
  'grafana-secret',
  'grafana-tls-secret',
  'nodes-proxy',
];

/** Flags of one storage, of the front end or the monitoring, where there is another or none. */
function idleFlags(given: Given, options: GeneratorOptions): string[] {
  const azure = ['azurefile'];
  const storages: Record<string, string[]> = {
    'storage-class': ['disk'],
    protocol: ['azurefile', 'azurefile-dynamic'],
    'share-prefix': azure,
    'secret-name': azure,
    'resource-group': azure,
    'storage-account': azure,
  };
  const byStorage = Object.entries(storages)
    .filter(([flag, own]) => given[flag] !== undefined && !own.includes(options.storage))
    .map(([flag, own]) => `--${flag} counts only with --storage ${own.join(' or ')}, got ${options.storage}`);
  const byFrontend = ['exposure', 'allowed-ips']
    .filter((flag) => given[flag] !== undefined && !options.frontend)
    .map((flag) => `--${flag} counts only with a front end, got --no-frontend`);
  const byOutput =
    given.benchmark !== undefined && given.stdout === true
      ? ['--benchmark counts only with a folder, got --stdout: a load must not start with its cluster']
      : [];
  const byMonitoring = MONITORING_FLAGS.filter(
    (flag) => given[flag] !== undefined && options.monitoring !== 'influxdb',
  ).map((flag) => `--${flag} counts only with --monitoring influxdb, got ${options.monitoring}`);
  const byCollector =
    options.nodesProxy && options.monitoring === 'influxdb' && options.collector !== 'telegraf'
      ? [`--nodes-proxy counts only with --collector telegraf, got ${options.collector}`]
      : [];
  return [...byStorage, ...byFrontend, ...byMonitoring, ...byCollector, ...byOutput];
}
