/** One figure of the benchmark, measured one or several times. */
export interface Row {
  readonly what: string;
  readonly unit: "/s" | "ms" | "MiB" | "";
  /** More is better for rates and counts, less for times and sizes. */
  readonly better: "more" | "less";
  readonly atLeast: number | undefined;
  readonly aim: number | undefined;
  readonly measured: readonly number[];
  /** The same from the server without storage, where there is such a thing. */
  readonly bare?: readonly number[];
}

/** Middle of the values; of an even number, the mean of the middle two. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const [low, high] = [sorted[Math.floor((sorted.length - 1) / 2)], sorted[Math.ceil((sorted.length - 1) / 2)]];
  if (low === undefined || high === undefined) throw new Error("no value to take the median of");
  return (low + high) / 2;
}

/** Whether the figure is what was aimed at, enough, or neither. */
export function verdict({ measured, better, atLeast, aim }: Row): "aim" | "enough" | "short" | "" {
  const value = median(measured);
  const reaches = (limit: number): boolean => (better === "more" ? value >= limit : value <= limit);
  if (atLeast === undefined || aim === undefined) return "";
  return reaches(aim) ? "aim" : reaches(atLeast) ? "enough" : "short";
}

/** The figures as a table of Markdown. */
export function table(rows: readonly Row[]): string {
  return renderTable([
    ["", "at least", "aim", "median", "least – most", "", "bare server", "ratio"],
    ...rows.map((row) => {
      const { what, unit, atLeast, aim, measured, bare } = row;
      const show = (value: number | undefined): string => (value === undefined ? "" : figure(value, unit));
      const spread = measured.length < 2 ? "" : `${show(Math.min(...measured))} – ${show(Math.max(...measured))}`;
      const ratio = bare === undefined ? "" : (median(measured) / median(bare)).toFixed(2);
      const bareMedian = bare === undefined ? undefined : median(bare);
      return [what, show(atLeast), show(aim), show(median(measured)), spread, verdict(row), show(bareMedian), ratio];
    }),
  ]);
}

/** A table of Markdown, the head first, with its columns aligned so that it reads in a terminal too. */
export function renderTable(cells: readonly (readonly string[])[]): string {
  const widths = (cells[0] ?? []).map((_, column) => Math.max(3, ...cells.map((line) => line[column]?.length ?? 0)));
  const line = (columns: readonly string[]): string =>
    `| ${columns.map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0))).join(" | ")} |`;
  const rule = `| ${widths.map((width, column) => (column === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`)).join(" | ")} |`;
  const [head = [], ...body] = cells;
  return [line(head), rule, ...body.map(line)].join("\n");
}

function figure(value: number, unit: Row["unit"]): string {
  if (unit === "/s") return value >= 10_000 ? `${(value / 1_000).toFixed(0)} k/s` : `${(value / 1_000).toFixed(2)} k/s`;
  const digits = unit === "ms" && value < 10 ? 2 : 0;
  return `${value.toFixed(digits)}${unit === "" ? "" : ` ${unit}`}`;
}
