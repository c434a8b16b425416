import type { Options } from 'yargs';

/** One flag of the generator, and so one key of its config file (in camel case). */
export interface Flag {
  readonly group: string;
  readonly kind: 'number' | 'text' | 'switch' | 'list';
  readonly describe: string;
  readonly choices?: readonly string[];
  /** what --help says of the default; the default itself stands in settle.ts */
  readonly standard?: string;
}

const CLUSTER = 'Cluster:';
const STORAGE = 'Storage:';
const FRONTEND = 'Front end:';
const OUTPUT = 'Output:';

export const FLAGS: Record<string, Flag> = {
  nodes: { group: CLUSTER, kind: 'number', describe: 'members: 1, 3, 5 or 7', standard: '3' },
  name: { group: CLUSTER, kind: 'text', describe: 'what every object is named after', standard: 'es' },
  namespace: { group: CLUSTER, kind: 'text', describe: 'made with Pod Security "restricted"', standard: 'eventstore' },
  'server-version': {
    group: CLUSTER,
    kind: 'text',
    describe: 'a line (26.0) or a version (24.10.8)',
    standard: '26.0',
  },
  storage: {
    group: STORAGE,
    kind: 'text',
    describe: 'where members keep their data',
    choices: ['podstorage', 'azurefile', 'azurefile-dynamic', 'disk'],
    standard: 'podstorage, alias pod',
  },
  size: {
    group: STORAGE,
    kind: 'text',
    describe: "a member's room: 100Gi",
    standard: '10Gi pod, 100Gi azure, 32Gi disk',
  },
  'storage-class': {
    group: STORAGE,
    kind: 'text',
    describe: 'disk: the StorageClass',
    standard: 'managed-csi-premium',
  },
  protocol: {
    group: STORAGE,
    kind: 'text',
    describe: 'azurefile: how shares are mounted',
    choices: ['smb', 'nfs'],
    standard: 'smb',
  },
  'share-prefix': {
    group: STORAGE,
    kind: 'text',
    describe: "azurefile: the shares' names without their number",
    standard: 'esdisk-',
  },
  'secret-name': {
    group: STORAGE,
    kind: 'text',
    describe: 'azurefile: the Secret with account and key',
    standard: 'azure-secret',
  },
  'resource-group': { group: STORAGE, kind: 'text', describe: 'azurefile: of the storage account' },
  'storage-account': { group: STORAGE, kind: 'text', describe: 'azurefile: where the shares lie; NFS needs it' },
  frontend: {
    group: FRONTEND,
    kind: 'switch',
    describe: 'nginx before the members; --no-frontend for none',
    standard: 'true',
  },
  exposure: {
    group: FRONTEND,
    kind: 'text',
    describe: 'who reaches it',
    choices: ['cluster', 'internal', 'public'],
    standard: 'cluster',
  },
  'allowed-ips': {
    group: FRONTEND,
    kind: 'list',
    describe: 'CIDRs that a load balancer lets in, with commas',
    standard: 'all',
  },
  monitoring: {
    group: OUTPUT,
    kind: 'text',
    describe: 'monitoring stack (not built yet)',
    choices: ['none'],
    standard: 'none',
  },
  benchmark: {
    group: OUTPUT,
    kind: 'text',
    describe: 'also a load test: users=100,duration=5m,kills=1m+3m18s',
  },
  out: { group: OUTPUT, kind: 'text', describe: 'the folder to write to', standard: 'dist' },
  stdout: { group: OUTPUT, kind: 'switch', describe: 'print the YAML and write nothing' },
  quiet: { group: OUTPUT, kind: 'switch', describe: 'say nothing but warnings and errors' },
};

/** The flags as yargs takes them. Choices are checked in settle.ts, since config files are held to them too. */
export function yargsOptions(): Record<string, Options> {
  const options = Object.entries(FLAGS).map(([name, flag]): [string, Options] => [
    name,
    {
      group: flag.group,
      type: flag.kind === 'switch' ? 'boolean' : 'string',
      requiresArg: flag.kind !== 'switch',
      describe: flag.choices ? `${flag.describe}: ${flag.choices.join(' | ')}` : flag.describe,
      defaultDescription: flag.standard,
    },
  ]);
  return {
    ...Object.fromEntries(options),
    config: {
      group: OUTPUT,
      type: 'string',
      requiresArg: true,
      describe: 'YAML or JSON with the same names; flags win',
    },
  };
}
