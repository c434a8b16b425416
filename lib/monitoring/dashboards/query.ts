import type { Metric, MetricFamily, Source } from './metric';
import { ofDatabase } from './metric';

/**
 * How a series is read:
 * - `value`: as it stands
 * - `rate`: a counter's growth per second
 * - `increase`: a counter's growth in one step of the picture
 * - `share`: the mean of zeros and ones
 * - `current`: counts the statuses that are the current ones. Every status that a member ever had is a series whose
 *   value is the second in which it was last seen: the current one has the newest value, and is the only one that moves.
 */
export type Reading = 'value' | 'rate' | 'increase' | 'share' | 'current' | { readonly percentile: number };

/** Some series, read. */
export interface Operand {
  readonly metric: Metric;
  /** @default 'value' */
  readonly read?: Reading;
  /** labels and the value that they must have */
  readonly where?: Readonly<Record<string, string>>;
  /** how many series of one group become one; absent where a group has one series */
  readonly across?: 'sum' | 'max' | 'min';
}

/** A line, or one for each group, of a panel. */
export interface Query {
  readonly operands: Readonly<Record<string, Operand>>;
  /** of the operands' names, with + - * / and brackets */
  readonly formula: string;
  /** labels that make a group */
  readonly by: readonly string[];
  /** text in front of the group's labels in the legend */
  readonly legend?: string;
}

/** A query of one operand. */
export function show(operand: Operand, by: readonly string[], legend?: string): Query {
  return { operands: { value: operand }, formula: 'value', by, legend };
}

/** Whether the query reads the database's own metrics. */
export function readsDatabase(query: Query): boolean {
  return Object.values(query.operands).some(({ metric }) => ofDatabase(metric));
}

/** The query in the language of its source, as Grafana takes it, with Grafana's variables in it. */
export function write(query: Query, source: Source, family: MetricFamily): string {
  return source === 'influxql' ? influxql(query, family) : promql(query, family);
}

/** The legend in Grafana's language for the source. */
export function legend(query: Query, source: Source): string {
  const metric = Object.values(query.operands)[0].metric;
  const labels = labelNames(metric, query.by, source).map((name) =>
    source === 'influxql' ? `$tag_${name}` : `{{${name}}}`,
  );
  return [...(query.legend ? [query.legend] : []), ...labels].join(' ');
}

// --- InfluxQL

const EVERY = 'time($__interval)';
const quoted = (name: string) => `"${name}"`;
const group = (names: readonly string[]) => [EVERY, ...names].join(', ');

function influxql({ operands, formula, by }: Query, family: MetricFamily): string {
  const entries = Object.entries(operands);
  const names = labelNames(entries[0][1].metric, by, 'influxql').map(quoted);
  if (entries.length === 1 && formula === entries[0][0]) {
    // a gap stays a gap, but a count of nothing would be filled with 0
    const fill = entries[0][1].read === 'current' ? 'none' : 'null';
    return `${select(entries[0][1], names, family)} fill(${fill})`;
  }
  // several selections in one FROM lie beside each other as columns of the same time and group. There is one value of
  // each; mean makes a float of it, and of two integer columns InfluxDB 1.6 loses the second
  const from = entries.map(([name, operand]) => `(${select(operand, names, family, name)})`).join(', ');
  const value = formula.replace(/[a-z]+/g, (name) => `mean(${quoted(name)})`);
  return `SELECT ${value} FROM ${from} WHERE $timeFilter GROUP BY ${group(names)} fill(null)`;
}

/** One operand as a selection, one series for each group. */
function select(operand: Operand, names: readonly string[], family: MetricFamily, as?: string): string {
  const { metric, across, read } = operand;
  const { measurement } = metric.influxql;
  const where = [...influxConditions(operand), '$timeFilter'].join(' AND ');
  const alias = as ? ` AS ${quoted(as)}` : '';
  const single = `SELECT ${reading(operand, family)}`;
  const of = `FROM ${quoted(measurement)} WHERE ${where}`;
  if (read !== 'current' && !across) return `${single}${alias} ${of} GROUP BY ${group(names)}`;
  const [combine, wanted] = read === 'current' ? ['count', ' AND "one" > 0.5'] : [across, ''];
  // first each series for itself (whatever tags it has), then those of a group together
  const series = `(${single} AS "one" ${of} GROUP BY ${EVERY}, * fill(none))`;
  return `SELECT ${combine}("one")${alias} FROM ${series} WHERE $timeFilter${wanted} GROUP BY ${group(names)}`;
}

