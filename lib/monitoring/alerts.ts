import type { MetricFamily } from './dashboards/metric';

/** A cluster, as its alerts see it. */
export interface AlertScope {
  readonly family: MetricFamily;
  readonly namespace: string;
  readonly cluster: string;
  readonly nodes: number;
}

/** A condition that somebody should know of. */
export interface Alert {
  /** begins with `EventStore` */
  readonly name: string;
  readonly severity: 'info' | 'warning' | 'critical';
  /** how long the condition holds before anybody is told; absent: at once */
  readonly for?: string;
  /** one line for the list of alerts */
  readonly summary: string;
  /** what it means and what to do */
  readonly description: string;
  readonly expression: (names: Names) => string;
  /** the first release that has the metric */
  readonly since?: string;
}

/** Names of metrics and labels of one cluster, for expressions. */
export class Names {
  public readonly nodes: number;
  /** how many members are a majority */
  public readonly majority: number;
  /** labels of the cluster's members, as cAdvisor and the kubelet see them */
  public readonly pods: string;
  public readonly claims: string;
  private readonly cluster: string;

  constructor(private readonly scope: AlertScope) {
    this.nodes = scope.nodes;
    this.majority = (scope.nodes + 1) / 2;
    const namespace = `namespace="${scope.namespace}"`;
    this.cluster = `${namespace},eventstore_cluster="${scope.cluster}"`;
    this.pods = `${namespace},container="eventstore",pod=~"${scope.cluster}-[0-9]+"`;
    this.claims = `${namespace},persistentvolumeclaim=~"data-${scope.cluster}-[0-9]+"`;
  }

  /** A gauge of the database, by its name without prefix. */
  public gauge(name: string, labels = ''): string {
    return `${this.scope.family.prefix}_${name}{${this.cluster}${labels && `,${labels}`}}`;
  }

  /** A counter, whose name ends in `_total` on newer releases. */
  public counter(name: string, labels = ''): string {
    return this.gauge(`${name}${this.scope.family.total ? '_total' : ''}`, labels);
  }

  /** Whether Prometheus could read the members' metrics. */
  public get up(): string {
    return `up{${this.cluster}}`;
  }

  /** How many members are in one of these states now: of each member's statuses the one with the newest time counts. */
  public members(states: string): string {
    const newest = `max by (pod) (${this.gauge('statuses', 'name="Node"')})`;
    const chosen = this.gauge('statuses', `name="Node",status=~"${states}"`);
    return `(count(${chosen} == on (pod) group_left () ${newest}) or vector(0))`;
  }
}

const MEBIBYTE = 1024 * 1024;

/**
 * What is watched. Thresholds are the vendor's where it names one (best practices of its documentation); where it only
 * says "low" they are this library's, and docs/monitoring.md says which.
 */
