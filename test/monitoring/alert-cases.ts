/**
 * For each alert what makes it fire and what does not, as series of a metric family's names. Times are steps of 15 s;
 * `start+step x count` is promtool's notation. Labels are those of the ServiceMonitor.
 */
export interface Case {
  /** names of metrics without prefix; `counter` ones get the family's suffix */
  readonly fires: Series[];
  readonly quiet: Series[];
  /** minutes until it is looked at */
  readonly after: number;
  /** how many series fire; 1 unless said */
  readonly count?: number;
}

export interface Series {
  readonly name: string;
  readonly labels?: Record<string, string>;
  readonly values: string;
  readonly kind?: 'gauge' | 'counter' | 'foreign';
}

/** as many steps as the longest case looks at */
const STEPS = 300;

const MIB = 1024 * 1024;

const steady = (value: number) => `${value}+0x${STEPS}`;
const growing = (perStep: number, from = 0) => `${from}+${perStep}x${STEPS}`;

const gauge = (name: string, values: string, labels: Record<string, string> = {}, pod = 'es-1'): Series => ({
  name,
  values,
  labels: { pod, ...labels },
});
const counter = (name: string, values: string, labels: Record<string, string> = {}): Series => ({
  ...gauge(name, values, labels),
  kind: 'counter',
});
const foreign = (name: string, values: string, labels: Record<string, string>): Series => ({
  name,
  values,
  labels: { namespace: 'eventstore', ...labels },
  kind: 'foreign',
});

/** A member that is in this state now, and was in another before: both series are there, only one has the time. */
function member(pod: string, status: string, before = 'Unknown'): Series[] {
  const node = { name: 'Node', otel_scope_name: 'Core' };
  return [
    gauge('statuses', growing(15), { ...node, status }, pod),
    gauge('statuses', steady(0), { ...node, status: before }, pod),
    // other statuses of the server have names of their own
    gauge('statuses', growing(15, 1), { name: 'Index', status: 'Idle' }, pod),
  ];
}

const WHOLE = [...member('es-1', 'Leader'), ...member('es-2', 'Follower', 'Leader'), ...member('es-3', 'Follower')];

const checkpoints = (name: string, pod: string, values: string) => gauge('checkpoints', values, { name }, pod);
const queue = (seconds: number) => [
  gauge('queue_queueing_duration_max_seconds', steady(seconds), { name: 'Main', range: '16-20 seconds' }),
];
const flush = (seconds: number) => [
  gauge('writer_flush_duration_max_seconds', steady(seconds), { range: '16-20 seconds' }),
];
const pause = (seconds: number) => [
  gauge('gc_pause_duration_max_seconds', steady(seconds), { range: '16-20 seconds' }),
];
const disk = (share: number) =>
  ['used', 'total'].map((kind) =>
    gauge('sys_disk_bytes', steady(kind === 'used' ? share * 1000 : 1000), { disk: '/', kind }),
  );
const claim = (share: number) => [
  foreign('kubelet_volume_stats_used_bytes', steady(share * 1000), { persistentvolumeclaim: 'data-es-1' }),
  foreign('kubelet_volume_stats_capacity_bytes', steady(1000), { persistentvolumeclaim: 'data-es-1' }),
];
const CONTAINER = { container: 'eventstore', pod: 'es-1' };
const memory = (share: number) => [
  foreign('container_memory_working_set_bytes', steady(share * 1000), CONTAINER),
  foreign('container_spec_memory_limit_bytes', steady(1000), CONTAINER),
];
// a quota of two processors
const cpu = (share: number) => [
  foreign('container_cpu_usage_seconds_total', growing(share * 2 * 15), { ...CONTAINER, cpu: 'total' }),
  foreign('container_spec_cpu_quota', steady(200_000), CONTAINER),
  foreign('container_spec_cpu_period', steady(100_000), CONTAINER),
];
const projection = (name: string, status: string, progress = 1) => [
  ...['Running', 'Faulted', 'Stopped'].map((one) =>
    gauge('projection_status', steady(one === status ? 1 : 0), { projection: name, status: one }),
  ),
  gauge('projection_running', steady(status === 'Running' ? 1 : 0), { projection: name }),
  gauge('projection_progress', steady(progress), { projection: name }),
];
const parked = (messages: number) => [
  gauge('persistent_sub_parked_messages', steady(messages), { event_stream_id: 's', group_name: 'g' }),
];
const cache = (hits: number, misses: number) => [
  counter('cache_hits_misses', growing(hits * 15), { cache: 'stream-info', kind: 'hits' }),
  counter('cache_hits_misses', growing(misses * 15), { cache: 'stream-info', kind: 'misses' }),
];

