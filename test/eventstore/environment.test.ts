import { Duration, Size } from 'cdk8s';
import { describe, expect, it } from 'vitest';
import {
  AzureFileProtocol,
  type EventStoreClusterProps,
  EventStoreLogLevel,
  EventStoreProjections,
  EventStoreRelease,
  EventStoreSecurity,
  type EventStoreSettings,
  EventStoreStorage,
} from '../../lib';
import facts from '../facts/options.json';
import { environmentOf, synthesize } from '../helpers';

/** Options of the plug-ins, which the list of the servers' sources does not hold: in their documentation since that line. */
const SECTIONS: Record<string, number> = { SECONDARY_INDEXING__ENABLED: 25.1, LICENSING__LICENSE_KEY: 24.1 };

/** The script's own variables, and the pod's name for Kubernetes to fill in. */
const OURS = ['POD_NAME', 'SERVER_ENV_PREFIX', 'LOCAL_URL', 'CURL_OPTIONS', 'LOST_MAJORITY_SECONDS'];

/** Every typed setting at once: a new one without a value here does not compile. */
const EVERY_SETTING: Required<Omit<EventStoreSettings, 'secondaryIndexes'>> = {
  atomPub: false,
  runProjections: EventStoreProjections.ALL,
  startStandardProjections: true,
  chunksCacheSize: Size.mebibytes(128),
  streamExistenceFilterSize: Size.mebibytes(10),
  streamInfoCacheCapacity: 1000,
  readerThreads: 8,
  maxMemTableSize: 500_000,
  maxAppendSize: Size.mebibytes(1),
  maxTruncation: Size.mebibytes(64),
  gossipInterval: Duration.seconds(1),
  gossipTimeout: Duration.seconds(4),
  leaderElectionTimeout: Duration.seconds(3),
  replicationHeartbeatInterval: Duration.seconds(2),
  replicationHeartbeatTimeout: Duration.seconds(3),
  prepareTimeout: Duration.seconds(2),
  commitTimeout: Duration.seconds(2),
  skipDatabaseVerification: true,
  statsPeriod: Duration.minutes(1),
  logLevel: EventStoreLogLevel.WARNING,
  telemetry: true,
};

const options = Object.values(facts.options) as { env: string; lines: string[]; type: string }[];

/** What is wrong with a variable of a member, if anything. */
function fault(line: string, prefix: string, name: string, value: unknown): string | undefined {
  if (OURS.includes(name)) return undefined;
  if (!name.startsWith(`${prefix}_`)) return `${name} is nobody's`;
  const bare = name.slice(prefix.length + 1);
  if (bare.includes('__')) return Number(line) >= (SECTIONS[bare] ?? 99) ? undefined : `${bare} is unknown on ${line}`;
  const option = options.find(({ env }) => env === bare);
  if (!option?.lines.includes(line)) return `${bare} is unknown on ${line}`;
  if (value === '') return `${bare} is empty`;
  if (option.type === 'bool' && !/^(true|false)$/.test(String(value))) return `${bare} is neither true nor false`;
  if (/^(int|long)$/.test(option.type) && !/^\d+$/.test(String(value))) return `${bare} is no number`;
  return undefined;
}

const SITUATIONS: [string, EventStoreClusterProps][] = [
  ['as it comes', {}],
  ['with one member', { nodes: 1 }],
  ['on SMB', { storage: EventStoreStorage.azureFile() }],
  ['on NFS', { storage: EventStoreStorage.azureFileClass({ protocol: AzureFileProtocol.NFS }) }],
  ['with every typed setting', { settings: EVERY_SETTING, lostMajorityPatience: Duration.minutes(1) }],
  [
    'secure',
    { security: EventStoreSecurity.secret({ certificateSecretName: 'tls', passwordSecretName: 'passwords' }) },
  ],
];

describe.each(EventStoreRelease.lines())('on line %s every option is one that the server knows', (line) => {
  const release = EventStoreRelease.of(line);

  it.each(SITUATIONS)('%s', (_, props) => {
    const environment = environmentOf(synthesize({ release, ...props }));
    const faults = Object.entries(environment).flatMap(
      ([name, value]) => fault(line, release.environmentPrefix, name, value) ?? [],
    );
    expect(faults).toEqual([]);
    expect(Object.keys(environment).length).toBeGreaterThan(15);
  });

  it('and one that were misspelt would be found', () => {
    const { environmentPrefix: prefix } = release;
    expect(fault(line, prefix, `${prefix}_CLUSTR_SIZE`, '3')).toMatch(/unknown/);
    expect(fault(line, prefix, `${prefix}_CLUSTER_SIZE`, '')).toMatch(/empty/);
    expect(fault(line, prefix, `${prefix}_INSECURE`, 'yes')).toMatch(/neither/);
    expect(fault(line, prefix, 'CLUSTER_SIZE', '3')).toMatch(/nobody/);
  });
});

it('secondary indexes and a licence, on the lines that have them', () => {
  const release = EventStoreRelease.of('25.1');
  const environment = environmentOf(
    synthesize({ release, settings: { secondaryIndexes: true }, licenseSecretName: 'licence' }),
  );
  expect(environment.KURRENTDB_SECONDARY_INDEXING__ENABLED).toBe('true');
  for (const [name, value] of Object.entries(environment))
    expect(fault('25.1', 'KURRENTDB', name, value)).toBeUndefined();
});
