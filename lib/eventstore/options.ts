/**
 * Every option of the server, line by line. The server refuses to start on an option that its line does not know, so
 * this table decides what a manifest may hold. Not exported from the package: `EventStoreRelease` answers for it.
 *
 * Read in the servers' `ClusterVNodeOptions.cs` at oss-v23.10.8, v24.10.14, v25.1.4, v26.0.3 and v26.1.0, the nested
 * options in the plug-ins and their documentation. `test/facts/options.json` is the recorded list it is tested against.
 *
 * @internal
 */
export interface ServerOption {
  /** the lines that know it: `24.10-` from that line on, `-24.10` up to it, `24.10` it alone; several with a space */
  readonly in: string;
  /** the first patches of its lines that know it, where that is not the first of all: `24.10.12 26.0.3` */
  readonly from?: string;
  /** as in the server's source; `bool` takes true and false only */
  readonly type: string;
  readonly unit?: string;
  /** the lines on which it still works, or has no effect, and the server warns */
  readonly deprecated?: string;
  /** the one value that needs no licence key; an option without it never needs one */
  readonly free?: string;
  readonly sensitive?: boolean;
  /** refused in files and on the command line */
  readonly environmentOnly?: boolean;
}

const ALL = '-';
const OLD = '-24.10';
const FIRST = '-23.10';
const FROM_24 = '24.10-';

