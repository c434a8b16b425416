import type { Dashboard } from './dashboards';

/** One picture of 2017: a measurement of heapster's schema, by pod. */
interface Picture {
  readonly title: string;
  readonly measurement: string;
  readonly type: 'pod' | 'pod_container';
  readonly unit: string;
  readonly divisor?: number;
}

const PICTURES: Picture[] = [
  { title: 'CPU by pod (cores)', measurement: 'cpu/usage_rate', type: 'pod', unit: 'none', divisor: 1000 },
  { title: 'Memory by pod', measurement: 'memory/working_set', type: 'pod', unit: 'bytes' },
  { title: 'Network, received by pod', measurement: 'network/rx_rate', type: 'pod', unit: 'Bps' },
  { title: 'Network, sent by pod', measurement: 'network/tx_rate', type: 'pod', unit: 'Bps' },
  { title: 'File systems by pod', measurement: 'filesystem/usage', type: 'pod', unit: 'bytes' },
];

/** The pictures of 2017 in heapster's own names, which no other dashboard knows. */
export function heapsterDashboard(datasourceUid: string): Dashboard {
  const title = 'Pods (heapster)';
  const datasource = { type: 'influxdb', uid: datasourceUid };
  const panels = PICTURES.map((picture, index) => ({
    id: index + 1,
    type: 'timeseries',
    title: picture.title,
    gridPos: { h: 8, w: 12, x: (index % 2) * 12, y: Math.floor(index / 2) * 8 },
    datasource,
    fieldConfig: { defaults: { unit: picture.unit }, overrides: [] },
    targets: [
      {
        refId: 'A',
        datasource,
        rawQuery: true,
        resultFormat: 'time_series',
        alias: '$tag_pod_name',
        query: heapsterQuery(picture),
      },
    ],
  }));
  const dashboard = {
    uid: 'eventstore-heapster',
    title,
    tags: ['eventstore'],
    schemaVersion: 39,
    editable: false,
    refresh: '30s',
    time: { from: 'now-1h', to: 'now' },
    panels,
  };
  return { name: 'heapster', title, json: JSON.stringify(dashboard) };
}

function heapsterQuery({ measurement, type, divisor }: Picture): string {
  const value = `mean("value")${divisor ? ` / ${divisor}` : ''}`;
  return `SELECT ${value} FROM "${measurement}" WHERE "type" = '${type}' AND $timeFilter GROUP BY time($__interval), "namespace_name", "pod_name" fill(null)`;
}
