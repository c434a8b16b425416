import type { Http } from './http';
import type { Histogram } from './measure';
import type { Node } from './node';

type Value = number | Histogram;
type Sample = readonly [labels: Record<string, string>, value: Value];

export interface Family {
  /** without the line's prefix, and a counter's suffix */
  readonly name: string;
  readonly type: 'gauge' | 'counter' | 'histogram';
  readonly samples: readonly Sample[];
}

const gauge = (name: string, ...samples: Sample[]): Family => ({ name, type: 'gauge', samples });
const counter = (name: string, ...samples: Sample[]): Family => ({ name, type: 'counter', samples });
const histogram = (name: string, ...samples: Sample[]): Family => ({ name, type: 'histogram', samples });
/** A sample for each value of a label. */
const by = <T extends string>(
  label: string,
  values: readonly T[],
  of: (value: T, at: number) => Value,
  more = {},
): Sample[] => values.map((value, at) => [{ [label]: value, ...more }, of(value, at)]);

const RANGE = { range: '16-20 seconds' };
const QUEUES = [
  'Main',
  'Monitoring',
  'Writer',
  'Readers',
  'Subscriptions',
  'Persistent Subscriptions',
  'Others',
  'Timer',
];
const CACHED = 100_000;

export function families(node: Node, http: Http): Family[] {
  return [...role(node), ...log(node), ...network(node, http), ...queues(node), ...machine(node), ...caches(node)];
}

/** The member's present state has the present time; what Prometheus remembers of an earlier one has an older. */
function role({ line, state, election }: Node): Family[] {
  const now = Math.floor(Date.now() / 1000);
  const statuses = Object.entries({ Node: state, Index: 'Idle', Scavenge: 'Idle' });
  return [
    {
      name: 'statuses',
      type: line.isKurrent ? 'gauge' : 'counter',
      samples: statuses.map(([name, status]) => [{ name, status }, now]),
    },
    ...(line.name === '23.10' ? [] : [counter('elections_count', [{}, election.count])]),
  ];
}

function log({ line, database }: Node): Family[] {
  const { counts, store } = database;
  const checkpoints = { index: database.lastCommit, replication: database.committed, writer: store.position };
  const read = { read: 'non-flushed' };
  return [
    gauge('checkpoints', ...by('name', ['index', 'replication', 'writer'] as const, (name) => checkpoints[name], read)),
    counter('io_bytes', [{ activity: 'read' }, counts.bytesRead]),
    counter('io_events', ...by('activity', ['read', 'written'] as const, (activity) => counts[activity])),
    ...(line.isKurrent
      ? [histogram('io_record_read_duration_seconds', [{ source: 'ChunkCache', user: '' }, database.readTimes])]
      : []),
    gauge('writer_flush_size_max', [RANGE, database.flushSizes.value]),
    gauge('writer_flush_duration_max_seconds', [RANGE, database.flushTimes.value]),
  ];
}

function network({ gossip }: Node, http: Http): Family[] {
  const { latencies } = gossip;
  const heard = (['successful', 'failed'] as const).filter(
    (status) => status === 'successful' || latencies.failed.count > 0,
  );
  const push = { activity: 'push-from-peer', status: 'successful' };
  return [
    histogram(
      'gossip_latency_seconds',
      ...heard.map((status): Sample => [{ activity: 'push-to-peer', status }, latencies[status]]),
    ),
    histogram('gossip_processing_duration_seconds', [push, gossip.processing]),
    gauge('kestrel_connections', [{}, http.connectionCount]),
    gauge('current_incoming_grpc_calls', [{}, 0]),
    counter('incoming_grpc_calls', ...by('kind', ['total', 'failed', 'unimplemented', 'deadline-exceeded'], () => 0)),
  ];
}