// biome-ignore format: one line an option
const TOP: Record<string, ServerOption> = {
  AdvertiseHostToClientAs: { in: ALL, type: 'string' },
  AdvertiseHttpPortToClientAs: { in: OLD, type: 'int', deprecated: OLD },
  AdvertiseNodePortToClientAs: { in: ALL, type: 'int' },
  AdvertiseTcpPortToClientAs: { in: FIRST, type: 'int' },
  AllowAnonymousEndpointAccess: { in: ALL, type: 'bool' },
  AllowAnonymousStreamAccess: { in: ALL, type: 'bool' },
  AllowUnknownOptions: { in: ALL, type: 'bool' },
  AlwaysKeepScavenged: { in: OLD, type: 'bool', deprecated: OLD },
  Archiver: { in: FROM_24, type: 'bool', free: 'false' },
  AuthenticationConfig: { in: ALL, type: 'string' },
  AuthenticationType: { in: ALL, type: 'string', free: 'internal' },
  AuthorizationConfig: { in: ALL, type: 'string' },
  AuthorizationType: { in: ALL, type: 'string', free: 'internal' },
  CachedChunks: { in: ALL, type: 'int' },
  CertificateFile: { in: ALL, type: 'string' },
  CertificatePassword: { in: ALL, type: 'string', sensitive: true },
  CertificatePrivateKeyFile: { in: ALL, type: 'string' },
  CertificatePrivateKeyPassword: { in: ALL, type: 'string', sensitive: true },
  CertificateReservedNodeCommonName: { in: ALL, type: 'string' },
  CertificateStoreLocation: { in: ALL, type: 'string' },
  CertificateStoreName: { in: ALL, type: 'string' },
  CertificateSubjectName: { in: ALL, type: 'string' },
  CertificateThumbprint: { in: ALL, type: 'string' },
  ChunkInitialReaderCount: { in: ALL, type: 'int', deprecated: FROM_24 },
  ChunkSize: { in: ALL, type: 'int' },
  ChunksCacheSize: { in: ALL, type: 'long' },
  ClusterDns: { in: ALL, type: 'string' },
  ClusterGossipPort: { in: ALL, type: 'int' },
  ClusterSize: { in: ALL, type: 'int' },
  CommitTimeoutMs: { in: ALL, type: 'int', unit: 'ms' },
  Config: { in: ALL, type: 'string' },
  ConnectionPendingSendBytesThreshold: { in: ALL, type: 'int' },
  ConnectionQueueSizeThreshold: { in: ALL, type: 'int' },
  Db: { in: ALL, type: 'string' },
  DbLogFormat: { in: ALL, type: 'DbLogFormat' },
  DeadMemberRemovalPeriodSec: { in: ALL, type: 'int', unit: 's' },
  DefaultAdminPassword: { in: ALL, type: 'string', sensitive: true, environmentOnly: true },
  DefaultOpsPassword: { in: ALL, type: 'string', sensitive: true, environmentOnly: true },
  Dev: { in: ALL, type: 'bool' },
  DisableAdminUi: { in: ALL, type: 'bool' },
  DisableClientAuthEkuValidation: { in: '24.10 26.0-', from: '24.10.12 26.0.3', type: 'bool' },
  DisableExternalTcpTls: { in: FIRST, type: 'bool', deprecated: FIRST },
  DisableFirstLevelHttpAuthorization: { in: OLD, type: 'bool' },
  DisableGossipOnHttp: { in: ALL, type: 'bool' },
  DisableHttpCaching: { in: ALL, type: 'bool' },
  DisableInternalTcpTls: { in: OLD, type: 'bool', deprecated: OLD },
  DisableLogFile: { in: ALL, type: 'bool' },
  DisableScavengeMerging: { in: ALL, type: 'bool' },
  DisableStatsOnHttp: { in: ALL, type: 'bool' },
  DiscoverViaDns: { in: ALL, type: 'bool' },
  EnableAtomPubOverHttp: { in: ALL, type: 'bool', deprecated: ALL },
  EnableExternalTcp: { in: FIRST, type: 'bool', deprecated: FIRST },
  EnableHistograms: { in: ALL, type: 'bool', deprecated: FROM_24 },
  EnableTrustedAuth: { in: ALL, type: 'bool' },
  EnableUnixSocket: { in: ALL, type: 'bool' },
  ExtHostAdvertiseAs: { in: FIRST, type: 'string', deprecated: FIRST },
  ExtIp: { in: OLD, type: 'IPAddress', deprecated: OLD },
  ExtTcpHeartbeatInterval: { in: FIRST, type: 'int', deprecated: FIRST },
  ExtTcpHeartbeatTimeout: { in: FIRST, type: 'int', deprecated: FIRST },
  ExtTcpPort: { in: FIRST, type: 'int', deprecated: FIRST },
  ExtTcpPortAdvertiseAs: { in: FIRST, type: 'int', deprecated: FIRST },
  FaultOutOfOrderProjections: { in: ALL, type: 'bool' },
  GossipAllowedDifferenceMs: { in: ALL, type: 'int', unit: 'ms' },
  GossipIntervalMs: { in: ALL, type: 'int', unit: 'ms' },
  GossipOnSingleNode: { in: OLD, type: 'bool', deprecated: OLD },
  GossipSeed: { in: ALL, type: 'EndPoint[]' },
  GossipTimeoutMs: { in: ALL, type: 'int', unit: 'ms' },
  HashCollisionReadLimit: { in: ALL, type: 'int' },
  Help: { in: ALL, type: 'bool' },
  HttpPort: { in: OLD, type: 'int', deprecated: OLD },
  HttpPortAdvertiseAs: { in: OLD, type: 'int', deprecated: OLD },
  Index: { in: ALL, type: 'string' },
  IndexCacheDepth: { in: ALL, type: 'int' },
  IndexCacheSize: { in: ALL, type: 'int' },
  InitializationThreads: { in: ALL, type: 'int' },
  Insecure: { in: ALL, type: 'bool' },
  IntHostAdvertiseAs: { in: OLD, type: 'string', deprecated: OLD },
  IntIp: { in: OLD, type: 'IPAddress', deprecated: OLD },
  IntTcpHeartbeatInterval: { in: OLD, type: 'int', unit: 'ms', deprecated: OLD },
  IntTcpHeartbeatTimeout: { in: OLD, type: 'int', unit: 'ms', deprecated: OLD },
  IntTcpPort: { in: OLD, type: 'int', deprecated: OLD },
  IntTcpPortAdvertiseAs: { in: OLD, type: 'int', deprecated: OLD },
  KeepAliveInterval: { in: ALL, type: 'int', unit: 'ms' },
  KeepAliveTimeout: { in: ALL, type: 'int', unit: 'ms' },
  LeaderElectionTimeoutMs: { in: ALL, type: 'int', unit: 'ms' },
  Log: { in: ALL, type: 'string' },
  LogConfig: { in: ALL, type: 'string' },
  LogConsoleFormat: { in: ALL, type: 'LogConsoleFormat' },
  LogFailedAuthenticationAttempts: { in: ALL, type: 'bool' },
  LogFileInterval: { in: ALL, type: 'RollingInterval' },
  LogFileRetentionCount: { in: ALL, type: 'int' },
  LogFileSize: { in: ALL, type: 'int' },
  LogHttpRequests: { in: ALL, type: 'bool' },
  LogLevel: { in: ALL, type: 'LogLevel' },
  MaxAppendEventSize: { in: FROM_24, from: '24.10.4', type: 'int' },
  MaxAppendSize: { in: ALL, type: 'int' },
  MaxAutoMergeIndexLevel: { in: ALL, type: 'int' },
  MaxMemTableSize: { in: ALL, type: 'int' },
  MaxPartitionStateCacheSize: { in: '26.1-', type: 'int' },
  MaxProjectionStateSize: { in: FROM_24, from: '24.10.4', type: 'int' },
  MaxTruncation: { in: ALL, type: 'long' },
  MemDb: { in: ALL, type: 'bool', deprecated: '25.1-' },
  MinFlushDelayMs: { in: ALL, type: 'double', unit: 'ms' },
  NodeHeartbeatInterval: { in: FIRST, type: 'int' },
  NodeHeartbeatTimeout: { in: FIRST, type: 'int' },
  NodeHostAdvertiseAs: { in: ALL, type: 'string' },
  NodeIp: { in: ALL, type: 'IPAddress' },
  NodePort: { in: ALL, type: 'int' },
  NodePortAdvertiseAs: { in: ALL, type: 'int' },
  NodePriority: { in: ALL, type: 'int' },
  NodeTcpPort: { in: FIRST, type: 'int' },
  NodeTcpPortAdvertiseAs: { in: FIRST, type: 'int' },
  OptimizeIndexMerge: { in: OLD, type: 'bool', deprecated: OLD },
  OverrideAnonymousEndpointAccessForGossip: { in: ALL, type: 'bool' },
  PrepareTimeoutMs: { in: ALL, type: 'int', unit: 'ms' },
  ProjectionCompilationTimeout: { in: ALL, type: 'int' },
  ProjectionExecutionTimeout: { in: ALL, type: 'int' },
  ProjectionThreads: { in: ALL, type: 'int' },
  ProjectionsQueryExpiry: { in: ALL, type: 'int', unit: 'm' },
  ReadOnlyReplica: { in: ALL, type: 'bool' },
  ReaderThreadsCount: { in: ALL, type: 'int' },
  ReduceFileCachePressure: { in: ALL, type: 'bool' },
  RemoveDevCerts: { in: ALL, type: 'bool' },
  ReplicationHeartbeatInterval: { in: ALL, type: 'int', unit: 'ms' },
  ReplicationHeartbeatTimeout: { in: ALL, type: 'int', unit: 'ms' },
  ReplicationHostAdvertiseAs: { in: ALL, type: 'string' },
  ReplicationIp: { in: ALL, type: 'IPAddress' },
  ReplicationPort: { in: ALL, type: 'int' },
  ReplicationTcpPortAdvertiseAs: { in: ALL, type: 'int' },
  RunProjections: { in: ALL, type: 'ProjectionType' },
  ScavengeBackendCacheSize: { in: ALL, type: 'long' },
  ScavengeBackendPageSize: { in: ALL, type: 'int' },
  ScavengeHashUsersCacheCapacity: { in: ALL, type: 'int' },
  ScavengeHistoryMaxAge: { in: ALL, type: 'int', unit: 'd' },
  SkipDbVerify: { in: ALL, type: 'bool' },
  SkipIndexScanOnReads: { in: ALL, type: 'bool' },
  SkipIndexVerify: { in: ALL, type: 'bool' },
  StartStandardProjections: { in: ALL, type: 'bool' },
  StatsPeriodSec: { in: ALL, type: 'int', unit: 's' },
  StatsStorage: { in: ALL, type: 'StatsStorage' },
  StreamExistenceFilterSize: { in: ALL, type: 'long' },
  StreamInfoCacheCapacity: { in: ALL, type: 'int' },
  TcpReadTimeoutMs: { in: FIRST, from: '23.10.7', type: 'int' },
  TelemetryOptout: { in: ALL, type: 'bool', environmentOnly: true },
  Transform: { in: FROM_24, type: 'string', free: 'identity' },
  TrustedRootCertificateStoreLocation: { in: ALL, type: 'string' },
  TrustedRootCertificateStoreName: { in: ALL, type: 'string' },
  TrustedRootCertificateSubjectName: { in: ALL, type: 'string' },
  TrustedRootCertificateThumbprint: { in: ALL, type: 'string' },
  TrustedRootCertificatesPath: { in: ALL, type: 'string' },
  Unbuffered: { in: ALL, type: 'bool', deprecated: FROM_24 },
  UnsafeAllowSurplusNodes: { in: ALL, type: 'bool' },
  UnsafeDisableFlushToDisk: { in: ALL, type: 'bool' },
  UnsafeIgnoreHardDelete: { in: ALL, type: 'bool', deprecated: ALL },
  UseIndexBloomFilters: { in: ALL, type: 'bool' },
  Version: { in: ALL, type: 'bool' },
  WhatIf: { in: ALL, type: 'bool' },
  WorkerThreads: { in: ALL, type: 'int', deprecated: '26.0-' },
  WriteStatsToDb: { in: ALL, type: 'bool' },
  WriteThrough: { in: ALL, type: 'bool' },
  WriteTimeoutMs: { in: ALL, type: 'int', unit: 'ms' },};

