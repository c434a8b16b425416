import { BENCHMARK } from './benchmark';
import { EVENTSTORE } from './eventstore';
import { FRAMES } from './frames.generated';
import type { MetricFamily, Source } from './metric';
import { type DashboardDefinition, type Panel, panelsOf } from './panel';
import { PODS } from './pods';
import { legend, readsDatabase, write } from './query';

/** What dashboards need to know of the place where their data lie. */
export interface DashboardInput {
  readonly source: Source;
  /** the data source's `uid` in Grafana */
  readonly datasourceUid: string;
  /** the names of the database's metrics, once for each kind of release that is monitored */
  readonly metrics: MetricFamily[];
}

/** A dashboard as Grafana takes it. */
export interface Dashboard {
  /** the file's name, without `.json` */
  readonly name: string;
  readonly title: string;
  readonly json: string;
}

/** The definitions that both sources share. */
export const DEFINITIONS: readonly DashboardDefinition[] = [PODS, EVENTSTORE, BENCHMARK];

/** A query of a panel. */
export interface Target {
  readonly refId: string;
  readonly text: string;
  readonly legend: string;
}

/** The dashboards on a data source. */
export function dashboards(input: DashboardInput): Dashboard[] {
  return DEFINITIONS.map((definition) => ({
    name: definition.name,
    title: definition.title,
    json: JSON.stringify(filled(definition, input)),
  }));
}

/** A panel's queries: those on the database once for each kind of names, since a cluster has one of them. */
export function targetsOf(panel: Panel, input: Pick<DashboardInput, 'source' | 'metrics'>): Target[] {
  const families = distinct(input.metrics);
  return panel.queries
    .flatMap((query) => (readsDatabase(query) ? families : families.slice(0, 1)).map((family) => ({ query, family })))
    .map(({ query, family }, index) => ({
      refId: String.fromCharCode('A'.charCodeAt(0) + index),
      text: write(query, input.source, family),
      legend: legend(query, input.source),
    }));
}

/** The frame, which the builder has made of the definition, with what depends on the source put in. */
function filled(definition: DashboardDefinition, input: DashboardInput): unknown {
  const frame = JSON.parse(FRAMES[definition.name]) as Frame;
  const datasource = { type: input.source === 'influxql' ? 'influxdb' : 'prometheus', uid: input.datasourceUid };
  const panels = panelsOf(definition);
  return {
    ...frame,
    panels: frame.panels.map((panel) =>
      panel.type === 'row'
        ? panel
        : { ...panel, datasource, targets: targets(panels[panel.id - 1], input, datasource) },
    ),
    templating: {
      list: frame.templating.list.map((variable, index) => ({
        ...variable,
        datasource,
        query: variableQuery(definition.variables[index].choices[input.source], input.source),
      })),
    },
    annotations: {
      list: (definition.marks ?? []).map(({ name, color, query }) => ({
        name,
        enable: true,
        iconColor: color,
        datasource,
        target: { refId: 'Anno' },
        ...(input.source === 'influxql'
          ? { query: query.influxql, textColumn: 'text', tagsColumn: 'pod' }
          : { expr: query.promql, step: '15s', titleFormat: 'pod started', textFormat: '{{namespace}}/{{pod}}' }),
      })),
    },
  };
}

function targets(panel: Panel, input: DashboardInput, datasource: unknown): unknown[] {
  return targetsOf(panel, input).map(({ refId, text, legend: name }) =>
    input.source === 'influxql'
      ? { refId, datasource, rawQuery: true, resultFormat: 'time_series', query: text, alias: name }
      : { refId, datasource, expr: text, legendFormat: name, range: true },
  );
}

function variableQuery(query: string, source: Source): unknown {
  // what Grafana's editor for Prometheus writes: 1 is "label values", but a plain query is 5
  return source === 'influxql' ? query : { qryType: 5, query, refId: 'variable' };
}

function distinct(metrics: readonly MetricFamily[]): MetricFamily[] {
  const seen = new Map(metrics.map((family) => [`${family.prefix} ${family.total}`, family]));
  // without a database to look at, the panels are those of the default release
  return seen.size > 0 ? [...seen.values()] : [{ prefix: 'kurrentdb', total: true }];
}

interface Frame {
  readonly panels: readonly { readonly id: number; readonly type: string }[];
  readonly templating: { readonly list: readonly object[] };
}
