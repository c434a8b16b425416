import { database } from './metric';
import type { DashboardDefinition, Panel, Row } from './panel';
import { type Operand, show } from './query';

const STATUSES = database('statuses');
const CHECKPOINTS = database('checkpoints');

const counted = (name: string, where: Operand['where'] = {}): Operand => ({
  metric: database(name, 'counter'),
  read: 'rate',
  across: 'sum',
  where,
});
const largest = (name: string, where: Operand['where'] = {}): Operand => ({
  metric: database(name),
  across: 'max',
  where,
});
const checkpoint = (name: string, across?: Operand['across']): Operand => ({
  metric: CHECKPOINTS,
  where: { name },
  across,
});

const ROLES: Panel[] = [
  {
    title: 'Roles',
    answers:
      'Which state is each member in, and when did it change? A bar is drawn while the state is the current one: the series whose value is the newest time.',
    unit: 'short',
    kind: 'states',
    queries: [show({ metric: STATUSES, read: 'current', where: { name: 'Node' } }, ['member', 'status'])],
  },
  {
    title: 'Leaders',
    answers:
      'Does every cluster have exactly one leader? Two for a step or two is a change of leaders; for longer, the network is cut.',
    unit: 'short',
    queries: [
      show({ metric: STATUSES, read: 'current', where: { name: 'Node', status: 'Leader' } }, ['cluster'], 'leaders of'),
    ],
  },
  {
    title: 'Elections',
    answers: 'How often was a leader elected, as each member counted?',
    unit: 'short',
    kind: 'bars',
    since: '24.10',
    queries: [show({ metric: database('elections_count', 'counter'), read: 'increase', across: 'sum' }, ['member'])],
  },
  {
    title: 'Gossip latency',
    answers: 'How long does a member wait for the answer of another, on average? Failed calls count too.',
    unit: 's',
    queries: [
      {
        operands: {
          seconds: { metric: database('gossip_latency_seconds_sum'), read: 'rate', across: 'sum' },
          calls: { metric: database('gossip_latency_seconds_count'), read: 'rate', across: 'sum' },
        },
        formula: 'seconds / calls',
        by: ['member'],
      },
    ],
  },
];

const WORK: Panel[] = [
  {
    title: 'Events written',
    answers:
      'How many events a second does each member append to its log? Followers append what the leader sends them.',
    unit: 'ops',
    queries: [show(counted('io_events', { activity: 'written' }), ['member'])],
  },
  {
    title: 'Events read',
    answers: 'How many events a second does each member read?',
    unit: 'ops',
    queries: [show(counted('io_events', { activity: 'read' }), ['member'])],
  },
  {
    title: 'Bytes read',
    answers: 'How many bytes of events a second does each member read?',
    unit: 'Bps',
    queries: [show(counted('io_bytes', { activity: 'read' }), ['member'])],
  },
  {
    title: 'gRPC calls',
    answers: 'How many gRPC calls begin each second, and how many of them fail?',
    unit: 'ops',
    queries: [
      show(counted('incoming_grpc_calls', { kind: 'total' }), ['member'], 'all'),
      show(counted('incoming_grpc_calls', { kind: 'failed' }), ['member'], 'failed'),
    ],
  },
  {
    title: 'Connections',
    answers: 'How many HTTP and gRPC connections does each member hold?',
    unit: 'short',
    queries: [show(largest('kestrel_connections'), ['member'])],
  },
];

const REPLICATION: Panel[] = [
  {
    title: 'Checkpoint lag between nodes',
    answers:
      'How many bytes of log does the last member of each cluster lack of what the first one has? Members are scraped one after the other, so a busy cluster shows some seconds of writes; it should not grow.',
    unit: 'bytes',
    queries: [
      {
        operands: { first: checkpoint('writer', 'max'), last: checkpoint('writer', 'min') },
        formula: 'first - last',
        by: ['cluster'],
      },
    ],
  },
  {
    title: 'Log written',
    answers: "How far has each member's log come? Lines that part are members that fall behind.",
    unit: 'bytes',
    queries: [show(checkpoint('writer'), ['member'])],
  },
  {
    title: 'Index lag',
    answers: 'How many bytes of its log has each member not indexed yet?',
    unit: 'bytes',
    queries: [
      {
        operands: { written: checkpoint('writer'), indexed: checkpoint('index') },
        formula: 'written - indexed',
        by: ['member'],
      },
    ],
  },
];

const DURATIONS: Panel[] = [
  {
    title: 'Longest wait in a queue',
    answers: 'How long did the slowest message wait in each queue? A second in Main or Readers is felt by clients.',
    unit: 's',
    limit: 1,
    queries: [show(largest('queue_queueing_duration_max_seconds'), ['member', 'name'])],
  },
  {
    title: 'Longest flush',
    answers:
      'How long did the slowest write to the disk take? The best sign of slow storage: every append waits for it.',
    unit: 's',
    limit: 0.5,
    queries: [show(largest('writer_flush_duration_max_seconds'), ['member'])],
  },
  {
    title: 'Largest flush',
    answers: 'How many bytes went to the disk at once?',
    unit: 'bytes',
    queries: [show(largest('writer_flush_size_max'), ['member'])],
  },
];