/** Options of sections: `Section__Option`. `*` stands for anything: the section is as open as its documentation. */
// biome-ignore format: one line an option
const NESTED: Record<string, ServerOption> = {
  Archive__Enabled: { in: '25.1-', type: 'bool', free: 'false' },
  Archive__StorageType: { in: '25.1-', type: 'string' },
  Archive__FileSystem__Path: { in: '25.1-', type: 'string' },
  Archive__S3__Bucket: { in: '25.1-', type: 'string' },
  Archive__S3__Region: { in: '25.1-', type: 'string' },
  Archive__Azure__Authentication: { in: '26.0-', type: 'string' },
  Archive__Azure__ConnectionStringOrServiceUrl: { in: '26.0-', type: 'string', sensitive: true },
  Archive__Azure__Container: { in: '26.0-', type: 'string' },
  Archive__Azure__UserAssignedClientId: { in: '26.0-', type: 'string' },
  Archive__GCP__Bucket: { in: '26.0-', type: 'string' },
  Archive__RetainAtLeast__Days: { in: '25.1-', type: 'long', unit: 'd' },
  Archive__RetainAtLeast__LogicalBytes: { in: '25.1-', type: 'long' },
  Authorization__DefaultPolicyType: { in: FROM_24, type: 'string', free: 'acl' },
  AutoScavenge__Enabled: { in: FROM_24, type: 'bool', free: 'false' },
  Connectors__DataProtection__Token: { in: FROM_24, type: 'string', sensitive: true },
  Connectors__DataProtection__TokenFile: { in: FROM_24, type: 'string' },
  Connectors__Enabled: { in: FROM_24, type: 'bool' },
  EncryptionAtRest__Enabled: { in: FROM_24, type: 'bool', free: 'false' },
  EncryptionAtRest__Encryption__AesGcm__Enabled: { in: FROM_24, type: 'bool' },
  EncryptionAtRest__Encryption__AesGcm__KeySize: { in: FROM_24, type: 'int' },
  EncryptionAtRest__MasterKey__File__KeyPath: { in: FROM_24, type: 'string' },
  'LdapsAuth__*': { in: FROM_24, type: 'string' },
  LdapsAuth__BindPassword: { in: FROM_24, type: 'string', sensitive: true },
  Licensing__BaseUrl: { in: FROM_24, type: 'string' },
  Licensing__IncludePortInFingerprint: { in: FROM_24, type: 'bool' },
  Licensing__LicenseKey: { in: FROM_24, type: 'string', sensitive: true },
  'Metrics__*': { in: FROM_24, type: 'string' },
  'OAuth__*': { in: FROM_24, type: 'string' },
  OAuth__ClientSecret: { in: FROM_24, type: 'string', sensitive: true },
  'OpenTelemetry__Logs__BatchExportProcessorOptions__*': { in: '25.1-', type: 'int' },
  OpenTelemetry__Logs__Enabled: { in: '25.1-', type: 'bool', free: 'false' },
  'OpenTelemetry__Metrics__*': { in: FROM_24, type: 'string' },
  'OpenTelemetry__Otlp__*': { in: FROM_24, type: 'string', free: '' },
  OpenTelemetry__Otlp__Endpoint: { in: FROM_24, type: 'string', free: '' },
  OpenTelemetry__Otlp__Headers: { in: FROM_24, type: 'string', free: '', sensitive: true },
  SecondaryIndexing__Enabled: { in: '25.1-', type: 'bool' },
  SecondaryIndexing__Options__CommitBatchSize: { in: '25.1-', type: 'int' },
  SecondaryIndexing__Options__DbPath: { in: '25.1-', type: 'string' },
  TcpPlugin__EnableExternalTcp: { in: FROM_24, type: 'bool', free: 'false' },
  TcpPlugin__NodeHeartbeatInterval: { in: FROM_24, type: 'int', unit: 'ms' },
  TcpPlugin__NodeHeartbeatTimeout: { in: FROM_24, type: 'int', unit: 'ms' },
  TcpPlugin__NodeTcpPort: { in: FROM_24, type: 'int' },
  TcpPlugin__NodeTcpPortAdvertiseAs: { in: FROM_24, type: 'int' },
  TcpPlugin__TcpReadTimeoutMs: { in: FROM_24, type: 'int', unit: 'ms' },
  UserCertificates__Enabled: { in: FROM_24, type: 'bool', free: 'false' },
};

