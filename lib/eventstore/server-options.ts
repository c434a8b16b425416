import type { Duration, Size } from 'cdk8s';
import { EventStoreError } from '../errors';
import type { FrontendMember } from '../frontend/target';
import { DATABASE_PATH } from './member-pod';
import { isSensitive, optionName, optionType } from './options';
import type { EventStoreRelease } from './release';
import type { EventStoreSettings } from './settings';

type Given = string | number | boolean | undefined;

/** A typed setting: its name here, the server's option, and the value, undefined where the server's default counts. */
type Setting = readonly [setting: keyof EventStoreSettings, option: string, value: Given];

function typedSettings(settings: EventStoreSettings, release: EventStoreRelease, onSmb: boolean): Setting[] {
  const old = release.line === '23.10';
  const milliseconds = (given: Duration | undefined, standard?: number) => given?.toMilliseconds() ?? standard;
  const bytes = (given: Size | undefined) => given && given.toKibibytes() * 1024;
  const noIndexes = onSmb && release.hasOption('SecondaryIndexing__Enabled') ? false : undefined;
  return [
    ['atomPub', 'EnableAtomPubOverHttp', settings.atomPub ?? true],
    ['runProjections', 'RunProjections', settings.runProjections],
    ['startStandardProjections', 'StartStandardProjections', settings.startStandardProjections],
    ['chunksCacheSize', 'ChunksCacheSize', bytes(settings.chunksCacheSize)],
    ['streamExistenceFilterSize', 'StreamExistenceFilterSize', bytes(settings.streamExistenceFilterSize)],
    [
      'streamInfoCacheCapacity',
      'StreamInfoCacheCapacity',
      settings.streamInfoCacheCapacity ?? (old ? 100_000 : undefined),
    ],
    ['readerThreads', 'ReaderThreadsCount', settings.readerThreads ?? (old ? 4 : undefined)],
    ['maxMemTableSize', 'MaxMemTableSize', settings.maxMemTableSize],
    ['maxAppendSize', 'MaxAppendSize', bytes(settings.maxAppendSize)],
    ['maxTruncation', 'MaxTruncation', bytes(settings.maxTruncation)],
    ['gossipInterval', 'GossipIntervalMs', milliseconds(settings.gossipInterval)],
    ['gossipTimeout', 'GossipTimeoutMs', milliseconds(settings.gossipTimeout)],
    ['leaderElectionTimeout', 'LeaderElectionTimeoutMs', milliseconds(settings.leaderElectionTimeout)],
    [
      'replicationHeartbeatInterval',
      'ReplicationHeartbeatInterval',
      milliseconds(settings.replicationHeartbeatInterval),
    ],
    [
      'replicationHeartbeatTimeout',
      'ReplicationHeartbeatTimeout',
      milliseconds(settings.replicationHeartbeatTimeout, 1500),
    ],
    ['prepareTimeout', 'PrepareTimeoutMs', milliseconds(settings.prepareTimeout, 3000)],
    ['commitTimeout', 'CommitTimeoutMs', milliseconds(settings.commitTimeout, 3000)],
    ['secondaryIndexes', 'SecondaryIndexing__Enabled', settings.secondaryIndexes ?? noIndexes],
    ['skipDatabaseVerification', 'SkipDbVerify', settings.skipDatabaseVerification],
    ['statsPeriod', 'StatsPeriodSec', settings.statsPeriod?.toSeconds()],
    ['logLevel', 'LogLevel', settings.logLevel],
    ['telemetry', 'TelemetryOptout', !(settings.telemetry ?? false)],
  ];
}

/**
 * What a member must be told to be one: the same for all of them, since what differs follows from the pod's name. Seeds
 * count only without DNS discovery, a single server takes none, and all members spell them alike, as advertised.
 */
export function memberOptions(members: FrontendMember[], advertisedByPod: string): Record<string, string> {
  const seeds = members.map(({ advertised }) => advertised).join(',');
  return {
    ClusterSize: String(members.length),
    ...(members.length > 1 && { DiscoverViaDns: 'false', GossipSeed: seeds }),
    NodeIp: '0.0.0.0',
    ReplicationIp: '0.0.0.0',
    NodeHostAdvertiseAs: advertisedByPod,
    ReplicationHostAdvertiseAs: advertisedByPod,
    Db: DATABASE_PATH,
    DisableLogFile: 'true',
    LogConsoleFormat: 'Json',
  };
}

