import type { ChartData } from "../chartData.ts";

/** `0:42`, `−0:05`, `12:00`: minutes and seconds from the load's start. */
export function sinceLoad(seconds: number): string {
  const whole = Math.round(Math.abs(seconds));
  const sign = seconds < 0 && whole > 0 ? "−" : "";
  return `${sign}${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

/** The time of day where the reader is. */
export function clock(atMs: number): string {
  return new Date(atMs).toLocaleTimeString("en-GB");
}

/** A second of the axis as it is shown there. */
export function momentOf(data: ChartData, second: number): string {
  return data.axis === "clock" ? clock(data.zeroMs + second * 1000) : sinceLoad(second);
}