/** Old names and what took their place, which may itself have been replaced since. */
export const RENAMED: Record<string, string> = {
  AdvertiseHttpPortToClientAs: 'AdvertiseNodePortToClientAs',
  EnableExternalTcp: 'TcpPlugin__EnableExternalTcp',
  ExtHostAdvertiseAs: 'NodeHostAdvertiseAs',
  ExtHttpPort: 'NodePort',
  ExtHttpPortAdvertiseAs: 'NodePortAdvertiseAs',
  ExtIp: 'NodeIp',
  ExtIpAdvertiseAs: 'NodeHostAdvertiseAs',
  ExtPort: 'NodePort',
  ExtTcpHeartbeatInterval: 'NodeHeartbeatInterval',
  ExtTcpHeartbeatTimeout: 'NodeHeartbeatTimeout',
  ExtTcpPort: 'NodeTcpPort',
  ExtTcpPortAdvertiseAs: 'NodeTcpPortAdvertiseAs',
  HttpPort: 'NodePort',
  HttpPortAdvertiseAs: 'NodePortAdvertiseAs',
  IntHostAdvertiseAs: 'ReplicationHostAdvertiseAs',
  IntIp: 'ReplicationIp',
  IntIpAdvertiseAs: 'ReplicationHostAdvertiseAs',
  IntTcpHeartbeatInterval: 'ReplicationHeartbeatInterval',
  IntTcpHeartbeatTimeout: 'ReplicationHeartbeatTimeout',
  IntTcpPort: 'ReplicationPort',
  IntTcpPortAdvertiseAs: 'ReplicationTcpPortAdvertiseAs',
  NodeHeartbeatInterval: 'TcpPlugin__NodeHeartbeatInterval',
  NodeHeartbeatTimeout: 'TcpPlugin__NodeHeartbeatTimeout',
  NodeTcpPort: 'TcpPlugin__NodeTcpPort',
  NodeTcpPortAdvertiseAs: 'TcpPlugin__NodeTcpPortAdvertiseAs',
  TcpReadTimeoutMs: 'TcpPlugin__TcpReadTimeoutMs',
};