/** One loop does everything here: it is called the main queue. */
function queues({ machine: { lag }, line }: Node): Family[] {
  const isNew = line.name === '26.0' || line.name === '26.1';
  const named = [isNew ? 'ThreadPool' : 'Workers', ...QUEUES];
  const { user, system } = process.cpuUsage();
  const wait = (name: string) => (name === 'Main' || name === 'Timer' ? lag.value : 0);
  const busy = (name: string) => (name === 'Main' ? (user + system) / 1e6 : 0);
  return [
    gauge('queue_queueing_duration_max_seconds', ...by('name', named, wait, RANGE)),
    ...(isNew ? [] : [counter('queue_busy_seconds', ...by('queue', named, busy))]),
  ];
}

function machine({ machine: it }: Node): Family[] {
  const { memory, system, disk, io, collections, cpu } = it;
  const generations = ['gen0', 'gen1', 'gen2'] as const;
  return [
    gauge('proc_cpu', [{}, cpu]),
    gauge('proc_mem_bytes', [{ kind: 'working-set' }, memory.rss]),
    gauge('proc_thread_count', [{}, it.threads]),
    gauge('proc_thread_pool_pending_work_item_count', [{}, 0]),
    counter('proc_up_time_seconds', [{ pid: String(process.pid) }, process.uptime()]),
    counter('proc_contention_count', [{}, 0]),
    counter('proc_exception_count', [{}, 0]),
    counter('disk_io_bytes', [{ activity: 'read' }, io.read_bytes], [{ activity: 'written' }, io.write_bytes]),
    counter('disk_io_operations', [{ activity: 'read' }, io.syscr], [{ activity: 'written' }, io.syscw]),
    gauge('sys_cpu', [{}, cpu]),
    gauge('sys_load_avg', ...by('period', ['1m', '5m', '15m'], (_, at) => system.load[at])),
    gauge('sys_mem_bytes', ...by('kind', ['free', 'total'] as const, (kind) => system[kind])),
    gauge('sys_disk_bytes', [{ disk: '/', kind: 'used' }, disk.used], [{ disk: '/', kind: 'total' }, disk.total]),
    gauge('gc_pause_duration_max_seconds', [RANGE, it.pauses.value]),
    gauge('gc_time_in_gc', [{}, it.timeInGc]),
    gauge('gc_heap_size_bytes', [{}, memory.heapUsed]),
    gauge('gc_heap_fragmentation', [{}, 1 - memory.heapUsed / memory.heapTotal]),
    gauge(
      'gc_generation_size_bytes',
      ...by('generation', [...generations, 'loh'], (name) => (name === 'gen2' ? memory.heapUsed : 0)),
    ),
    counter('gc_collection_count', ...by('generation', generations, (name) => collections[name])),
    counter('gc_allocated_bytes', [{}, memory.heapUsed]),
  ];
}

/** The index of streams stands for the cache of what was last read of them. */
function caches({ database, line }: Node): Family[] {
  const count = database.streamCount;
  const sizes = (kinds: Record<string, number>) =>
    ['LastEventNumber', 'Metadata'].flatMap((cache) =>
      by('kind', Object.keys(kinds), (kind) => (cache === 'Metadata' && kind !== 'capacity' ? 0 : kinds[kind])).map(
        ([labels, value]): Sample => [{ cache, ...labels }, value],
      ),
    );
  const hits = { cache: 'stream-info', kind: 'hits' };
  return [
    counter('cache_hits_misses', [hits, database.counts.read], [{ ...hits, kind: 'misses' }, count]),
    ...(line.isKurrent
      ? [gauge('cache_resources_entries', ...sizes({ capacity: CACHED, size: count, count }))]
      : [
          gauge('cache_resources_bytes', ...sizes({ capacity: 200 * CACHED, size: 200 * count })),
          gauge('cache_resources_entries', ...sizes({ count })),
        ]),
    ...(line.name === '23.10' ? [] : [histogram('logical_chunk_read_distribution', [{}, database.readChunks])]),
  ];
}
