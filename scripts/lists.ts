/**
 * Part of `npm run frames`: writes the lists of panels and alerts in docs/monitoring.md, between their marks. A test fails
 * when the page has others than the code.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ALERTS } from '../lib/monitoring/alerts';
import { DEFINITIONS, targetsOf } from '../lib/monitoring/dashboards';
import type { DashboardDefinition, Marks, Panel } from '../lib/monitoring/dashboards/panel';

export const PAGE = join(__dirname, '../docs/monitoring.md');

const NEW = [{ prefix: 'kurrentdb', total: true }];

/** The page with the lists of today. */
export function listed(page: string): string {
  return put(put(page, 'panels', DEFINITIONS.map(dashboard).join('\n\n')), 'alerts', alerts());
}

function put(page: string, name: string, text: string): string {
  const [begin, end] = [`<!-- ${name}: npm run frames -->`, `<!-- end of ${name} -->`];
  const [before, rest] = page.split(begin);
  return `${before}${begin}\n\n${text}\n\n${end}${rest.split(end)[1]}`;
}

function dashboard({ title, description, rows, marks = [] }: DashboardDefinition): string {
  return [
    `### ${title}`,
    description,
    ...rows.flatMap((row) => row.panels.map((one) => panel(row.title, one))),
    ...marks.map(mark),
  ].join('\n\n');
}

function panel(row: string, one: Panel): string {
  const since = one.since ? ` Since ${one.since}.` : '';
  const queries = (source: 'influxql' | 'promql') => targetsOf(one, { source, metrics: NEW }).map(({ text }) => text);
  return `**${one.title}** (${row}): ${one.answers}${since}\n\n${code([...queries('influxql'), ...queries('promql')])}`;
}

function mark({ name, answers, query }: Marks): string {
  return `**${name}** (marks in all panels): ${answers}\n\n${code([query.influxql, query.promql])}`;
}

function code(lines: string[]): string {
  return ['```', ...lines, '```'].join('\n');
}

function alerts(): string {
  const rows = ALERTS.map((alert) => {
    const holds = alert.for ?? '–';
    return `| ${alert.name} | ${alert.severity} | ${alert.summary} | ${holds} | ${alert.since ?? ''} |`;
  });
  return ['| alert | severity | when | for | since |', '|---|---|---|---|---|', ...rows].join('\n');
}

if (require.main === module) writeFileSync(PAGE, listed(readFileSync(PAGE, 'utf8')));
