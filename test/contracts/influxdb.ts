import type { Manifest } from '../helpers';
import { type Program, programsOf, selectorOf } from './stack-parts';
import { type Contract, podSpec, quantity, type World } from './world';

const FOLDER = '/var/lib/influxdb';
const GI = 2 ** 30;

const ENVIRONMENT: Record<string, string> = {
  // all on the volume
  INFLUXDB_META_DIR: `${FOLDER}/meta`,
  INFLUXDB_DATA_DIR: `${FOLDER}/data`,
  INFLUXDB_DATA_WAL_DIR: `${FOLDER}/wal`,
  // nothing is told to the vendor, nothing kept about itself, no line for every request
  INFLUXDB_REPORTING_DISABLED: 'true',
  INFLUXDB_MONITOR_STORE_ENABLED: 'false',
  INFLUXDB_HTTP_LOG_ENABLED: 'false',
};

/** Makes the database once InfluxDB answers, and sets its retention at every start: an option that changes is heard. */
const PREPARE = new RegExp(
  [
    '^tries=(?<tries>\\d+)',
    "until influx -execute 'SHOW DATABASES' >/dev/null 2>&1; do",
    '  tries=\\$\\(\\(tries - 1\\)\\); \\[ "\\$tries" -gt 0 \\] \\|\\| exit 1; sleep 1',
    'done',
    'influx -execute \'CREATE DATABASE "k8s" WITH NAME "default"\' &&',
    '  influx -execute \'ALTER RETENTION POLICY "default" ON "k8s" DURATION (?<keep>\\d+[mhd]) SHARD DURATION (?<shard>\\d+[hd]) DEFAULT\'\n$',
  ].join('\n'),
);
const MINUTES: Record<string, number> = { m: 1, h: 60, d: 24 * 60 };

/** InfluxDB keeps its figures on a volume for as long as was asked, behind the Service that all others name. */
export const influxdb: Contract = (world) => {
  for (const program of programsOf(world).filter(({ component }) => component === 'influxdb')) {
    const { workload, container } = program;
    world.equal(container.command, ['influxd'], 'influxdb', workload, 'its command');
    const env = Object.entries(ENVIRONMENT).map(([name, value]) => ({ name, value }));
    world.equal(container.env, env, 'environment', workload, 'its environment');
    world.equal(container.volumeMounts, [{ name: 'data', mountPath: FOLDER }], 'volumes', workload, 'its mounts');
    requirePreparation(world, program);
    requireService(world, program, 'influxdb', [[{ name: 'http', port: 8086 }]]);
    requireVolume(world, program);
  }
};

function requirePreparation(world: World, { workload, container }: Program): void {
  const command: string[] = container.lifecycle?.postStart?.exec?.command ?? [];
  world.equal(Object.keys(container.lifecycle ?? {}), ['postStart'], 'influxdb', workload, 'its lifecycle');
  world.equal(command.slice(0, -1), ['/bin/sh', '-c'], 'influxdb', workload, 'what runs the preparation');
  const found = PREPARE.exec(command.at(-1) ?? '')?.groups;
  if (!world.expect(found, 'influxdb', workload, 'nothing makes the database k8s with its retention') || !found) return;
  // as long as the startup probe waits for a large database
  const { failureThreshold, periodSeconds } = container.startupProbe;
  const patience = (failureThreshold * periodSeconds) / 2;
  world.equal(Number(found.tries), patience, 'influxdb', workload, 'how often the preparation tries');
  const minutes = (text: string) => Number(text.slice(0, -1)) * MINUTES[text.slice(-1)];
  world.expect(minutes(found.keep) >= 60, 'influxdb', workload, 'InfluxDB keeps nothing for less than an hour');
  world.expect(minutes(found.shard) <= minutes(found.keep), 'influxdb', workload, 'shards outlive the retention');
}

/** The Service under which a program is found: its name is in the others' configuration. */
export function requireService(
  world: World,
  program: Program,
  rule: string,
  ports: Manifest[][],
): Manifest | undefined {
  const { workload, name, namespace } = program;
  const service = world.find('Service', namespace, name);
  if (!world.expect(service, rule, workload, `there is no Service ${name}`) || !service) return undefined;
  world.equal(service.spec.selector, selectorOf(program), rule, service, 'its selector');
  world.equal(service.metadata.labels, workload.metadata.labels, 'labels', service, 'its labels');
  const known = ports.some((one) => JSON.stringify(one) === JSON.stringify(service.spec.ports));
  world.expect(known, rule, service, `its ports must be ${JSON.stringify(ports[0])}`);
  return service;
}

function requireVolume(world: World, { workload, name, namespace }: Program): void {
  const { volumes } = podSpec(workload);
  const [{ emptyDir, persistentVolumeClaim }] = volumes;
  world.equal([volumes.length, volumes[0].name], [1, 'data'], 'volumes', workload, 'its volumes');
  if (emptyDir) {
    world.expect(quantity(emptyDir.sizeLimit) >= GI, 'volumes', workload, 'figures need 1Gi or more');
    return;
  }
  world.equal(persistentVolumeClaim, { claimName: name }, 'volumes', workload, 'its claim');
  const claim = world.find('PersistentVolumeClaim', namespace, name);
  if (!world.expect(claim, 'volumes', workload, `there is no claim ${name}`) || !claim) return;
  const { accessModes, resources, storageClassName } = claim.spec;
  world.equal(claim.metadata.labels, workload.metadata.labels, 'labels', claim, 'its labels');
  world.equal(accessModes, ['ReadWriteOnce'], 'volumes', claim, 'its access modes');
  const size = quantity(resources?.requests?.storage);
  world.expect(size >= GI && size <= 64 * 1024 * GI, 'volumes', claim, 'figures need 1Gi or more');
  world.expect(
    /^[a-z0-9][-.a-z0-9]*$/.test(storageClassName ?? ''),
    'volumes',
    claim,
    `${storageClassName} is no class`,
  );
}
