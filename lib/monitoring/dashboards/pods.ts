import { machine, pod } from './metric';
import type { DashboardDefinition, Panel, Variable } from './panel';
import { type Operand, show } from './query';

const CONTAINERS = 'container!="",container!="POD"';

const CPU = pod('container', 'cpu_usage_core_nanoseconds', 'container_cpu_usage_seconds_total', {
  matchers: CONTAINERS,
  divisor: 1e9,
});
const MEMORY = pod('container', 'memory_working_set_bytes', 'container_memory_working_set_bytes', {
  matchers: CONTAINERS,
});
// the network belongs to the pod, not to a container of it
const RECEIVED = pod('network', 'rx_bytes', 'container_network_receive_bytes_total', { matchers: 'pod!=""' });
const SENT = pod('network', 'tx_bytes', 'container_network_transmit_bytes_total', { matchers: 'pod!=""' });

const VOLUME_USED = pod('volume', 'used_bytes', 'kubelet_volume_stats_used_bytes');
const VOLUME_SIZE = pod('volume', 'capacity_bytes', 'kubelet_volume_stats_capacity_bytes');

/** What is mounted from a device, without memory that looks like one. */
const DISKS = { matchers: 'device=~"/dev/.+",device!="/dev/shm"' };

const perSecond = (metric: Operand['metric']): Operand => ({ metric, read: 'rate', across: 'sum' });
const total = (metric: Operand['metric']): Operand => ({ metric, across: 'sum' });

/** The pods' share of the pictures; the benchmark's dashboard has them beside the load. */
export const POD_PANELS = {
  cpu: {
    title: 'CPU of each pod',
    answers: 'How many processors does each pod use, all its containers together?',
    unit: 'short',
    queries: [show(perSecond(CPU), ['pod'])],
  },
  memory: {
    title: 'Memory of each pod',
    answers:
      'How much memory does each pod hold that Kubernetes counts against its limit (the working set)? At the limit it is killed.',
    unit: 'bytes',
    queries: [show(total(MEMORY), ['pod'])],
  },
  received: {
    title: 'Network: received by each pod',
    answers: 'How many bytes a second come into each pod?',
    unit: 'Bps',
    queries: [show(perSecond(RECEIVED), ['pod'])],
  },
  sent: {
    title: 'Network: sent by each pod',
    answers: 'How many bytes a second leave each pod? A leader sends every write to the others.',
    unit: 'Bps',
    queries: [show(perSecond(SENT), ['pod'])],
  },
} satisfies Record<string, Panel>;

const VOLUMES: Panel[] = [
  {
    title: 'Volumes: bytes used',
    answers:
      'How much lies on each volume? The kubelet knows every volume of a pod, Prometheus only those that have a claim.',
    unit: 'bytes',
    queries: [show({ metric: VOLUME_USED, across: 'max' }, ['pod', 'volume'])],
  },
  {
    title: 'Volumes: share used',
    answers: 'How full is each volume? A full one ends the server.',
    unit: 'percentunit',
    max: 1,
    limit: 0.9,
    queries: [
      {
        operands: { used: { metric: VOLUME_USED, across: 'max' }, size: { metric: VOLUME_SIZE, across: 'max' } },
        formula: 'used / size',
        by: ['pod', 'volume'],
      },
    ],
  },
];

const NODES: Panel[] = [
  {
    title: 'CPU of each node',
    answers: 'How many processors does each machine use, everything on it together?',
    unit: 'short',
    queries: [
      show(perSecond(machine('cpu_usage_core_nanoseconds', 'container_cpu_usage_seconds_total', { divisor: 1e9 })), [
        'node',
      ]),
    ],
  },
  {
    title: 'Memory of each node',
    answers: 'How much memory is in use on each machine (the working set)?',
    unit: 'bytes',
    queries: [show(total(machine('memory_working_set_bytes', 'container_memory_working_set_bytes')), ['node'])],
  },
  {
    title: 'Network of each node',
    answers: 'How many bytes a second go in and out of each machine?',
    unit: 'Bps',
    queries: [
      show(perSecond(machine('network_rx_bytes', 'container_network_receive_bytes_total')), ['node'], 'received'),
      show(perSecond(machine('network_tx_bytes', 'container_network_transmit_bytes_total')), ['node'], 'sent'),
    ],
  },
  {
    title: 'Disk of each node: share used',
    answers: "How full is each machine's own disk, on which images, logs and pod storage lie?",
    unit: 'percentunit',
    max: 1,
    limit: 0.85,
    queries: [
      {
        operands: {
          used: { metric: machine('fs_used_bytes', 'container_fs_usage_bytes', DISKS), across: 'max' },
          size: { metric: machine('fs_capacity_bytes', 'container_fs_limit_bytes', DISKS), across: 'max' },
        },
        formula: 'used / size',
        by: ['node', 'device'],
      },
    ],
  },
];

/** Chooses among the namespaces that pods are in. */
export const POD_NAMESPACE: Variable = {
  name: 'namespace',
  label: 'Namespace',
  choices: {
    influxql: 'SHOW TAG VALUES FROM "kubernetes_pod_container" WITH KEY = "namespace"',
    promql: 'label_values(container_memory_working_set_bytes{container!=""}, namespace)',
  },
};

/** What pods and machines use: the pictures of 2017. */
export const PODS: DashboardDefinition = {
  name: 'pods',
  title: 'Pods',
  description: 'CPU, memory, network and volumes of pods and machines, as the kubelets report them.',
  refresh: '30s',
  from: 'now-1h',
  variables: [POD_NAMESPACE],
  rows: [
    { title: 'Pods', panels: [POD_PANELS.cpu, POD_PANELS.memory, POD_PANELS.received, POD_PANELS.sent] },
    { title: 'Volumes', panels: VOLUMES },
    { title: 'Nodes', panels: NODES },
  ],
};