const ONE_PORT = 'all HTTP is on NodePort';
const TLS = 'TLS is on unless Insecure is set';
const OPPOSITE = (name: string) => `${name} says the opposite`;

/** Names that older lines knew and that nothing took the place of, and why: "it is gone, since …". */
export const REMOVED: Record<string, string> = {
  AddInterfacePrefixes: ONE_PORT,
  AdminOnExt: OPPOSITE('DisableAdminUi'),
  AdvertiseTcpPortToClientAs: 'the TCP protocol of old clients is a licensed plug-in without it',
  AlwaysKeepScavenged: 'scavenging ignored it already',
  CommitCount: 'it follows from ClusterSize',
  DisableExternalTcpTls: TLS,
  DisableFirstLevelHttpAuthorization: 'it has had no effect for long',
  DisableInternalTcpTls: TLS,
  ExtHttpPrefixes: ONE_PORT,
  ExtSecureTcpPort: TLS,
  ExtSecureTcpPortAdvertiseAs: TLS,
  GossipOnExt: OPPOSITE('DisableGossipOnHttp'),
  GossipOnSingleNode: 'a single node always gossips',
  IntHttpPort: ONE_PORT,
  IntHttpPortAdvertiseAs: ONE_PORT,
  IntHttpPrefixes: ONE_PORT,
  IntSecureTcpPort: TLS,
  IntSecureTcpPortAdvertiseAs: TLS,
  OptimizeIndexMerge: 'scavenging ignored it already',
  PrepareCount: 'it follows from ClusterSize',
  QuorumSize: 'it follows from ClusterSize',
  StatsOnExt: OPPOSITE('DisableStatsOnHttp'),
  UseInternalSsl: TLS,
};

