import uPlot from "uplot";
import { formatDuration } from "../format.ts";
import type { Picture } from "../chartData.ts";
import type { Curve, Panel } from "./curves.ts";
import { element } from "./element.ts";
import { clock, sinceLoad } from "./moments.ts";

/** One chart of a picture. */
export interface Chart {
  readonly element: HTMLElement;
  update(picture: Picture, panel: Panel): void;
  /** Draws the line of the moment that is looked at. */
  point(index: number): void;
  show(curve: number, shown: boolean): void;
  /** After a change of the page's colours or width. */
  redraw(): void;
  destroy(): void;
}

interface Colors {
  soft: string;
  grid: string;
  load: string;
  loadLine: string;
  missing: string;
  paper: string;
}

const AXIS_WIDTH_PX = 46;
const AXIS_HEIGHT_PX = 26;
const TOP_PX = 6;
/** Above the first chart, for the load's name. */
const NAME_PX = 18;
const RIGHT_PX = 8;
const FONT = "11px system-ui, sans-serif";
const HEIGHT_PX = { signal: 150, replicas: 132 } as const;
const BYSTANDER_SHARE = 0.66;

/**
 * A chart on canvas; all charts of a picture have the same width, so that their moments stand above one another.
 * @param options `last`: whether it has the time axis of all; `first`: whether it names the load; `onMoment` is told what the pointer is at.
 */
