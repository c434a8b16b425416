import { cellsOf, type Variant } from '../figures/cells';
import { compareSides } from '../figures/comparison';
import { Histogram } from '../figures/histogram';
import { recoveriesOf } from '../figures/recovery';
import { latencyOf, OPERATIONS } from '../figures/run-figures';
import { geometricMean } from '../figures/statistics';
import { caveats } from './caveats';
import { clientProof } from './client';
import { type Block, bullets, type Chart, heading } from './document';
import { findings } from './findings';
import { list } from './format';
import { headline, ratios } from './headline-sections';
import { toHtml } from './html';
import { inputs } from './inputs-section';
import { kills } from './kills-section';
import { ledgers } from './ledger-section';
import { toMarkdown } from './markdown';
import { errors, operationLatency, operations } from './operations-section';
import { latencyChart, ratioChart, throughputChart } from './row-charts';
import { EXIT_CODES, verdictBanner, verdictOf } from './verdict';

/** A report as files, by their names, and what the command line ends with. */
export interface Report {
  readonly files: ReadonlyMap<string, string>;
  readonly exitCode: number;
  /** the verdict in one line */
  readonly verdict: string;
}

/** The same runs give the same bytes: no clock, and no path but those that were given. */
export function makeReport(variants: readonly Variant[]): Report {
  const cells = cellsOf(variants);
  const names = variants.map(({ name }) => name);
  const comparisons = cells.flatMap(compareSides);
  const banner = verdictBanner(variants);
  const title = names.length > 1 ? `Benchmark: ${list(names)}` : `Benchmark of ${names[0]}`;
  const blocks: Block[] = [
    heading(1, title),
    banner,
    ...bullets(findings(comparisons)),
    heading(2, 'Before you believe it'),
    ...bullets(caveats(variants, cells)),
    heading(2, 'Headline'),
    ...headline(cells),
    throughputChart(cells, names),
    ...present(latencyChart(cells, names, (side) => pooled(side))),
    ...ratios(comparisons),
    ...present(ratioChart(comparisons)),
    ...operations(cells),
    ...errors(cells),
    ...kills(cells, names),
    ...ledgers(cells),
    ...clientProof(cells),
    ...inputs(variants),
  ];
  const verdict = verdictOf(variants);
  const results = {
    format: 1,
    verdict,
    exitCode: EXIT_CODES[verdict],
    summary: `${banner.lead} ${banner.text}`,
    findings: findings(comparisons),
    caveats: caveats(variants, cells),
    comparisons,
    cells: cells.map(({ key, title: load, sides }) => ({
      key,
      load,
      variants: sides.map((side) => ({
        variant: side.variant,
        operations: Object.fromEntries(OPERATIONS.map((operation) => [operation, operationLatency(side, operation)])),
        runs: side.runs.map(({ figures, data }) => ({
          ...figures,
          ...(data && {
            lines: data.lines,
            errors: Object.fromEntries(
              [...data.errors]
                .sort(byName)
                .map(([kind, phases]) => [kind, Object.fromEntries([...phases].sort(byName))]),
            ),
            recoveries: recoveriesOf(data),
          }),
        })),
      })),
    })),
    unread: variants.flatMap(({ unread }) => unread),
  };
  const files = new Map([
    ['report.md', toMarkdown(blocks)],
    ['report.html', toHtml(title, blocks)],
    ['results.json', `${JSON.stringify(results, null, 2)}\n`],
    ...blocks
      .filter((block): block is Chart => block.kind === 'chart')
      .map(({ file, svg }): [string, string] => [file, svg]),
  ]);
  return { files, exitCode: EXIT_CODES[verdict], verdict: `${banner.lead} ${banner.text}` };
}

/** Of all runs together where there are histograms; else the runs' own, as the table has them. */
function pooled(side: Parameters<typeof operationLatency>[0]) {
  const sum = new Histogram();
  for (const { data } of side.runs) if (data) sum.add(data.http);
  if (sum.count > 0) return latencyOf(sum);
  const of = (key: 'p50' | 'p95' | 'p99') => {
    const values = side.runs.map(({ figures }) => figures.latency[key]);
    return values.every((value) => value !== undefined && value > 0) ? geometricMean(values as number[]) : undefined;
  };
  return { p50: of('p50'), p95: of('p95'), p99: of('p99') };
}

function present<T>(value: T | undefined): T[] {
  return value === undefined ? [] : [value];
}

function byName([a]: [string, unknown], [b]: [string, unknown]): number {
  return a < b ? -1 : 1;
}
