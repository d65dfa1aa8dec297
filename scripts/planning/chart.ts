import type { Forecast } from "../../loadtest/planner/forecast.ts";

const COLUMNS = 72;
const MOST_ROWS = 12;

/** Ready replicas over time as text: █ in most runs, ▒ in some of nine of ten. */
export function chart({ ready, horizonSeconds }: Forecast, title: string): string[] {
  const most = Math.max(1, ...ready.high);
  const step = Math.ceil(most / MOST_ROWS);
  const columns = Math.min(COLUMNS, horizonSeconds + 1);
  const each = (horizonSeconds + 1) / columns;
  const largest = (curve: readonly number[], column: number): number =>
    Math.max(
      0,
      ...curve.slice(
        Math.floor(column * each),
        Math.max(Math.floor((column + 1) * each), Math.floor(column * each) + 1),
      ),
    );
  const rows = Array.from({ length: Math.ceil(most / step) }, (_, index) => {
    const level = (Math.ceil(most / step) - index) * step;
    const cells = Array.from({ length: columns }, (_, column) =>
      largest(ready.median, column) > level - step ? "█" : largest(ready.high, column) > level - step ? "▒" : " ",
    );
    return `  ${String(level).padStart(4)} ┤${cells.join("")}`.trimEnd();
  });
  const end = `${horizonSeconds} s`;
  return [
    `  ${title} (█ median, ▒ up to the 95th percentile)`,
    ...rows,
    `       └${"─".repeat(columns)}`,
    `        0${end.padStart(columns - 1)}`,
  ];
}