export const ALERTS: readonly Alert[] = [
  {
    name: 'EventStoreNoLeader',
    severity: 'critical',
    for: '1m',
    summary: 'no leader',
    description: 'Nothing can be written. Look whether a majority of the members runs and can reach each other.',
    expression: (names) => `${names.members('Leader')} < 1`,
  },
  {
    name: 'EventStoreTwoLeaders',
    severity: 'critical',
    for: '1m',
    summary: 'more than one leader',
    description:
      'For seconds that is a change of leaders; for longer, two servers share an identity or a network is cut.',
    expression: (names) => `${names.members('Leader')} > 1`,
  },
  {
    name: 'EventStoreMemberMissing',
    severity: 'warning',
    for: '5m',
    summary: 'fewer leaders and followers than members',
    description: 'The vendor wants one leader and all others as followers. One more loss may cost the quorum.',
    expression: (names) => `${names.members('Leader|Follower')} < ${names.nodes}`,
  },
  {
    name: 'EventStoreNoQuorum',
    severity: 'critical',
    for: '1m',
    summary: 'fewer leaders and followers than a majority',
    description: 'Nothing can be written until a majority of the members runs again.',
    expression: (names) => `${names.members('Leader|Follower')} < ${names.majority}`,
  },
  {
    name: 'EventStoreMetricsDown',
    severity: 'warning',
    for: '2m',
    summary: 'metrics cannot be read',
    description: 'The member is down, or Prometheus may not reach it: look at the NetworkPolicy and the credentials.',
    expression: (names) => `${names.up} == 0`,
  },
  {
    name: 'EventStoreReplicationLag',
    severity: 'warning',
    for: '10m',
    summary: 'a member is behind by more than 64 MiB',
    description: 'The vendor wants a lag near 0 that does not grow. Look at its disk and its network.',
    expression: (names) =>
      lag(`scalar(max(${names.gauge('checkpoints', 'name="writer"')}))`, names.gauge('checkpoints', 'name="writer"')),
  },
  {
    name: 'EventStoreIndexLag',
    severity: 'warning',
    for: '10m',
    summary: 'the index is behind the log by more than 64 MiB',
    description: 'Reads miss what is not indexed. Look at the disk.',
    expression: (names) =>
      lag(
        `${names.gauge('checkpoints', 'name="writer"')}`,
        `ignoring (name) ${names.gauge('checkpoints', 'name="index"')}`,
      ),
  },
  ...twice('EventStoreQueueSlow', [1, 5], 's', {
    for: '5m',
    summary: 'messages wait in a queue',
    description: 'Clients feel it. Look at the CPU and the disk of the member.',
    expression: (names) => `max by (pod, name) (${names.gauge('queue_queueing_duration_max_seconds')})`,
  }),
  ...twice('EventStoreFlushSlow', [0.5, 2], 's', {
    for: '5m',
    summary: 'the disk is slow',
    description:
      'Every append waits for a flush, and a member that cannot flush is taken for dead. Look at the storage.',
    expression: (names) => `max by (pod) (${names.gauge('writer_flush_duration_max_seconds')})`,
  }),
  ...twice('EventStoreDiskFull', [0.8, 0.9], '%', {
    for: '10m',
    summary: 'the disk is nearly full',
    description: 'The vendor wants less than 90 %; a full disk ends the server. Scavenge, or grow the volume.',
    expression: (names) =>
      `${names.gauge('sys_disk_bytes', 'kind="used"')} / ignoring (kind) ${names.gauge('sys_disk_bytes', 'kind="total"')}`,
  }),
  {
    name: 'EventStoreVolumeFull',
    severity: 'critical',
    for: '10m',
    summary: 'a claim is more than 90 % full, as the kubelet sees it',
    description: 'It is also seen of a member that does not run. Grow the volume.',
    expression: (names) =>
      `kubelet_volume_stats_used_bytes{${names.claims}} / kubelet_volume_stats_capacity_bytes{${names.claims}} > 0.9`,
  },
  ...twice('EventStoreGcPause', [2, 8], 's', {
    for: '5m',
    summary: 'the garbage collector stops the server',
    description: 'The vendor wants less than 8 s: after 10 s the others take a member for dead. Look at its memory.',
    expression: (names) => `max by (pod) (${names.gauge('gc_pause_duration_max_seconds')})`,
  }),
  {
    name: 'EventStoreMemoryHigh',
    severity: 'warning',
    for: '15m',
    summary: 'more than 85 % of the memory limit is in use',
    description: 'The vendor wants less than 85 %. At the limit the server is killed.',
    expression: (names) =>
      `container_memory_working_set_bytes{${names.pods}} / (container_spec_memory_limit_bytes{${names.pods}} > 0) > 0.85`,
  },
  {
    name: 'EventStoreCpuHigh',
    severity: 'warning',
    for: '15m',
    summary: 'more than 80 % of the CPU limit is in use',
    description: 'The vendor wants sustained use below 80 %. Where there is no limit this never fires.',
    expression: (names) =>
      `sum by (pod) (rate(container_cpu_usage_seconds_total{${names.pods}}[5m])) / sum by (pod) (container_spec_cpu_quota{${names.pods}} / container_spec_cpu_period{${names.pods}}) > 0.8`,
  },
  {
    name: 'EventStoreElections',
    severity: 'warning',
    since: '24.10',
    summary: 'more than three elections in an hour',
    description: 'Leaders come and go. Look for members that restart, slow disks and a busy network.',
    expression: (names) => `max(increase(${names.counter('elections_count')}[1h])) > 3`,
  },
  {
    name: 'EventStoreProjectionFaulted',
    severity: 'critical',
    for: '2m',
    since: '24.10',
    summary: 'a projection has failed',
    description: 'It stands still until it is corrected and started again.',
    expression: (names) => `max by (projection) (${names.gauge('projection_status', 'status="Faulted"')}) == 1`,
  },
  {
    name: 'EventStoreProjectionStopped',
    severity: 'warning',
    for: '5m',
    since: '24.10',
    summary: 'a projection is stopped',
    description:
      "The vendor wants none stopped. Its own ones, whose names begin with $, are stopped until somebody needs them, and don't count.",
    expression: (names) =>
      `max by (projection) (${names.gauge('projection_status', 'status="Stopped",projection!~"[$].*"')}) == 1`,
  },
  {
    name: 'EventStoreProjectionBehind',
    severity: 'warning',
    for: '30m',
    since: '24.10',
    summary: 'a projection has not seen 1 % of the log for half an hour',
    description: 'The vendor wants a progress near 100 %.',
    expression: (names) =>
      `min by (projection) (${names.gauge('projection_progress')}) < 0.99 and max by (projection) (${names.gauge('projection_running')}) == 1`,
  },
  {
    name: 'EventStoreParkedMessages',
    severity: 'warning',
    for: '10m',
    since: '24.10',
    summary: 'a persistent subscription has parked messages',
    description: 'Consumers could not handle them. Look why, then replay them.',
    expression: (names) =>
      `max by (event_stream_id, group_name) (${names.gauge('persistent_sub_parked_messages')}) > 0`,
  },
  {
    name: 'EventStoreGrpcFailing',
    severity: 'warning',
    for: '10m',
    summary: 'more than one gRPC call a second fails',
    description: 'The vendor wants about none. Look at the clients and at who is the leader.',
    expression: (names) => `sum by (pod) (rate(${names.counter('incoming_grpc_calls', 'kind="failed"')}[5m])) > 1`,
  },
  {
    name: 'EventStoreCacheMisses',
    severity: 'info',
    for: '30m',
    summary: 'less than 80 % of lookups of streams are answered from memory',
    description:
      'The vendor wants 80 % and more. Raise the size of the cache. Fewer than one lookup a second do not count.',
    expression: (names) => {
      const rate = (kind: string) =>
        `sum by (pod) (rate(${names.counter('cache_hits_misses', `cache="stream-info",kind=~"${kind}"`)}[10m]))`;
      return `${rate('hits')} / (${rate('hits|misses')} > 1) < 0.8`;
    },
  },
];

