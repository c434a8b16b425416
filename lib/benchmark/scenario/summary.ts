type Metrics = Record<string, { values: Record<string, number> }>;

/** What a person wants to see at once; the report has the rest. */
export function summaryText(metrics: Metrics): string {
  const count = (name: string) => metrics[name]?.values.count ?? 0;
  const ms = (name: string) => {
    const { med, 'p(99)': p99, max } = metrics[name]?.values ?? {};
    return med === undefined
      ? 'none'
      : `median ${med.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms, max ${max.toFixed(0)} ms`;
  };
  return [
    `appends: ${count('es_acked')} acknowledged, ${count('es_refused')} refused, ${count('es_indeterminate')} indeterminate`,
    `  create       ${ms('es_create_duration')}`,
    `  append       ${ms('es_append_duration')}`,
    `  read stream  ${ms('es_read_stream_duration')}`,
    `  read event   ${ms('es_read_event_duration')}`,
    `errors: ${count('es_errors')}, stale reads: ${count('es_stale_reads')}, dropped iterations: ${count('dropped_iterations')}`,
    '(with the warm-up: the report leaves it out)',
    '',
  ].join('\n');
}
