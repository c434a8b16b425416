import type { CommandModule, Options } from 'yargs';
import { AZURE_SCRIPT_DEFAULTS, type AzureScriptOptions, azureScript } from './azure-script';
import { type Given, readConfig } from './config-file';
import { yargsOptions } from './flags';
import { count, mebibytes } from './settle';

/** The generator's flags that say something about Azure. */
const SHARED = [
  'nodes',
  'name',
  'namespace',
  'share-prefix',
  'secret-name',
  'resource-group',
  'storage-account',
  'protocol',
  'size',
  'config',
];

const GROUP = 'Azure:';
const OWN: Record<string, Options> = {
  location: {
    group: GROUP,
    type: 'string',
    requiresArg: true,
    describe: 'the region',
    defaultDescription: 'westeurope',
  },
  aks: {
    group: GROUP,
    type: 'string',
    requiresArg: true,
    describe: 'also make an AKS cluster of this name and fetch its credentials',
  },
  'aks-nodes': {
    group: GROUP,
    type: 'string',
    requiresArg: true,
    describe: 'machines of that cluster',
    defaultDescription: '3',
  },
  'aks-vm-size': {
    group: GROUP,
    type: 'string',
    requiresArg: true,
    describe: 'size of its machines',
    defaultDescription: "AKS' choice",
  },
  'aks-version': {
    group: GROUP,
    type: 'string',
    requiresArg: true,
    describe: 'its Kubernetes version',
    defaultDescription: "AKS' choice",
  },
};

/** `npm run azure`: prints a script for the Azure side of `--storage azurefile`. */
export const azureCommand: CommandModule = {
  command: 'azure',
  describe: 'print a script for the Azure side of --storage azurefile',
  builder: (yargs) =>
    yargs
      .usage(
        'npm run -s azure -- [flags] > azure.sh\n\nPrints a script that makes the Azure file shares of a cluster. Read it, then run it with bash.',
      )
      .options(azureOptions())
      .example('npm run -s azure -- --nodes 3 > azure.sh', 'shares esdisk-1 … esdisk-3 and the Secret')
      .example('npm run -s azure -- --nodes 3 --aks es > azure.sh', 'and an AKS cluster'),
  handler: (argv) => {
    process.stdout.write(azureScript(settleAzure(argv as Given)));
  },
};

function azureOptions(): Record<string, Options> {
  const shared = Object.entries(yargsOptions()).filter(([name]) => SHARED.includes(name));
  return { ...Object.fromEntries(shared), ...OWN };
}

function settleAzure(argv: Given): AzureScriptOptions {
  const given: Given = { ...(argv.config !== undefined && readConfig(String(argv.config))) };
  for (const name of Object.keys(azureOptions())) if (argv[name] !== undefined) given[name] = argv[name];
  const standard = AZURE_SCRIPT_DEFAULTS;
  const text = (name: string) => given[name] as string | undefined;
  const size = mebibytes(text('size'));
  const aks = text('aks');
  return {
    nodes: count(text('nodes') ?? String(standard.nodes)),
    name: text('name') ?? standard.name,
    namespace: text('namespace') ?? standard.namespace,
    sharePrefix: text('share-prefix') ?? standard.sharePrefix,
    secretName: text('secret-name') ?? standard.secretName,
    resourceGroup: text('resource-group') ?? standard.resourceGroup,
    location: text('location') ?? standard.location,
    storageAccount: text('storage-account'),
    protocol: (text('protocol') ?? standard.protocol) as AzureScriptOptions['protocol'],
    sizeGib: size === undefined ? standard.sizeGib : size / 1024,
    ...(aks && {
      aks: {
        name: aks,
        nodeCount: count(text('aks-nodes') ?? '3'),
        vmSize: text('aks-vm-size'),
        kubernetesVersion: text('aks-version'),
      },
    }),
  };
}
