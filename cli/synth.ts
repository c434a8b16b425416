import type { CommandModule } from 'yargs';
import { buildApp } from '../charts/build-app';
import type { GeneratorOptions } from '../charts/options';
import { warningsOf } from '../lib/warnings';
import { AZURE_SCRIPT_DEFAULTS } from './azure-script';
import type { Given } from './config-file';
import { yargsOptions } from './flags';
import { isBenchmark, type ManifestFile, render, writeManifests } from './output';
import { type Settled, settle } from './settle';

/** `npm run synth`: writes the manifests of one cluster. */
export const synthCommand: CommandModule = {
  command: ['synth', '$0'],
  describe: 'write the manifests of a cluster as plain YAML',
  builder: (yargs) =>
    yargs
      .usage('npm run synth -- [flags]')
      .options(yargsOptions())
      .group('help', 'Output:')
      .example('npm run synth -- --nodes 3 --storage azurefile', 'one Azure file share a member')
      .example('npm run synth -- --nodes 5 --storage disk --out es', 'five members on disks'),
  handler: (argv) => synth(argv as Given),
};

function synth(argv: Given): void {
  const settled = settle(argv);
  const app = buildApp(settled.options);
  // what is printed goes straight to kubectl, and a load would start with the cluster
  const files = render(app).filter((file) => !(settled.stdout && isBenchmark(file)));
  if (settled.stdout) process.stdout.write(files.map((file) => `---\n${file.text}`).join(''));
  else writeManifests(settled.out, files);

  // the YAML may go down a pipe: all else goes beside it
  const say = settled.stdout ? process.stderr : process.stdout;
  if (!settled.quiet && !settled.stdout) say.write(`${written(settled.out, files)}\n`);
  for (const warning of warningsOf(app)) process.stderr.write(`${warning.code} ${warning.message}\n`);
  for (const idle of settled.idle) process.stderr.write(`ES006W ${idle}\n`);
  if (!settled.quiet) say.write(`\n${nextCommands(settled)}\n`);
}

function written(folder: string, files: ManifestFile[]): string {
  const width = Math.max(...files.map((file) => file.name.length));
  return [
    `wrote to ${folder}/`,
    ...files.map(
      (file) => `  ${file.name.padEnd(width)}  ${file.objects} ${file.objects === 1 ? 'object' : 'objects'}`,
    ),
  ].join('\n');
}

function nextCommands({ options, out, stdout }: Settled): string {
  const apply = stdout ? 'kubectl apply -f -' : `kubectl apply -f ${out}/`;
  const door = options.frontend ? `${options.name}-frontend` : options.name;
  return [
    'next:',
    ...azureSteps(options),
    ...grafanaStep(options),
    `  ${apply}`,
    `  kubectl -n ${options.namespace} rollout status statefulset/${options.name}`,
    `  kubectl -n ${options.namespace} port-forward service/${door} 2113`,
    ...(options.monitoring === 'influxdb'
      ? [
          `  kubectl -n ${options.namespace} port-forward service/monitoring-grafana 3000:${options.grafanaTlsSecret ? 443 : 80}`,
        ]
      : []),
    ...(options.benchmark && !stdout
      ? [
          `  kubectl apply -f ${out}/benchmark/   # when all is up: the load starts at once`,
          `  npm run bench:fetch -- --namespace ${options.namespace} --name ${options.name} --out results/${options.benchmark.variant ?? options.storage}`,
        ]
      : []),
  ].join('\n');
}

/** The Secret with Grafana's administrator must be there first. */
function grafanaStep({ monitoring, namespace, grafanaSecret }: GeneratorOptions): string[] {
  if (monitoring !== 'influxdb' || grafanaSecret === undefined) return [];
  const literals = '--from-literal=admin-user=admin --from-file=admin-password';
  return [
    `  kubectl -n ${namespace} create secret generic ${grafanaSecret} ${literals}   # the password is in the file`,
  ];
}

/** The shares and the Secret must be there first. */
function azureSteps(options: GeneratorOptions): string[] {
  if (options.storage !== 'azurefile') return [];
  const what = options.protocol === 'nfs' ? 'the shares' : `the shares and the Secret ${options.secretName}`;
  const size = options.size === undefined ? undefined : `${options.size / 1024}Gi`;
  const standard = AZURE_SCRIPT_DEFAULTS;
  const flags: [flag: string, value: string | number | undefined, unless?: string][] = [
    ['nodes', options.nodes],
    ['name', options.name, standard.name],
    ['namespace', options.namespace, standard.namespace],
    ['share-prefix', options.sharePrefix, standard.sharePrefix],
    ['secret-name', options.secretName, standard.secretName],
    ['protocol', options.protocol, standard.protocol],
    ['size', size],
    ['resource-group', options.resourceGroup],
    ['storage-account', options.storageAccount],
  ];
  const given = flags.filter(([, value, unless]) => value !== undefined && value !== unless);
  const command = given.map(([flag, value]) => ` --${flag} ${value}`).join('');
  return [`  npm run -s azure --${command} > azure.sh   # makes ${what}: read it, then run it`];
}