export const OPTIONS: Record<string, ServerOption> = { ...TOP, ...NESTED };

/** One spelling for all: the server splits at `__`, drops `_` and ignores case. */
const fold = (name: string) =>
  name
    .split('__')
    .map((part) => part.replaceAll('_', '').toLowerCase())
    .join('__');

const BY_FOLDED = new Map(
  [...Object.keys(OPTIONS), ...Object.keys(RENAMED), ...Object.keys(REMOVED)].map((name) => [fold(name), name]),
);

const pascal = (word: string) =>
  word
    .split('_')
    .map((part) => (/[a-z]/.test(part) ? part : part.charAt(0) + part.slice(1).toLowerCase()))
    .join('');

/** `NODE_IP`, `KURRENTDB_NODE_IP` and `NodeIp` are all `NodeIp`; an unknown name comes back in that form. */
export function optionName(given: string): string {
  const bare = given.replace(/^(EVENTSTORE|KURRENTDB)_+(?=.)/i, '');
  const known = BY_FOLDED.get(fold(bare));
  if (known) return known;
  const parts = bare.split('__').map(pascal);
  const section = openSection(parts);
  return [...section, ...parts.slice(section.length)].join('__');
}

/** The section that such a name stands in and that takes any name, in the table's spelling; empty when there is none. */
function openSection(parts: string[]): string[] {
  for (let length = parts.length - 1; length > 0; length--) {
    const known = BY_FOLDED.get(fold([...parts.slice(0, length), '*'].join('__')));
    if (known) return known.split('__').slice(0, -1);
  }
  return [];
}

/**
 * The variable without its prefix: `NodeIp` is `NODE_IP`. The words are those of the server's `CombineByPascalCase`;
 * what it reads, it puts together again without regard to `_` and case.
 */
export function environmentName(option: string): string {
  return option.replace(/(?<=[A-Z])(?=[A-Z][a-z])|(?<=[^A-Z_])(?=[A-Z])/g, '_').toUpperCase();
}

/** What the table says of an option, by its canonical name; undefined for one that no line knows. */
export function serverOption(name: string): ServerOption | undefined {
  if (Object.hasOwn(OPTIONS, name)) return OPTIONS[name];
  const section = openSection(name.split('__'));
  return section.length > 0 ? OPTIONS[[...section, '*'].join('__')] : undefined;
}

