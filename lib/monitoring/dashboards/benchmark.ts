import { k6 } from './metric';
import type { DashboardDefinition, Panel } from './panel';
import { POD_NAMESPACE, POD_PANELS } from './pods';
import { type Query, show } from './query';

/** k6 sends many samples a second, so its pictures may be finer than the scraped ones. */
const FINE = 5;
const PERCENTILES = [50, 95, 99];

function percentile(name: string, which: number, legend: string): Query {
  return show({ metric: k6(name, which), read: { percentile: which } }, [], legend);
}

/** A counter of k6, per second. */
function perSecond(name: string, legend: string): Query {
  return show({ metric: k6(name, 'counter'), read: 'rate' }, [], legend);
}

const LOAD: Panel[] = [
  {
    title: 'Users',
    answers: 'How many users are at work?',
    unit: 'short',
    queries: [show({ metric: k6('vus', 'gauge'), across: 'max' }, [], 'users')],
  },
  {
    title: 'Requests',
    answers: 'How many requests a second are answered?',
    unit: 'reqps',
    queries: [perSecond('http_reqs', 'requests')],
  },
  {
    title: 'Failed requests',
    answers: 'Which share of the requests fails, for any reason?',
    unit: 'percentunit',
    max: 1,
    queries: [show({ metric: k6('http_req_failed', 'rate'), read: 'share' }, [], 'failed')],
  },
  {
    title: 'Request duration',
    answers: 'How long do requests take: half of them, all but 5 %, all but 1 %?',
    unit: 'ms',
    queries: PERCENTILES.map((which) => percentile('http_req_duration', which, `p${which}`)),
  },
];

const OPERATIONS: Panel[] = [
  {
    title: 'Operations: 95th percentile',
    answers: 'Which operation of the scenario is slow?',
    unit: 'ms',
    queries: [
      percentile('es_create_duration', 95, 'create the stream'),
      percentile('es_append_duration', 95, 'append'),
      percentile('es_read_stream_duration', 95, 'read the stream'),
      percentile('es_read_event_duration', 95, 'read an event'),
    ],
  },
  {
    title: 'Appends by outcome',
    answers:
      'How many appends a second are acknowledged, how many refused, and of how many does nobody know? The last are those that a kill catches on their way.',
    unit: 'ops',
    queries: [
      perSecond('es_acked', 'acknowledged'),
      perSecond('es_refused', 'refused'),
      perSecond('es_indeterminate', 'indeterminate'),
    ],
  },
  {
    title: 'Stale reads',
    answers: 'How many reads a second meet a follower that does not have yet what was acknowledged before?',
    unit: 'ops',
    queries: [perSecond('es_stale_reads', 'stale reads')],
  },
  {
    title: 'Bytes sent and received',
    answers: 'How many bytes a second does the load move?',
    unit: 'Bps',
    queries: [perSecond('data_sent', 'sent'), perSecond('data_received', 'received')],
  },
];

/** The load beside what it does to the pods. */
export const BENCHMARK: DashboardDefinition = {
  name: 'benchmark',
  title: 'Benchmark',
  description: "k6's figures beside the pods', with the killed pods marked.",
  refresh: '5s',
  from: 'now-15m',
  variables: [POD_NAMESPACE],
  rows: [
    { title: 'Load', panels: LOAD.map(fine) },
    { title: 'Operations', panels: OPERATIONS.map(fine) },
    { title: 'Pods', panels: Object.values(POD_PANELS) },
  ],
  marks: [
    {
      name: 'Kills',
      answers: 'When was a pod killed?',
      color: 'red',
      query: {
        influxql: 'SELECT "text", "pod" FROM "kills" WHERE $timeFilter',
        // the killer's own records do not reach Prometheus; what does is that a container of the pod is new
        promql:
          'time() - max by (namespace, pod) (container_start_time_seconds{namespace=~"$namespace",container!="",container!="POD"}) < 60',
      },
    },
  ],
};

function fine(panel: Panel): Panel {
  return { ...panel, step: FINE };
}
