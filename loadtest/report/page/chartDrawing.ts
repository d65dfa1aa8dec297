import type uPlot from "uplot";
import type { ChartData } from "../chartData.ts";
import { formatDuration } from "../format.ts";
import type { Panel } from "./curves.ts";

export const FONT = "11px system-ui, sans-serif";

/** The first and the last second of the axis. */
export function extent({ seconds }: ChartData): [number, number] {
  const first = seconds[0] ?? 0;
  return [first, Math.max(seconds.at(-1) ?? first, first + 1)];
}

/** The load's time as a band, with its duration where `named`. */
export function drawLoad(plot: uPlot, data: ChartData, named: boolean): void {
  if (data.load === null) return;
  const { ctx, bbox } = plot;
  const loadLine = color("--load-line");
  const ratio = devicePixelRatio;
  const [, last] = extent(data);
  const to = data.load.toSeconds ?? last;
  const left = plot.valToPos(data.load.fromSeconds, "x", true);
  const right = plot.valToPos(to, "x", true);
  ctx.save();
  ctx.fillStyle = color("--load");
  ctx.fillRect(left, bbox.top, right - left, bbox.height);
  ctx.strokeStyle = loadLine;
  ctx.lineWidth = ratio;
  ctx.setLineDash([3 * ratio, 3 * ratio]);
  for (const position of data.load.toSeconds === null ? [left] : [left, right]) {
    ctx.beginPath();
    ctx.moveTo(position, bbox.top);
    ctx.lineTo(position, bbox.top + bbox.height);
    ctx.stroke();
  }
  if (named) {
    ctx.font = scaled(FONT, ratio);
    ctx.fillStyle = loadLine;
    ctx.textBaseline = "bottom";
    const duration = formatDuration(Math.max(0, to - data.load.fromSeconds));
    const text = data.load.toSeconds === null ? "load, end not seen" : `load, ${duration}`;
    // In the strip above the curves, where nothing else is; to the left where there is no room to the right.
    const overflows = left + ctx.measureText(text).width > bbox.left + bbox.width;
    ctx.textAlign = overflows ? "right" : "left";
    ctx.fillText(text, overflows ? right : left, bbox.top - 2 * ratio);
  }
  ctx.restore();
}

/** What was not read is hatched, what was absent is dotted, and each is named where there is room. */
export function drawMissing(plot: uPlot, data: ChartData, panel: Panel): void {
  const { ctx, bbox } = plot;
  const ratio = devicePixelRatio;
  for (const { kind, from, to } of panel.missing) {
    // From the last moment that was seen until the next.
    const start = data.seconds[from - 1] ?? data.seconds[from] ?? 0;
    const end = data.seconds[to + 1] ?? data.seconds[to] ?? start;
    const left = Math.max(bbox.left, plot.valToPos(start, "x", true));
    const right = Math.min(bbox.left + bbox.width, plot.valToPos(end, "x", true));
    const width = Math.max(2 * ratio, right - left);
    ctx.save();
    ctx.beginPath();
    ctx.rect(left, bbox.top, width, bbox.height);
    ctx.clip();
    if (kind === "gap") hatch(ctx, left, bbox.top, width, bbox.height, ratio);
    else dots(ctx, left, bbox.top, width, bbox.height, ratio);
    const text = kind === "gap" ? "not read" : "absent";
    ctx.font = scaled(FONT, ratio);
    const textWidth = ctx.measureText(text).width;
    if (textWidth + 12 * ratio < width) {
      const middle = left + width / 2;
      const top = bbox.top + bbox.height / 2 - 9 * ratio;
      ctx.fillStyle = color("--paper");
      ctx.fillRect(middle - textWidth / 2 - 4 * ratio, top, textWidth + 8 * ratio, 18 * ratio);
      ctx.fillStyle = color("--soft");
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
  ratio: number,
): void {
  ctx.strokeStyle = color("--missing");
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
  ratio: number,
): void {
  ctx.fillStyle = color("--missing");
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

/** A custom property of the style sheet as it is now, which follows the system's light or dark. */
export function color(property: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(property).trim();
}
