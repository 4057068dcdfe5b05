/** Makes Grafana's own model of the dashboard, with Grafana's own builders. */
import {
  BigValueColorMode,
  BigValueGraphMode,
  GraphDrawStyle,
  LegendDisplayMode,
  LegendPlacement,
  ReduceDataOptionsBuilder,
  SortOrder,
  StackingConfigBuilder,
  StackingMode,
  TooltipDisplayMode,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import {
  DashboardBuilder,
  DashboardCursorSync,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  RowBuilder,
  ThresholdsConfigBuilder,
  ThresholdsMode,
  VariableRefresh,
  VariableSort,
  type Dashboard,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { DataqueryBuilder, PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as TableBuilder } from '@grafana/grafana-foundation-sdk/table';
import { PanelBuilder as TimeseriesBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import { HEALTH_ROWS } from './health-rows.ts';
import type { BarsPanel, LinesPanel, NumberPanel, Panel, Query, Row, TablePanel } from './panel.ts';
import { WORK_ROWS } from './work-rows.ts';
import { WORTH_ROWS } from './worth-rows.ts';

/** In the order in which they are shown. */
export const ROWS: readonly Row[] = [...WORK_ROWS, ...WORTH_ROWS, ...HEALTH_ROWS];

/** Whichever Prometheus the viewer picks at the top of the dashboard. */
const DATASOURCE = { type: 'prometheus', uid: '${datasource}' };

/** Grafana calls the queries of a panel A, B, C... */
const FIRST_REF_ID = 65;

/** In rows of Grafana's grid, of 30 pixels each. */
const HEIGHT = { number: 4, lines: 8, bars: 8, table: 8 } as const;

/** The dashboard as Grafana imports it: JSON.stringify of this is the file. */
export function buildDashboard(): Dashboard {
  const dashboard = new DashboardBuilder('ec2-operator')
    .uid('ec2-operator')
    .description('What ec2-operator was asked for, what it did, what held it back, and how it is.')
    .tags(['ec2-operator', 'generated'])
    .timezone('browser')
    .time({ from: 'now-24h', to: 'now' })
    .refresh('1m')
    .readonly()
    .tooltip(DashboardCursorSync.Crosshair)
    .withVariable(new DatasourceVariableBuilder('datasource').label('Prometheus').type('prometheus'))
    .withVariable(
      new QueryVariableBuilder('job')
        .label('Job')
        .datasource(DATASOURCE)
        .query('label_values(ec2_operator_build_info, job)')
        .refresh(VariableRefresh.OnTimeRangeChanged)
        .sort(VariableSort.AlphabeticalAsc),
    );
  let id = 0;
  for (const { title, panels } of ROWS) {
    dashboard.withRow(new RowBuilder(title).id((id += 1)));
    // Links to a panel name it by its id.
    for (const panel of panels) dashboard.withPanel(buildPanel(panel).id((id += 1)));
  }
  return dashboard.build();
}

function buildPanel(panel: Panel): StatBuilder | TableBuilder | TimeseriesBuilder {
  switch (panel.kind) {
    case 'number':
      return numberPanel(panel);
    case 'lines':
    case 'bars':
      return graphPanel(panel);
    case 'table':
      return tablePanel(panel);
  }
}

/** What all kinds have in common. */
function describe<B extends StatBuilder | TableBuilder | TimeseriesBuilder>(builder: B, panel: Panel): B {
  builder.title(panel.title).description(panel.description).datasource(DATASOURCE);
  builder.span(panel.width).height(HEIGHT[panel.kind]);
  if (panel.unit !== undefined) builder.unit(panel.unit);
  for (const [index, query] of panel.queries.entries()) builder.withTarget(target(query, index, panel.kind));
  return builder;
}

function numberPanel(panel: NumberPanel): StatBuilder {
  return describe(new StatBuilder(), panel)
    .colorMode(panel.redFrom === undefined ? BigValueColorMode.None : BigValueColorMode.Value)
    .graphMode(BigValueGraphMode.None)
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']).fields('').values(false))
    .decimals(0)
    .noValue('0')
    .thresholds(
      new ThresholdsConfigBuilder()
        .mode(ThresholdsMode.Absolute)
        .steps([
          { value: null, color: 'green' },
          ...(panel.redFrom === undefined ? [] : [{ value: panel.redFrom, color: 'red' }]),
        ]),
    );
}

function graphPanel(panel: LinesPanel | BarsPanel): TimeseriesBuilder {
  const bars = panel.kind === 'bars';
  return describe(new TimeseriesBuilder(), panel)
    .drawStyle(bars ? GraphDrawStyle.Bars : GraphDrawStyle.Line)
    .stacking(new StackingConfigBuilder().mode(bars ? StackingMode.Normal : StackingMode.None))
    .fillOpacity(bars ? 80 : 0)
    .min(0)
    .legend(
      new VizLegendOptionsBuilder()
        .displayMode(LegendDisplayMode.List)
        .placement(LegendPlacement.Bottom)
        .showLegend(true)
        .calcs([]),
    )
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending).hideZeros(bars));
}

function tablePanel(panel: TablePanel): TableBuilder {
  return describe(new TableBuilder(), panel)
    .showHeader(true)
    .filterable(true)
    .withTransformation({
      id: 'organize',
      options: { excludeByName: { Time: true, Value: true, __name__: true, job: true } },
    });
}

function target({ expr, legend }: Query, index: number, kind: Panel['kind']): DataqueryBuilder {
  const builder = new DataqueryBuilder().datasource(DATASOURCE).expr(expr).legendFormat(legend);
  builder.refId(String.fromCodePoint(FIRST_REF_ID + index));
  if (kind === 'table') return builder.format(PromQueryFormat.Table).instant();
  return kind === 'number' ? builder.instant() : builder.range();
}
