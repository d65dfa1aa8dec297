import {
  GraphDrawStyle,
  GraphThresholdsStyleConfigBuilder,
  GraphThresholdsStyleMode,
  LegendDisplayMode,
  LegendPlacement,
  TooltipDisplayMode,
  VisibilityMode,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
} from "@grafana/grafana-foundation-sdk/common";
import {
  DashboardBuilder,
  DashboardCursorSync,
  QueryVariableBuilder,
  RowBuilder,
  ThresholdsConfigBuilder,
  ThresholdsMode,
  VariableRefresh,
  VariableSort,
  type Dashboard,
  type DynamicConfigValue,
  type Threshold,
} from "@grafana/grafana-foundation-sdk/dashboard";
import { DataqueryBuilder } from "@grafana/grafana-foundation-sdk/prometheus";
import { PanelBuilder } from "@grafana/grafana-foundation-sdk/timeseries";

/** The data source that Grafana is provisioned with. */
export const DATA_SOURCE = { type: "prometheus", uid: "prometheus" };

/** The namespace that a dashboard is asked about, and the window of its rates, as Grafana fills them in. */
export const SCOPE = { namespace: "$namespace", rateInterval: "$__rate_interval" } as const;

/** The width of a dashboard, in Grafana's grid. */
const GRID_WIDTH = 24;
const PANEL_HEIGHT = 9;
const PANEL_WIDTH = 8;

/** One line, or one for each series that the query gives. */
export interface Curve {
  expression: string;
  /** Grafana's `{{label}}` stands for a label's value. */
  legend: string;
  /** Its own unit and axis on the right, where they differ from the panel's. */
  right?: { unit: string; label: string };
  style?: "line" | "dashed" | "area" | "steps" | "dashed steps";
}

export interface TimeseriesPanel {
  title: string;
  /** What it shows and what to make of it: shown at the panel's corner. */
  description: string;
  /** In Grafana's own names: https://grafana.com/docs/grafana/latest/panels-visualizations/configure-standard-options/#unit */
  unit: string;
  axis?: string;
  /** What is red: from a value on, below one, or whatever is not 0. Drawn as a line and an area. None where every value may be right. */
  alarm?: { from: number } | { below: number } | "not zero";
  /** Highest value of the axis, where it is known. */
  maximum?: number;
  /** The text in place of an empty graph. */
  noData: string;
  curves: readonly Curve[];
  /** Columns of 24; a third of them by default. */
  width?: number;
}

export interface DashboardLayout {
  uid: string;
  title: string;
  description: string;
  rows: readonly { title: string; panels: readonly TimeseriesPanel[] }[];
}

/** Grafana's model of a dashboard, with one variable: the namespace. In the classic schema, which provisioning from files takes in 12 and 13 alike. */
/* eslint-disable @typescript-eslint/no-deprecated -- The schema v2 that is to be preferred is not what files are provisioned in. */
export function dashboard(layout: DashboardLayout): Dashboard {
  const builder = new DashboardBuilder(layout.title)
    .uid(layout.uid)
    .description(layout.description)
    .tags(["ownsignal"])
    .readonly()
    .tooltip(DashboardCursorSync.Crosshair)
    .refresh("5s")
    .time({ from: "now-15m", to: "now" })
    .timezone("browser")
    .withVariable(
      new QueryVariableBuilder("namespace")
        .label("Namespace")
        .datasource(DATA_SOURCE)
        .query({ query: 'label_values(up{job="pods"}, namespace)', refId: "namespace" })
        .refresh(VariableRefresh.OnTimeRangeChanged)
        .sort(VariableSort.AlphabeticalAsc),
    );
  let top = 0;
  for (const { title, panels } of layout.rows) {
    builder.withRow(new RowBuilder(title).gridPos({ x: 0, y: top, w: GRID_WIDTH, h: 1 }));
    top += 1;
    let left = 0;
    for (const panel of panels) {
      const { width = PANEL_WIDTH } = panel;
      if (left + width > GRID_WIDTH) {
        left = 0;
        top += PANEL_HEIGHT;
      }
      builder.withPanel(timeseries(panel).gridPos({ x: left, y: top, w: width, h: PANEL_HEIGHT }));
      left += width;
    }
    top += PANEL_HEIGHT;
  }
  return builder.build();
}
/* eslint-enable @typescript-eslint/no-deprecated */

function timeseries(panel: TimeseriesPanel): PanelBuilder {
  const builder = new PanelBuilder()
    .title(panel.title)
    .description(panel.description)
    .datasource(DATA_SOURCE)
    .unit(panel.unit)
    .noValue(panel.noData)
    .drawStyle(GraphDrawStyle.Line)
    .lineWidth(2)
    .showPoints(VisibilityMode.Never)
    // A gap is a gap: no scrape, no pod. A line drawn across it would claim to know.
    .spanNulls(false)
    .legend(
      new VizLegendOptionsBuilder()
        .displayMode(LegendDisplayMode.Table)
        .placement(LegendPlacement.Bottom)
        .calcs(["lastNotNull", "max"])
        .showLegend(true),
    )
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi));
  if (panel.axis !== undefined) builder.axisLabel(panel.axis);
  if (panel.maximum !== undefined) builder.max(panel.maximum);
  // Only a balance goes below 0.
  if (panel.alarm !== "not zero") builder.min(0);
  if (panel.alarm !== undefined) {
    builder
      .thresholds(new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps(thresholds(panel.alarm)))
      .thresholdsStyle(new GraphThresholdsStyleConfigBuilder().mode(GraphThresholdsStyleMode.DashedAndArea));
  }
  panel.curves.forEach(({ expression, legend, right, style }, index) => {
    const refId = String.fromCharCode("A".charCodeAt(0) + index);
    builder.withTarget(
      new DataqueryBuilder().datasource(DATA_SOURCE).expr(expression).legendFormat(legend).refId(refId).range(),
    );
    const properties = [...styleOf(style ?? "line"), ...(right === undefined ? [] : rightAxis(right))];
    if (properties.length > 0) builder.overrideByQuery(refId, properties);
  });
  return builder;
}

function thresholds(alarm: NonNullable<TimeseriesPanel["alarm"]>): Threshold[] {
  // The first step holds from minus infinity on, which JSON has no number for.
  if (alarm === "not zero") return [redFrom(null), { value: -0.5, color: "green" }, redFrom(0.5)];
  if ("from" in alarm) return [{ value: null, color: "green" }, redFrom(alarm.from)];
  return [redFrom(null), { value: alarm.below, color: "green" }];
}

function redFrom(value: number | null): Threshold {
  return { value, color: "red" };
}

function styleOf(style: NonNullable<Curve["style"]>): DynamicConfigValue[] {
  const dashes = { id: "custom.lineStyle", value: { fill: "dash", dash: [8, 6] } };
  const steps = { id: "custom.lineInterpolation", value: "stepAfter" };
  switch (style) {
    case "line":
      return [];
    case "dashed":
      return [dashes];
    case "area":
      return [{ id: "custom.fillOpacity", value: 25 }, steps];
    case "steps":
      return [steps];
    case "dashed steps":
      return [dashes, steps];
  }
}

function rightAxis({ unit, label }: { unit: string; label: string }): DynamicConfigValue[] {
  return [
    { id: "unit", value: unit },
    { id: "custom.axisPlacement", value: "right" },
    { id: "custom.axisLabel", value: label },
  ];
}