/** Whether a line is one that `in` or `deprecated` names. */
export function isAmong(line: string, ranges: string): boolean {
  return ranges.split(' ').some((range) => {
    const [from, to = from] = range.split('-');
    return (!from || compareLines(line, from) >= 0) && (!to || compareLines(line, to) <= 0);
  });
}

function compareLines(a: string, b: string): number {
  const [majorA, minorA] = a.split('.').map(Number);
  const [majorB, minorB] = b.split('.').map(Number);
  return majorA - majorB || minorA - minorB;
}

const lineOf = (version: string) => version.split('.').slice(0, 2).join('.');
const patchOf = (version: string) => Number.parseInt(version.split('.')[2], 10);

/** The patch that an option came with, when this version of its line is older. */
function laterPatch(version: string, option: ServerOption): string | undefined {
  const first = option.from?.split(' ').find((from) => lineOf(from) === lineOf(version));
  return first && patchOf(version) < patchOf(first) ? first : undefined;
}

/** The option of that canonical name, if this version of the line knows it. */
export function optionOn(line: string, version: string, name: string): ServerOption | undefined {
  const option = serverOption(name);
  return option && isAmong(line, option.in) && !laterPatch(version, option) ? option : undefined;
}

/** What `whyAbsent` must know of a release. */
interface Server {
  readonly line: string;
  readonly version: string;
  readonly product: string;
  readonly environmentPrefix: string;
}

/** Why a server lacks an option and what to do, for an error message. */
export function whyAbsent(of: Server, name: string, lines: string[]): { server: string; reason: string } {
  const server = `${of.product} ${of.line}`;
  const shown = (known: string) => `${known} (${of.environmentPrefix}_${environmentName(known)})`;
  const renamed = nameOn(of.line, name);
  if (renamed) return { server, reason: `the line calls it ${shown(renamed)}` };
  if (Object.hasOwn(REMOVED, name)) return { server, reason: `it is gone, since ${REMOVED[name]}; leave it out` };
  const option = serverOption(name);
  const patch = option && isAmong(of.line, option.in) && laterPatch(of.version, option);
  if (patch) {
    const reason = `it came with ${patch}; take that version or a later one, or leave it out`;
    return { server: `${of.product} ${of.version}`, reason };
  }
  if (option) {
    const others = lines.filter((line) => isAmong(line, option.in)).join(', ');
    return { server, reason: `it exists in ${others}; leave it out or choose another line` };
  }
  const nearest = nearestName(of.line, name);
  if (nearest) return { server, reason: `the nearest name is ${shown(nearest)}` };
  return { server, reason: 'no line knows it and the server would refuse to start; leave it out' };
}

/** What a line calls an option that it does not know by this name: follows renaming as far as needed. */
function nameOn(line: string, name: string): string | undefined {
  const plugin = name.replace(/^Plugins__/, '');
  for (let next = plugin === name ? successorOf(name) : plugin; next; next = successorOf(next)) {
    const option = serverOption(next);
    if (option && isAmong(line, option.in)) return next;
  }
  return undefined;
}

const successorOf = (name: string) => (Object.hasOwn(RENAMED, name) ? RENAMED[name] : undefined);

/** The name of the line that looks most like this one; undefined when none is near. */
function nearestName(line: string, name: string): string | undefined {
  const wanted = fold(name);
  let nearest: string | undefined;
  let least = Math.min(4, Math.floor(wanted.length / 3)) + 1; // more than this is another word
  for (const known of Object.keys(OPTIONS)) {
    if (known.endsWith('*') || !isAmong(line, OPTIONS[known].in)) continue;
    const distance = editDistance(wanted, fold(known));
    if (distance < least) [nearest, least] = [known, distance];
  }
  return nearest;
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next[j] = Math.min(next[j - 1] + 1, row[j] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1));
    }
    row = next;
  }
  return row[b.length];
}

/** `bool`, `int`, `string` …; `string` for an option that the table does not know. */
export function optionType(name: string): string {
  return serverOption(name)?.type ?? 'string';
}

/** Whether the value is a secret, which no manifest may hold. */
export function isSensitive(name: string): boolean {
  return serverOption(name)?.sensitive ?? false;
}
