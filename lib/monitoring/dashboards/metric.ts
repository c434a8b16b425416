/** Which names a release's metrics have. */
export interface MetricFamily {
  /** `eventstore` or `kurrentdb` */
  readonly prefix: string;
  /** whether counters end in `_total` */
  readonly total: boolean;
}

/** Where the series lie. */
export type Source = 'influxql' | 'promql';

/** How InfluxDB or Prometheus calls a label; Prometheus' own exporters have two names for a machine. */
type Names = Record<Source, readonly string[]>;

/** A field of a measurement in InfluxDB, a metric in Prometheus: the same quantity under its two names. */
export interface Metric {
  readonly influxql: {
    readonly measurement: string;
    readonly field: (family: MetricFamily) => string;
    /** what one unit of the field is divided by */
    readonly divisor?: number;
    /** every point is one event and its count, not a running total */
    readonly events?: boolean;
  };
  readonly promql: {
    readonly name: (family: MetricFamily) => string;
    /** matchers that leave out what is no series of its own, such as sums over a pod's containers */
    readonly matchers?: string;
    /** the metric is a value where InfluxDB has events: k6 has made percentiles and shares of them */
    readonly summarized?: boolean;
    /** what InfluxDB's unit has of this one */
    readonly factor?: number;
  };
  /** names of the labels that panels speak of; what is not listed is called the same everywhere */
  readonly labels: Readonly<Record<string, Names>>;
  /** the dashboard's variables that choose among the series */
  readonly scope: readonly string[];
}

const same = (name: string): Names => ({ influxql: [name], promql: [name] });

/** The labels of a member's `/metrics`: Telegraf's tags, the Prometheus operator's and those of our ServiceMonitor. */
const DATABASE_LABELS = {
  namespace: same('namespace'),
  // Prometheus users often keep "cluster" for the name of the whole Kubernetes
  cluster: { influxql: ['cluster'], promql: ['eventstore_cluster'] },
  member: { influxql: ['member'], promql: ['pod'] },
};

/** A metric of the database, by its name without prefix and `_total`. */
export function database(name: string, kind: 'gauge' | 'counter' = 'gauge'): Metric {
  const full = ({ prefix, total }: MetricFamily) => `${prefix}_${name}${kind === 'counter' && total ? '_total' : ''}`;
  return {
    influxql: { measurement: 'prometheus', field: full },
    promql: { name: full },
    labels: DATABASE_LABELS,
    scope: ['namespace', 'cluster'],
  };
}

/** Whether the metric is the database's own, and so has names that differ between releases. */
export function ofDatabase(metric: Metric): boolean {
  return metric.labels === DATABASE_LABELS;
}

const KUBELET_LABELS = {
  namespace: same('namespace'),
  pod: { influxql: ['pod_name'], promql: ['pod'] },
  container: { influxql: ['container_name'], promql: ['container'] },
  // Prometheus knows volumes by their claims only
  volume: { influxql: ['volume_name'], promql: ['persistentvolumeclaim'] },
  // which of the two names the machine depends on who set Prometheus up
  node: { influxql: ['node_name'], promql: ['node', 'instance'] },
  // the kubelet speaks of one disk of its own, cAdvisor of all that are mounted
  device: { influxql: [], promql: ['device'] },
};

/** What the kubelet says about a pod: Telegraf's `inputs.kubernetes`, and the metrics of cAdvisor and the kubelet. */
export function pod(
  measurement: 'container' | 'network' | 'volume',
  field: string,
  name: string,
  options: { matchers?: string; divisor?: number } = {},
): Metric {
  return {
    influxql: { measurement: `kubernetes_pod_${measurement}`, field: () => field, divisor: options.divisor },
    promql: { name: () => name, matchers: options.matchers },
    labels: KUBELET_LABELS,
    scope: ['namespace'],
  };
}

/** What the kubelet says about its machine. In Prometheus that is the root of all control groups. */
export function machine(field: string, name: string, options: { matchers?: string; divisor?: number } = {}): Metric {
  const matchers = ['id="/"', ...(options.matchers ? [options.matchers] : [])].join(',');
  return {
    influxql: { measurement: 'kubernetes_node', field: () => field, divisor: options.divisor },
    promql: { name: () => name, matchers },
    labels: KUBELET_LABELS,
    scope: [],
  };
}

/**
 * A metric of k6. Its InfluxDB output writes every sample, in milliseconds where it is a time; its Prometheus output
 * writes what it has made of them, in seconds, under names that say what.
 */
export function k6(name: string, kind: 'gauge' | 'counter' | 'rate' | number): Metric {
  const suffix = { gauge: '', counter: '_total', rate: '_rate' };
  const percentile = typeof kind === 'number';
  return {
    influxql: { measurement: name, field: () => 'value', events: true },
    promql: {
      name: () => `k6_${name}${percentile ? `_p${kind}` : suffix[kind]}`,
      summarized: percentile,
      factor: percentile ? 1000 : undefined,
    },
    labels: {},
    scope: [],
  };
}