function reading({ metric, read = 'value', across }: Operand, family: MetricFamily): string {
  const { divisor, events } = metric.influxql;
  const field = quoted(metric.influxql.field(family));
  const scaled = (expression: string) => (divisor ? `${expression} / ${divisor}` : expression);
  if (typeof read === 'object') return `percentile(${field}, ${read.percentile})`;
  switch (read) {
    case 'rate':
      if (events) return `sum(${field}) * 1000 / $__interval_ms`;
      return scaled(`non_negative_derivative(max(${field}), 1s)`);
    case 'current':
      return `non_negative_derivative(max(${field}), 1s)`;
    case 'increase':
      return events ? `sum(${field})` : `non_negative_difference(max(${field}))`;
    case 'share':
      return `mean(${field})`;
    case 'value':
      // of a maximum the largest, of the rest the newest: a mean of a step is a value that never was
      return scaled(`${across === 'max' ? 'max' : 'last'}(${field})`);
  }
}

function influxConditions({ metric, where = {} }: Operand): string[] {
  const variables = metric.scope.map((label) => `${quoted(nameOf(metric, label, 'influxql')[0])} =~ /^$${label}$/`);
  const values = Object.entries(where).map(
    ([label, value]) => `${quoted(nameOf(metric, label, 'influxql')[0])} = '${value}'`,
  );
  return [...variables, ...values];
}

// --- PromQL

function promql({ operands, formula, by }: Query, family: MetricFamily): string {
  const entries = Object.entries(operands);
  if (entries.length === 1 && formula === entries[0][0]) return expression(entries[0][1], by, family);
  return formula.replace(/[a-z]+/g, (name) => expression(operands[name], by, family));
}

function expression(operand: Operand, by: readonly string[], family: MetricFamily): string {
  const { metric, read = 'value', across } = operand;
  const { summarized, factor } = metric.promql;
  const selected = selector(operand, family);
  const combine = (function_: string, what: string) => {
    const names = labelNames(metric, by, 'promql');
    return names.length > 0 ? `${function_} by (${names.join(', ')}) (${what})` : `${function_}(${what})`;
  };
  switch (read) {
    case 'rate':
      return combine(across ?? 'sum', `rate(${selected}[$__rate_interval])`);
    case 'increase':
      return combine(across ?? 'sum', `increase(${selected}[$__rate_interval])`);
    case 'current':
      return combine('count', `${selected} == ${newestStatus(operand, family)}`);
    case 'share':
      return combine('avg', selected);
    default:
      // also where a group has one series: it sheds the labels that nobody asks for, such as otel_scope_name
      return `${combine(across ?? (summarized ? 'avg' : 'max'), selected)}${factor ? ` * ${factor}` : ''}`;
  }
}

/** The newest of the member's statuses, beside each of them. */
function newestStatus({ metric, where: { status, ...where } = {} }: Operand, family: MetricFamily): string {
  const member = labelNames(metric, [...metric.scope, 'member'], 'promql').join(', ');
  return `on (${member}) group_left () max by (${member}) (${selector({ metric, where }, family)})`;
}

function selector({ metric, where = {} }: Operand, family: MetricFamily): string {
  const variables = metric.scope.map((label) => `${nameOf(metric, label, 'promql')[0]}=~"$${label}"`);
  const values = Object.entries(where).map(([label, value]) => `${nameOf(metric, label, 'promql')[0]}="${value}"`);
  const all = [...variables, ...values, ...(metric.promql.matchers ? [metric.promql.matchers] : [])];
  return `${metric.promql.name(family)}${all.length > 0 ? `{${all.join(',')}}` : ''}`;
}

function labelNames(metric: Metric, labels: readonly string[], source: Source): string[] {
  return labels.flatMap((label) => nameOf(metric, label, source));
}

function nameOf(metric: Metric, label: string, source: Source): readonly string[] {
  return metric.labels[label]?.[source] ?? [label];
}
