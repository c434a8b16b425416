/**
 * `npm run frames`: writes the frames of the dashboards with Grafana's typed builder. A frame is everything about a
 * dashboard but its data source and queries, which the library puts in (lib/monitoring/dashboards/index.ts): the
 * builder is a development dependency, and where the data lie is known only when manifests are made.
 * A test fails when the written frames are not those of the definitions.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  GraphDrawStyle,
  GraphThresholdsStyleConfigBuilder,
  GraphThresholdsStyleMode,
  LegendDisplayMode,
  SortOrder,
  TooltipDisplayMode,
  VisibilityMode,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import {
  DashboardBuilder,
  DashboardCursorSync,
  FieldColorBuilder,
  FieldColorModeId,
  QueryVariableBuilder,
  RowBuilder,
  ThresholdsConfigBuilder,
  ThresholdsMode,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder as StatesBuilder } from '@grafana/grafana-foundation-sdk/statetimeline';
import { PanelBuilder as LinesBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import { DEFINITIONS } from '../lib/monitoring/dashboards';
import { type DashboardDefinition, type Panel, panelsOf, type Variable } from '../lib/monitoring/dashboards/panel';

export const TARGET = join(__dirname, '../lib/monitoring/dashboards/frames.generated.ts');

/** How wide the panels of a row are, by their number, in 24ths: all of a line are of one width. */
const WIDTHS: Record<number, number[]> = {
  1: [24],
  2: [12, 12],
  3: [8, 8, 8],
  4: [12, 12, 12, 12],
  5: [8, 8, 8, 12, 12],
  6: [8, 8, 8, 8, 8, 8],
};

/** The whole file. */
export function frames(): string {
  const lines = DEFINITIONS.map((definition) => {
    return `  ${definition.name}:\n    ${quoted(JSON.stringify(frame(definition)))},`;
  });
  return [
    '// Generated from the definitions beside it by "npm run frames": change those, never this file.',
    '/** @internal */',
    'export const FRAMES: Record<string, string> = {',
    ...lines,
    '};',
    '',
  ].join('\n');
}

function frame(definition: DashboardDefinition): unknown {
  const builder = new DashboardBuilder(definition.title)
    .uid(`es-${definition.name}`)
    .description(definition.description)
    .tags(['eventstore'])
    .readonly()
    // one cross-hair for all: a kill is read across the pictures
    .tooltip(DashboardCursorSync.Crosshair)
    .refresh(definition.refresh)
    .time({ from: definition.from, to: 'now' })
    .version(1);
  for (const choice of definition.variables) builder.withVariable(variable(choice));
  const all = panelsOf(definition);
  definition.rows.forEach((row, index) => {
    builder.withRow(new RowBuilder(row.title).id(all.length + 1 + index));
    row.panels.forEach((panel, position) => {
      const width = WIDTHS[row.panels.length][position];
      builder.withPanel(
        visual(panel)
          .id(all.indexOf(panel) + 1)
          .span(width)
          .height(8),
      );
    });
  });
  return builder.build();
}

function visual(panel: Panel): LinesBuilder | StatesBuilder {
  const builder = panel.kind === 'states' ? states() : lines(panel);
  builder
    .title(panel.title)
    .description(panel.since ? `${panel.answers} (Since ${panel.since}.)` : panel.answers)
    .unit(panel.unit)
    .interval(`${panel.step ?? 30}s`);
  if (panel.limit !== undefined) {
    builder.thresholds(
      new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps([
        { value: null, color: 'green' },
        { value: panel.limit, color: 'red' },
      ]),
    );
  }
  return builder;
}

function lines(panel: Panel): LinesBuilder {
  const builder = new LinesBuilder()
    .min(0)
    .drawStyle(panel.kind === 'bars' ? GraphDrawStyle.Bars : GraphDrawStyle.Line)
    .lineWidth(1)
    .fillOpacity(panel.kind === 'bars' ? 60 : 8)
    .showPoints(VisibilityMode.Never)
    // a gap is a pod that is not there, so it stays a gap
    .spanNulls(false)
    .legend(new VizLegendOptionsBuilder().showLegend(true).displayMode(LegendDisplayMode.Table).calcs(['mean', 'max']))
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending));
  if (panel.max !== undefined) builder.max(panel.max);
  if (panel.limit !== undefined) {
    builder.thresholdsStyle(new GraphThresholdsStyleConfigBuilder().mode(GraphThresholdsStyleMode.Dashed));
  }
  return builder;
}

function states(): StatesBuilder {
  return new StatesBuilder()
    .showValue(VisibilityMode.Never)
    .mergeValues(true)
    .rowHeight(0.8)
    .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.PaletteClassic))
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Single).sort(SortOrder.None));
}

function variable({ name, label }: Variable): QueryVariableBuilder {
  return new QueryVariableBuilder(name)
    .label(label)
    .multi(true)
    .includeAll(true)
    .allValue('.*')
    .current({ selected: true, text: ['All'], value: ['$__all'] })
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.AlphabeticalAsc);
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}

if (require.main === module) writeFileSync(TARGET, frames());