function lag(first: string, behind: string): string {
  return `${first} - ${behind} > ${64 * MEBIBYTE}`;
}

/** A warning and, at the second threshold, a critical alert of the same name. */
function twice(
  name: string,
  thresholds: [number, number],
  unit: 's' | '%',
  alert: Omit<Alert, 'name' | 'severity'>,
): Alert[] {
  return thresholds.map((threshold, index) => ({
    ...alert,
    name,
    severity: index === 0 ? 'warning' : 'critical',
    summary: `${alert.summary}: more than ${unit === '%' ? threshold * 100 : threshold} ${unit}`,
    expression: (names) => `${alert.expression(names)} > ${threshold}`,
  }));
}

/** A group of rules, as Prometheus and the operator take it. */
export interface RuleGroup {
  readonly name: string;
  readonly rules: {
    readonly alert: string;
    readonly expr: string;
    readonly for?: string;
    readonly labels: { readonly [key: string]: string };
    readonly annotations: { readonly [key: string]: string };
  }[];
}

/** All alerts of a cluster. */
export function ruleGroup(scope: AlertScope): RuleGroup {
  const names = new Names(scope);
  return {
    name: `${scope.namespace}/${scope.cluster}`,
    rules: ALERTS.map(({ name, severity, summary, description, expression, ...alert }) => ({
      alert: name,
      expr: expression(names),
      ...(alert.for && { for: alert.for }),
      labels: { severity, namespace: scope.namespace, eventstore_cluster: scope.cluster },
      annotations: {
        summary: `${scope.cluster} in ${scope.namespace}: ${summary}`,
        description: `${description} Value: {{ $value }}{{ with $labels.pod }}, member {{ . }}{{ end }}.`,
      },
    })),
  };
}