/** What `serverOptions` merges. */
export interface ServerOptionsInput {
  readonly release: EventStoreRelease;
  readonly settings: EventStoreSettings;
  readonly extraSettings: Record<string, string>;
  /** options that the cluster sets itself: nobody else may */
  readonly own: Record<string, string>;
  readonly onSmb: boolean;
  readonly secure: boolean;
  readonly licensed: boolean;
}

/** The options of one member: the cluster's own, the typed settings, then the extra ones. */
export function serverOptions(input: ServerOptionsInput): Record<string, string> {
  const { release, settings, own } = input;
  if (settings.leaderElectionTimeout && settings.leaderElectionTimeout.toMilliseconds() < 1000) {
    throw new EventStoreError(
      'ES406',
      `leaderElectionTimeout must be at least 1000 ms, got ${settings.leaderElectionTimeout.toMilliseconds()} ms: the server refuses less`,
    );
  }
  const options = { ...own };
  const settingOf = new Map<string, string>();
  for (const [setting, option, value] of typedSettings(settings, release, input.onSmb)) {
    settingOf.set(option, setting);
    if (value !== undefined) options[option] = String(value);
  }
  for (const [given, value] of Object.entries(input.extraSettings)) {
    const option = optionName(given);
    release.environmentVariable(given); // ES402 when the line lacks it
    requireFree(option, own, settingOf);
    requireNoSecret(option, input.secure);
    requireValue(option, value);
    options[option] = value;
  }
  for (const [option, value] of Object.entries(options)) {
    release.environmentVariable(option);
    if (!input.licensed && release.needsLicense(option, value)) {
      throw new EventStoreError(
        'ES403',
        `option ${option} needs a licence key and there is none: the server would end or leave the feature off, so give licenseSecretName or leave the option out`,
      );
    }
  }
  return options;
}

function requireFree(option: string, own: Record<string, string>, settingOf: Map<string, string>): void {
  const setting = settingOf.get(option);
  if (setting) {
    throw new EventStoreError(
      'ES405',
      `extraSettings must not hold ${option}, which has a typed setting: use settings.${setting}`,
    );
  }
  if (option in own || CONSTRUCT_OWNED.has(option)) {
    throw new EventStoreError(
      'ES405',
      `extraSettings must not hold ${option}, got it: the cluster sets it to what its objects need`,
    );
  }
}

/** Options that follow from the cluster's objects, also where this cluster happens not to set them. */
const CONSTRUCT_OWNED = new Set([
  // gossip would show these in place of the seeds' names, and learners would not find themselves
  'AdvertiseHostToClientAs',
  'AdvertiseHttpPortToClientAs',
  'AdvertiseNodePortToClientAs',
  'NodePortAdvertiseAs',
  'ClusterDns',
  'ClusterGossipPort',
  'ClusterSize',
  'DiscoverViaDns',
  'GossipSeed',
  'ReadOnlyReplica',
  'NodeIp',
  'NodePort',
  'ReplicationIp',
  'ReplicationPort',
  'NodeHostAdvertiseAs',
  'ReplicationHostAdvertiseAs',
  'Db',
  'Log',
  'Config',
  'Insecure',
  'CertificateFile',
  'CertificatePrivateKeyFile',
  'TrustedRootCertificatesPath',
  'MemDb',
  'WhatIf',
  'Help',
  'Version',
]);

function requireNoSecret(option: string, secure: boolean): void {
  if (!isSensitive(option)) return;
  if (!secure && option.startsWith('Default')) {
    throw new EventStoreError(
      'ES310',
      `option ${option} is for secure clusters and this one is insecure: the server would not start, so leave it out or give the cluster security`,
    );
  }
  throw new EventStoreError(
    'ES311',
    `option ${option} is a secret and a manifest is no place for it: name a Secret in security or licenseSecretName instead`,
  );
}

function requireValue(option: string, value: string): void {
  const type = optionType(option);
  const allowed =
    type === 'bool'
      ? /^(true|false)$/
      : type === 'int' || type === 'long'
        ? /^-?\d+$/
        : type === 'double'
          ? /^-?\d+(\.\d+)?$/
          : /./;
  if (!allowed.test(value)) {
    const expected = type === 'bool' ? 'true or false' : allowed.source === '.' ? 'not be empty' : 'a number';
    throw new EventStoreError(
      'ES406',
      `option ${option} must be ${expected}, got ${JSON.stringify(value)}: the server refuses anything else`,
    );
  }
}
