import { families } from './families';
import type { Http } from './http';
import type { Line } from './line';
import type { Node } from './node';

const UNIT = /_(seconds|bytes|events|entries|operations)(_total)?$/;

/**
 * The page /metrics, with the names and labels of each line as they were recorded. Values are live where the double has
 * such a thing; where it has not (caches of records, calls of gRPC, queues besides the loop that does everything here)
 * they are 0. Families of the web framework, of projections and of persistent subscriptions are left out.
 */
export function metrics(node: Node, http: Http): string {
  const { line } = node;
  const now = Date.now();
  const stamp = line.isKurrent ? ` ${now}` : '';
  const scope = line.isKurrent ? `otel_scope_name="${line.scope}.Core",otel_scope_version="1.0.0"` : '';
  const out: string[] = [];
  for (const { name, type, samples } of families(node, http)) {
    const full = fullName(name, type, line);
    out.push(`# TYPE ${full} ${type}`);
    const unit = line.isKurrent && UNIT.exec(full)?.[1];
    if (unit) out.push(`# UNIT ${full} ${unit}`);
    for (const [labels, value] of samples) {
      const text = [scope, ...Object.entries(labels).map(([key, of]) => `${key}="${of}"`)].filter(Boolean).join(',');
      const row = (suffix: string, more: string, amount: number) => {
        const all = [text, more].filter(Boolean).join(',');
        out.push(`${full}${suffix}${all ? `{${all}}` : ''} ${amount}${stamp}`);
      };
      if (typeof value === 'number') {
        row('', '', value);
        continue;
      }
      for (const [i, bound] of value.bounds.entries()) row('_bucket', `le="${boundName(bound)}"`, value.counts[i]);
      row('_bucket', 'le="+Inf"', value.count);
      row('_sum', '', value.sum);
      row('_count', '', value.count);
    }
  }
  return `${out.join('\n')}\n${line.isKurrent ? '# EOF\n' : ''}`;
}

/** Names that are not only another prefix and suffix on the older lines. */
const OLD_NAMES: Record<string, string> = {
  proc_up_time_seconds: 'proc_up_time',
  gc_allocated_bytes: 'gc_total_allocated',
};

function fullName(name: string, type: string, line: Line): string {
  if (!line.isKurrent) return `${line.metricPrefix}_${OLD_NAMES[name] ?? name}`;
  return `${line.metricPrefix}_${name}${type === 'counter' ? '_total' : ''}`;
}

/** As .NET writes it. */
function boundName(bound: number): string {
  return bound < 1e-4 && bound > 0 ? bound.toExponential().replace('e-', 'E-0').toUpperCase() : String(bound);
}