export function chart(
  picture: Picture,
  panel: Panel,
  options: { first: boolean; last: boolean; quiet: boolean; onMoment: (index: number | null) => void },
): Chart {
  let shownPicture = picture;
  let shownPanel = panel;
  let at = 0;
  const host = element("div", "plot");
  host.setAttribute("role", "img");
  const line = element("div", "moment-line");
  const height =
    Math.round(HEIGHT_PX[panel.kind] * (options.quiet ? BYSTANDER_SHARE : 1)) +
    (options.last ? AXIS_HEIGHT_PX : 0) +
    (options.first ? NAME_PX - TOP_PX : 0);

  const plot = new uPlot(
    {
      width: Math.max(120, host.clientWidth),
      height,
      padding: [options.first ? NAME_PX : TOP_PX, RIGHT_PX, 4, 0],
      legend: { show: false },
      // The moment's line is drawn here, by pointer and keyboard alike, over all charts of a picture at once.
      cursor: { show: false },
      scales: {
        x: { time: false, range: () => extent(shownPicture) },
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
            options.last ? splits.map((second) => momentOf(shownPicture, second)) : splits.map(() => ""),
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
      series: [{}, ...panel.curves.map(seriesOf)],
      hooks: {
        drawClear: [
          (drawn) => {
            drawLoad(drawn, shownPicture, options.first);
          },
        ],
        draw: [
          (drawn) => {
            drawMissing(drawn, shownPicture, shownPanel);
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
    dataOf(picture, panel),
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
    const second = shownPicture.seconds[at];
    line.hidden = second === undefined;
    if (second !== undefined) line.style.left = `${on.valToPos(second, "x")}px`;
  }

  return {
    element: host,
    update: (next, nextPanel) => {
      shownPicture = next;
      shownPanel = nextPanel;
      plot.setData(dataOf(next, nextPanel));
    },
    point: (index) => {
      at = index;
      place(plot);
    },
    show: (curve, shown) => {
      plot.setSeries(curve + 1, { show: shown });
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

function seriesOf({ look }: Curve): uPlot.Series {
  const stepped = uPlot.paths.stepped?.({ align: 1 });
  return {
    stroke: () => color(look.color),
    width: look.widthPx,
    dash: [...look.dash],
    ...(look.fill ? { fill: () => color("--ready-fill") } : {}),
    ...(look.steps && stepped !== undefined ? { paths: stepped } : {}),
    points: { show: false },
    spanGaps: false,
  };
}

function dataOf(picture: Picture, panel: Panel): uPlot.AlignedData {
  return [picture.seconds, ...panel.curves.map(({ values }) => [...values])];
}

/** From a little below 0, so that a curve that lies there is seen whole. */
function axisOf(most: number): [number, number] {
  return [-0.04 * most, 1.08 * most];
}

function extent({ seconds }: Picture): [number, number] {
  const first = seconds[0] ?? 0;
  return [first, Math.max(seconds.at(-1) ?? first, first + 1)];
}

/** A second of the axis as it is shown there. */
export function momentOf(picture: Picture, second: number): string {
  return picture.axis === "clock" ? clock(picture.zeroMs + second * 1000) : sinceLoad(second);
}

function drawLoad(plot: uPlot, picture: Picture, named: boolean): void {
  if (picture.load === null) return;
  const { ctx, bbox } = plot;
  const { load, loadLine } = colors();
  const ratio = devicePixelRatio;
  const [, last] = extent(picture);
  const to = picture.load.toSeconds ?? last;
  const left = plot.valToPos(picture.load.fromSeconds, "x", true);
  const right = plot.valToPos(to, "x", true);
  ctx.save();
  ctx.fillStyle = load;
  ctx.fillRect(left, bbox.top, right - left, bbox.height);
  ctx.strokeStyle = loadLine;
  ctx.lineWidth = ratio;
  ctx.setLineDash([3 * ratio, 3 * ratio]);
  for (const position of picture.load.toSeconds === null ? [left] : [left, right]) {
    ctx.beginPath();
    ctx.moveTo(position, bbox.top);
    ctx.lineTo(position, bbox.top + bbox.height);
    ctx.stroke();
  }
  if (named) {
    ctx.font = scaled(FONT, ratio);
    ctx.fillStyle = loadLine;
    ctx.textBaseline = "bottom";
    const duration = formatDuration(Math.max(0, to - picture.load.fromSeconds));
    const text = picture.load.toSeconds === null ? "load, end not seen" : `load, ${duration}`;
    // In the strip above the curves, where nothing else is; to the left where there is no room to the right.
    const overflows = left + ctx.measureText(text).width > bbox.left + bbox.width;
    ctx.textAlign = overflows ? "right" : "left";
    ctx.fillText(text, overflows ? right : left, bbox.top - 2 * ratio);
  }
  ctx.restore();
}

/** What was not seen is hatched, what was not there is dotted, and each is named where there is room. */
function drawMissing(plot: uPlot, picture: Picture, panel: Panel): void {
  const { ctx, bbox } = plot;
  const { missing, paper, soft } = colors();
  const ratio = devicePixelRatio;
  for (const { kind, from, to } of panel.missing) {
    // From the last moment that was seen until the next.
    const start = picture.seconds[from - 1] ?? picture.seconds[from] ?? 0;
    const end = picture.seconds[to + 1] ?? picture.seconds[to] ?? start;
    const left = Math.max(bbox.left, plot.valToPos(start, "x", true));
    const right = Math.min(bbox.left + bbox.width, plot.valToPos(end, "x", true));
    const width = Math.max(2 * ratio, right - left);
    ctx.save();
    ctx.beginPath();
    ctx.rect(left, bbox.top, width, bbox.height);
    ctx.clip();
    if (kind === "gap") hatch(ctx, left, bbox.top, width, bbox.height, missing, ratio);
    else dots(ctx, left, bbox.top, width, bbox.height, missing, ratio);
    const text = kind === "gap" ? "not read" : "nothing there";
    ctx.font = scaled(FONT, ratio);
    const textWidth = ctx.measureText(text).width;
    if (textWidth + 12 * ratio < width) {
      const middle = left + width / 2;
      const top = bbox.top + bbox.height / 2 - 9 * ratio;
      ctx.fillStyle = paper;
      ctx.fillRect(middle - textWidth / 2 - 4 * ratio, top, textWidth + 8 * ratio, 18 * ratio);
      ctx.fillStyle = soft;
      ctx.textAlign = "center";
      ctx.textBaseline = "middle";
      ctx.fillText(text, middle, top + 9 * ratio);
    }
    ctx.restore();
  }
}

function hatch(
  ctx: CanvasRenderingContext2D,
  left: number,
  top: number,
  width: number,
  height: number,
  stroke: string,
  ratio: number,
): void {
  ctx.strokeStyle = stroke;
  ctx.lineWidth = ratio;
  ctx.setLineDash([]);
  ctx.globalAlpha = 0.45;
  ctx.beginPath();
  const step = 7 * ratio;
  for (let x = left - height - (left % step); x < left + width; x += step) {
    ctx.moveTo(x, top + height);
    ctx.lineTo(x + height, top);
  }
  ctx.stroke();
  ctx.globalAlpha = 1;
}

function dots(
  ctx: CanvasRenderingContext2D,
  left: number,
  top: number,
  width: number,
  height: number,
  fill: string,
  ratio: number,
): void {
  ctx.fillStyle = fill;
  ctx.globalAlpha = 0.55;
  const step = 8 * ratio;
  for (let y = top + step / 2; y < top + height; y += step) {
    for (let x = left - (left % step); x < left + width; x += step) {
      ctx.fillRect(x, y, 1.5 * ratio, 1.5 * ratio);
    }
  }
  ctx.globalAlpha = 1;
}

function scaled(font: string, ratio: number): string {
  return font.replace(/(\d+)px/, (_match, size: string) => `${Number(size) * ratio}px`);
}

function colors(): Colors {
  return {
    soft: color("--soft"),
    grid: color("--grid"),
    load: color("--load"),
    loadLine: color("--load-line"),
    missing: color("--missing"),
    paper: color("--paper"),
  };
}

/** A custom property of the style sheet as it is now, which follows the system's light or dark. */
function color(property: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(property).trim();
}