/** By the alert's name and severity. */
export const CASES: Record<string, Case> = {
  'EventStoreNoLeader critical': {
    // it was the leader
    fires: [...member('es-1', 'Unknown', 'Leader'), ...member('es-2', 'Follower', 'Leader')],
    quiet: WHOLE,
    after: 2,
  },
  'EventStoreTwoLeaders critical': {
    fires: [...member('es-1', 'Leader'), ...member('es-2', 'Leader')],
    quiet: WHOLE,
    after: 2,
  },
  'EventStoreMemberMissing warning': {
    fires: [...member('es-1', 'Leader'), ...member('es-2', 'Follower')],
    quiet: WHOLE,
    after: 6,
  },
  'EventStoreNoQuorum critical': {
    fires: [...member('es-1', 'Unknown', 'Leader'), ...member('es-2', 'Follower')],
    quiet: [...member('es-1', 'Leader'), ...member('es-2', 'Follower')],
    after: 2,
  },
  'EventStoreMetricsDown warning': {
    fires: [foreign('up', steady(0), { eventstore_cluster: 'es', pod: 'es-1' })],
    quiet: [foreign('up', steady(1), { eventstore_cluster: 'es', pod: 'es-1' })],
    after: 3,
  },
  'EventStoreReplicationLag warning': {
    fires: [checkpoints('writer', 'es-1', growing(1000, 100 * MIB)), checkpoints('writer', 'es-2', growing(1000))],
    quiet: [checkpoints('writer', 'es-1', growing(1000, 10 * MIB)), checkpoints('writer', 'es-2', growing(1000))],
    after: 12,
  },
  'EventStoreIndexLag warning': {
    fires: [checkpoints('writer', 'es-1', growing(1000, 100 * MIB)), checkpoints('index', 'es-1', growing(1000))],
    quiet: [checkpoints('writer', 'es-1', growing(1000, 10 * MIB)), checkpoints('index', 'es-1', growing(1000))],
    after: 12,
  },
  'EventStoreQueueSlow warning': { fires: queue(1.5), quiet: queue(0.9), after: 6 },
  'EventStoreQueueSlow critical': { fires: queue(6), quiet: queue(4), after: 6 },
  'EventStoreFlushSlow warning': { fires: flush(0.6), quiet: flush(0.4), after: 6 },
  'EventStoreFlushSlow critical': { fires: flush(2.5), quiet: flush(1.5), after: 6 },
  'EventStoreDiskFull warning': { fires: disk(0.85), quiet: disk(0.75), after: 12 },
  'EventStoreDiskFull critical': { fires: disk(0.95), quiet: disk(0.85), after: 12 },
  'EventStoreVolumeFull critical': { fires: claim(0.95), quiet: claim(0.85), after: 12 },
  'EventStoreGcPause warning': { fires: pause(3), quiet: pause(1), after: 6 },
  'EventStoreGcPause critical': { fires: pause(9), quiet: pause(7), after: 6 },
  'EventStoreMemoryHigh warning': { fires: memory(0.9), quiet: memory(0.8), after: 17 },
  'EventStoreCpuHigh warning': { fires: cpu(0.9), quiet: cpu(0.7), after: 25 },
  'EventStoreElections warning': {
    // one in a quarter of an hour, and one in half an hour
    fires: [counter('elections_count', growing(1 / 60))],
    quiet: [counter('elections_count', growing(1 / 120))],
    after: 70,
  },
  'EventStoreProjectionFaulted critical': {
    fires: projection('p', 'Faulted'),
    quiet: projection('p', 'Running'),
    after: 3,
  },
  'EventStoreProjectionStopped warning': {
    fires: projection('p', 'Stopped'),
    quiet: [...projection('p', 'Running'), ...projection('$by_category', 'Stopped')],
    after: 6,
  },
  'EventStoreProjectionBehind warning': {
    fires: projection('p', 'Running', 0.9),
    // one that does not run is another alert's affair
    quiet: [...projection('p', 'Running', 0.999), ...projection('q', 'Stopped', 0.5)],
    after: 32,
  },
  'EventStoreParkedMessages warning': { fires: parked(3), quiet: parked(0), after: 12 },
  'EventStoreGrpcFailing warning': {
    fires: [counter('incoming_grpc_calls', growing(30), { kind: 'failed' })],
    quiet: [
      counter('incoming_grpc_calls', growing(9), { kind: 'failed' }),
      counter('incoming_grpc_calls', growing(9000), { kind: 'total' }),
    ],
    after: 20,
  },
  'EventStoreCacheMisses info': { fires: cache(30, 20), quiet: cache(45, 5), after: 45 },
};