const MEMORY: Panel[] = [
  {
    title: 'Cache hits',
    answers: 'Which share of lookups of streams is answered from memory? The vendor wants 80 % and more.',
    unit: 'percentunit',
    max: 1,
    queries: [
      {
        operands: {
          hits: counted('cache_hits_misses', { cache: 'stream-info', kind: 'hits' }),
          misses: counted('cache_hits_misses', { cache: 'stream-info', kind: 'misses' }),
        },
        formula: 'hits / (hits + misses)',
        by: ['member'],
      },
    ],
  },
  {
    title: 'Cache entries',
    answers: 'How many streams does each cache hold?',
    unit: 'short',
    queries: [show(largest('cache_resources_entries', { kind: 'count' }), ['member', 'cache'])],
  },
  {
    title: 'Longest pause of the garbage collector',
    answers:
      'How long did the whole server stand still? The vendor wants less than 8 s, since after 10 s the others take a member for dead.',
    unit: 's',
    limit: 8,
    queries: [show(largest('gc_pause_duration_max_seconds'), ['member'])],
  },
  {
    title: 'Heap',
    answers: 'How many bytes do managed objects take?',
    unit: 'bytes',
    queries: [show(largest('gc_heap_size_bytes'), ['member'])],
  },
  {
    title: 'Memory of the process',
    answers: 'How much memory does the server take as a whole?',
    unit: 'bytes',
    queries: [show(largest('proc_mem_bytes', { kind: 'working-set' }), ['member'])],
  },
  {
    title: 'CPU of the process',
    answers: 'How busy does the server say that it is, in percent of one processor?',
    unit: 'percent',
    queries: [show(largest('proc_cpu'), ['member'])],
  },
];

const DISK: Panel[] = [
  {
    title: 'Disk used',
    answers: 'How full is the disk under the data? The vendor wants less than 90 %; a full disk ends the server.',
    unit: 'percentunit',
    max: 1,
    limit: 0.9,
    queries: [
      {
        operands: {
          used: largest('sys_disk_bytes', { kind: 'used' }),
          size: largest('sys_disk_bytes', { kind: 'total' }),
        },
        formula: 'used / size',
        by: ['member', 'disk'],
      },
    ],
  },
  {
    title: 'Bytes to and from the disk',
    answers: 'How many bytes a second does each member read from its disk and write to it?',
    unit: 'Bps',
    queries: [show(counted('disk_io_bytes'), ['member', 'activity'])],
  },
];

const READERS: Panel[] = [
  {
    title: 'Persistent subscriptions: parked messages',
    answers: 'How many messages has each group put aside because its consumers could not handle them?',
    unit: 'short',
    since: '24.10',
    queries: [show(largest('persistent_sub_parked_messages'), ['event_stream_id', 'group_name'])],
  },
  {
    title: 'Persistent subscriptions: lag',
    answers: 'How many events is each group behind its stream?',
    unit: 'short',
    since: '24.10',
    queries: [
      {
        operands: {
          last: largest('persistent_sub_last_known_event_number'),
          done: largest('persistent_sub_checkpointed_event_number'),
        },
        formula: 'last - done',
        by: ['event_stream_id', 'group_name'],
      },
    ],
  },
  {
    title: 'Projections: progress',
    answers: 'Which share of the log has each projection seen?',
    unit: 'percentunit',
    max: 1,
    since: '24.10',
    queries: [show({ metric: database('projection_progress'), across: 'min' }, ['projection'])],
  },
  {
    title: 'Projections: running',
    answers: 'Does each projection run (1) or not (0)?',
    unit: 'short',
    since: '24.10',
    queries: [show(largest('projection_running'), ['projection'])],
  },
];

const ROWS: Row[] = [
  { title: 'Roles and elections', panels: ROLES },
  { title: 'Work', panels: WORK },
  { title: 'Replication', panels: REPLICATION },
  { title: 'Queues and flushes', panels: DURATIONS },
  { title: 'Caches, memory and garbage collection', panels: MEMORY },
  { title: 'Disk', panels: DISK },
  { title: 'Subscriptions and projections', panels: READERS },
];

/** What the database says about itself. */
export const EVENTSTORE: DashboardDefinition = {
  name: 'eventstore',
  title: 'EventStore',
  description: 'Roles, work, replication, queues, caches, memory and disk, as the members report them.',
  refresh: '30s',
  from: 'now-1h',
  variables: [
    {
      name: 'namespace',
      label: 'Namespace',
      choices: {
        influxql: 'SHOW TAG VALUES FROM "prometheus" WITH KEY = "namespace"',
        promql: 'label_values({__name__=~"(eventstore|kurrentdb)_statuses"}, namespace)',
      },
    },
    {
      name: 'cluster',
      label: 'Cluster',
      choices: {
        influxql: 'SHOW TAG VALUES FROM "prometheus" WITH KEY = "cluster" WHERE "namespace" =~ /^$namespace$/',
        promql:
          'label_values({__name__=~"(eventstore|kurrentdb)_statuses",namespace=~"$namespace"}, eventstore_cluster)',
      },
    },
  ],
  rows: ROWS,
};
