import type { Duration, Size } from 'cdk8s';

/** Which projections the server runs. */
export enum EventStoreProjections {
  /** None: the server's default. */
  NONE = 'None',
  /** The built-in ones (`$by_category`, `$by_event_type`, …). */
  SYSTEM = 'System',
  /** The built-in ones and the users' own. */
  ALL = 'All',
}

/** How much the server logs. */
export enum EventStoreLogLevel {
  VERBOSE = 'Verbose',
  DEBUG = 'Debug',
  INFORMATION = 'Information',
  WARNING = 'Warning',
  ERROR = 'Error',
  FATAL = 'Fatal',
}

/**
 * The options of the server that people tune. What is not given here is not set, so that the server's own default
 * counts, but for the ones with another default below. Any other option goes into `extraSettings`.
 *
 * @see https://docs.kurrent.io/server/latest/configuration/
 */
export interface EventStoreSettings {
  /**
   * HTTP access to streams (AtomPub): the REST API, the stream browser of the UI, and the benchmark need it.
   *
   * @default true; the server's own default is false
   */
  readonly atomPub?: boolean;
  /**
   * Which projections run.
   *
   * @default - the server's: none
   */
  readonly runProjections?: EventStoreProjections;
  /**
   * Whether the built-in projections start by themselves; they run only where `runProjections` lets them.
   *
   * @default - the server's: false
   */
  readonly startStandardProjections?: boolean;
  /**
   * Memory for chunk files. With 128 MiB (and a `streamExistenceFilterSize` of 10 MB) a member runs in 768 MiB.
   *
   * @default - the server's: 512 MiB
   */
  readonly chunksCacheSize?: Size;
  /**
   * Memory and disk for the filter that tells whether a stream exists. A change makes the server build it anew.
   *
   * @default - the server's: 256 MB
   */
  readonly streamExistenceFilterSize?: Size;
  /**
   * Streams whose latest event number is kept in memory.
   *
   * @default - the server's: 100,000; set for line 23.10, which otherwise takes up to 40 % of the machine's memory
   */
  readonly streamInfoCacheCapacity?: number;
  /**
   * Threads that read.
   *
   * @default - the server's: 4 in a container; set for line 23.10, which counts the machine's processors
   */
  readonly readerThreads?: number;
  /**
   * Index entries that are kept in memory before they are written to a file.
   *
   * @default - the server's: 1,000,000
   */
  readonly maxMemTableSize?: number;
  /**
   * The largest append that is accepted.
   *
   * @default - the server's: 1 MiB for EventStoreDB, 256 MiB for KurrentDB
   */
  readonly maxAppendSize?: Size;
  /**
   * The most that a member drops from its log when it rejoins; more, and it refuses to start.
   *
   * @default - the server's: 256 MiB
   */
  readonly maxTruncation?: Size;
  /**
   * How often members gossip.
   *
   * @default - the server's: 2 s
   */
  readonly gossipInterval?: Duration;
  /**
   * How long a gossip may take. A member that does not answer in time counts as dead, and a leader is followed until then.
   *
   * @default - the server's: 2.5 s
   */
  readonly gossipTimeout?: Duration;
  /**
   * How long an election may take; at least 1 s (the server refuses less). A leader that hangs is missed for as much longer.
   *
   * @default - the server's: 1 s
   */
  readonly leaderElectionTimeout?: Duration;
  /**
   * How often the members' replication connections are tried.
   *
   * @default - the server's: 700 ms
   */
  readonly replicationHeartbeatInterval?: Duration;
  /**
   * How long such a try may take. A leader that hangs is missed after the interval and this; a member that stands still
   * for as long, for want of processor time or in a garbage collection, is missed too.
   *
   * @default Duration.millis(1500), twice the server's own 700 ms
   */
  readonly replicationHeartbeatTimeout?: Duration;
  /**
   * How long the leader waits for a majority to prepare a write.
   *
   * @default Duration.seconds(3), as the vendor's operator sets it
   */
  readonly prepareTimeout?: Duration;
  /**
   * How long the leader waits for a write to be committed.
   *
   * @default Duration.seconds(3), as the vendor's operator sets it
   */
  readonly commitTimeout?: Duration;
  /**
   * Indexes of KurrentDB 25.1 and later by category and event type (DuckDB in the database folder).
   *
   * @default - the server's: true; false on SMB shares, which such files do not suit
   */
  readonly secondaryIndexes?: boolean;
  /**
   * Whether the server trusts its files instead of checking each at start, which can take hours for large databases.
   *
   * @default - the server's: false
   */
  readonly skipDatabaseVerification?: boolean;
  /**
   * How often the server collects its statistics.
   *
   * @default - the server's: 30 s
   */
  readonly statsPeriod?: Duration;
  /**
   * How much the server logs.
   *
   * @default - the server's: information
   */
  readonly logLevel?: EventStoreLogLevel;
  /**
   * Whether the server reports its use to the vendor.
   *
   * @default false; the server's own default is true
   */
  readonly telemetry?: boolean;
}
