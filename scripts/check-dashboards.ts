/**
 * Part of `npm run typecheck`: the dashboards, as they are written, against Grafana's own types. They are JSON, so the
 * compiler gets them as one source text in which each dashboard stands as a literal of its type.
 */
import { join } from 'node:path';
import ts from 'typescript';
import { dashboards } from '../lib/monitoring/dashboards';

const ROOT = join(__dirname, '..');
const FILE = join(ROOT, 'scripts', 'dashboards.virtual.ts');
const PANELS = '@grafana/schema/dist/esm/raw/composable';

const PRELUDE = `
import type { AnnotationQuery, Dashboard, DataQuery, FieldConfigSource, Panel, RowPanel } from '@grafana/schema';
import type * as timeseries from '${PANELS}/timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen';
import type * as states from '${PANELS}/statetimeline/panelcfg/x/StateTimelinePanelCfg_types.gen';

/** The type as JSON has it: an enum's values are its texts and numbers. */
type Written<T> =
  T extends string ? \`\${T}\`
  : T extends number | boolean | null | undefined ? T
  : T extends (infer E)[] ? Written<E>[]
  : { [K in keyof T]: Written<T[K]> };

interface Chart<Type extends string, Options, Custom> extends Omit<Panel, 'type' | 'options' | 'fieldConfig'> {
  type: Type;
  options: Partial<Options>;
  fieldConfig: FieldConfigSource<Custom>;
}

type Known =
  | Chart<'timeseries', timeseries.Options, timeseries.FieldConfig>
  | Chart<'state-timeline', states.Options, states.FieldConfig>
  | RowPanel;

/** What a data source's plugin adds to a mark is known to the plugin alone. */
interface Marks extends Omit<AnnotationQuery, 'target'> {
  target: DataQuery & Record<string, unknown>;
  titleFormat?: string;
  textFormat?: string;
}

type Checked = Written<Omit<Dashboard, 'panels' | 'annotations'> & { panels: Known[]; annotations: { list: Marks[] } }>;
`;

/** What the compiler says about these dashboards; nothing if all is well. */
export function complaints(texts: readonly string[]): string[] {
  const source = [PRELUDE, ...texts.map((json, index) => `export const d${index}: Checked = ${json};`)].join('\n');
  const options: ts.CompilerOptions = {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.Node20,
    strict: true,
    skipLibCheck: true,
    noEmit: true,
    types: [],
  };
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists, readFile } = host;
  host.getSourceFile = (name, ...rest) =>
    name === FILE ? ts.createSourceFile(name, source, options.target!) : getSourceFile.call(host, name, ...rest);
  host.fileExists = (name) => name === FILE || fileExists.call(host, name);
  host.readFile = (name) => (name === FILE ? source : readFile.call(host, name));
  const program = ts.createProgram([FILE], options, host);
  return ts.getPreEmitDiagnostics(program).map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
}

/** The dashboards of both sources, with the names of both kinds of releases. */
export function all(): string[] {
  const metrics = [
    { prefix: 'eventstore', total: false },
    { prefix: 'kurrentdb', total: true },
  ];
  return (['influxql', 'promql'] as const).flatMap((source) =>
    dashboards({ source, datasourceUid: 'eventstore', metrics }).map(({ json }) => json),
  );
}

if (require.main === module) {
  const found = complaints(all());
  for (const complaint of found) console.error(complaint);
  process.exit(found.length > 0 ? 1 : 0);
}
