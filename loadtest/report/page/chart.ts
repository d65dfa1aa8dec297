import uPlot from "uplot";
import type { ChartData, Value } from "../chartData.ts";
import { color, drawLoad, drawMissing, extent, FONT } from "./chartDrawing.ts";
import type { Curve, Panel } from "./curves.ts";
import { element } from "./element.ts";
import { momentOf } from "./moments.ts";

/** One of the charts on a time axis. */
export interface Chart {
  readonly element: HTMLElement;
  update(data: ChartData, panel: Panel): void;
  /** Draws the line of the selected moment. */
  point(index: number): void;
  show(curve: number, shown: boolean): void;
  /** After a change of the page's colours or width. */
  redraw(): void;
  destroy(): void;
}

const AXIS_WIDTH_PX = 46;
const AXIS_HEIGHT_PX = 26;
const TOP_PX = 6;
/** Above the first chart, for the load's name. */
const NAME_PX = 18;
const RIGHT_PX = 8;
const HEIGHT_PX = { signal: 150, replicas: 132 } as const;
const CONTROL_HEIGHT_SHARE = 0.66;

/**
 * A chart on canvas; all charts of a view have the same width, so that their moments stand above one another.
 * @param options `last`: whether it has the time axis of all; `first`: whether it names the load; `onMoment` is told what the pointer is at.
 */
export function chart(
  data: ChartData,
  panel: Panel,
  options: { first: boolean; last: boolean; quiet: boolean; onMoment: (index: number | null) => void },
): Chart {
  let shownData = data;
  let shownPanel = panel;
  let at = 0;
  const host = element("div", "plot");
  host.setAttribute("role", "img");
  const line = element("div", "moment-line");
  const height =
    Math.round(HEIGHT_PX[panel.kind] * (options.quiet ? CONTROL_HEIGHT_SHARE : 1)) +
    (options.last ? AXIS_HEIGHT_PX : 0) +
    (options.first ? NAME_PX - TOP_PX : 0);

  const plot = new uPlot(
    {
      width: Math.max(120, host.clientWidth),
      height,
      padding: [options.first ? NAME_PX : TOP_PX, RIGHT_PX, 4, 0],
      legend: { show: false },
      // The moment's line is drawn here, by pointer and keyboard alike, over all charts of a view at once.
      cursor: { show: false },
      scales: {
        x: { time: false, range: () => extent(shownData) },
        y: { range: (_plot, _min, max) => axisOf(Math.max(max, shownPanel.atLeast)) },
      },
      axes: [
        {
          size: options.last ? AXIS_HEIGHT_PX : 0,
          show: true,
          stroke: () => color("--soft"),
          grid: { stroke: () => color("--grid"), width: 1 },
          ticks: { show: false },
          font: FONT,
          gap: 4,
          space: 62,
          incrs: [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600],
          values: (_plot, splits) =>
            options.last ? splits.map((second) => momentOf(shownData, second)) : splits.map(() => ""),
        },
        {
          size: AXIS_WIDTH_PX,
          stroke: () => color("--soft"),
          grid: { stroke: () => color("--grid"), width: 1 },
          ticks: { show: false },
          font: FONT,
          gap: 5,
          space: 26,
          ...(panel.kind === "replicas" ? { incrs: [1, 2, 5, 10, 20, 50, 100] } : {}),
          values: (_plot, splits) => splits.map((value) => shownPanel.formatTick(value)),
        },
      ],
      series: [{}, ...panel.curves.map(seriesOf), ...lowerBounds(panel).map(({ curve }) => seriesOf(curve))],
      bands: bandsOf(panel),
      hooks: {
        drawClear: [
          (drawn) => {
            drawLoad(drawn, shownData, options.first);
          },
        ],
        draw: [
          (drawn) => {
            drawMissing(drawn, shownData, shownPanel);
            // New data takes its scale only now.
            place(drawn);
          },
        ],
        ready: [
          (made) => {
            made.over.append(line);
          },
        ],
      },
    },
    dataOf(data, panel),
    host,
  );

  const moved = (event: PointerEvent): void => {
    const left = event.clientX - plot.over.getBoundingClientRect().left;
    options.onMoment(plot.posToIdx(left));
  };
  plot.over.addEventListener("pointermove", moved);
  plot.over.addEventListener("pointerdown", moved);
  plot.over.addEventListener("pointerleave", () => {
    options.onMoment(null);
  });
  const resize = new ResizeObserver(() => {
    if (host.clientWidth > 0) plot.setSize({ width: host.clientWidth, height });
    place(plot);
  });
  resize.observe(host);

  function place(on: uPlot): void {
    const second = shownData.seconds[at];
    line.hidden = second === undefined;
    if (second !== undefined) line.style.left = `${on.valToPos(second, "x")}px`;
  }

  return {
    element: host,
    update: (next, nextPanel) => {
      shownData = next;
      shownPanel = nextPanel;
      plot.setData(dataOf(next, nextPanel));
    },
    point: (index) => {
      at = index;
      place(plot);
    },
    show: (curve, shown) => {
      for (const series of seriesOfCurve(shownPanel, curve)) plot.setSeries(series, { show: shown });
    },
    redraw: () => {
      plot.redraw();
    },
    destroy: () => {
      resize.disconnect();
      plot.destroy();
    },
  };
}

/** The curves that are bands, whose lower bounds are drawn after all others. */
function lowerBounds({ curves }: Panel): { curve: Curve; at: number; low: readonly Value[] }[] {
  return curves.flatMap((curve, at) => (curve.low === undefined ? [] : [{ curve, at, low: curve.low }]));
}

/** Under which numbers uPlot draws a curve. */
function seriesOfCurve(panel: Panel, curve: number): number[] {
  const bound = lowerBounds(panel).findIndex(({ at }) => at === curve);
  return bound === -1 ? [curve + 1] : [curve + 1, panel.curves.length + bound + 1];
}

function bandsOf(panel: Panel): uPlot.Band[] {
  return lowerBounds(panel).flatMap(({ at, curve }) => {
    const [high, low] = seriesOfCurve(panel, at);
    return high === undefined || low === undefined
      ? []
      : [{ series: [high, low], fill: () => color(`${curve.look.color}-fill`) }];
  });
}

function seriesOf({ look, low }: Curve): uPlot.Series {
  const stepped = uPlot.paths.stepped?.({ align: 1 });
  return {
    stroke: () => color(look.color),
    width: look.widthPx,
    dash: [...look.dash],
    // A band is filled between its bounds.
    ...(look.fill && low === undefined ? { fill: () => color(`${look.color}-fill`) } : {}),
    ...(look.steps && stepped !== undefined ? { paths: stepped } : {}),
    points: { show: false },
    spanGaps: false,
  };
}

function dataOf(data: ChartData, panel: Panel): uPlot.AlignedData {
  const bounds = lowerBounds(panel).map(({ low }) => [...low]);
  return [data.seconds, ...panel.curves.map(({ values }) => [...values]), ...bounds];
}

/** From a little below 0, so that a curve that lies there is seen whole. */
function axisOf(most: number): [number, number] {
  return [-0.04 * most, 1.08 * most];
}
