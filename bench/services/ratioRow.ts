import { median, renderTable } from "../table.ts";

/** One value for each repetition, with the unit that it is shown in. */
export interface Series {
  readonly unit: "/CPU-s" | "/s" | "µs" | "ms" | "s" | "pod-s" | "MiB" | "orders";
  readonly values: readonly number[];
}

/** One question of the benchmark: what was measured, beside a reference from the same repetition. */
export interface RatioRow {
  readonly what: string;
  /** How `values` come of the two: the ratio, the difference, or what was measured itself. */
  readonly by: "ratio" | "difference" | "itself";
  readonly better: "more" | "less";
  /** Without one the row is shown for comparison only. */
  readonly target?: number;
  readonly measured: Series;
  readonly reference?: Series & { readonly what: string };
}

/** What the target is held against, one value for each repetition. @throws where a repetition has no reference. */
export function valuesOf({ what, by, measured, reference }: RatioRow): number[] {
  return measured.values.map((value, repetition) => {
    if (by === "itself") return value;
    const beside = reference?.values[repetition];
    if (beside === undefined) throw new Error(`${what}: repetition ${repetition + 1} has no reference`);
    return by === "ratio" ? value / beside : value - beside;
  });
}

/** Whether the median reaches the target; empty where there is none. */
export function passOrShort(row: RatioRow): "pass" | "short" | "" {
  const { target, better } = row;
  if (target === undefined) return "";
  const value = median(valuesOf(row));
  return (better === "more" ? value >= target : value <= target) ? "pass" : "short";
}

/** The rows as a table of Markdown. */
export function ratioTable(rows: readonly RatioRow[]): string {
  return renderTable([
    ["", "target", "median", "least – most", "", "measured", "reference", "which is"],
    ...rows.map((row) => {
      const { better, target, measured, reference } = row;
      const values = valuesOf(row);
      const show = (value: number): string => shown(row, value);
      return [
        row.what,
        target === undefined ? "" : `${better === "more" ? "≥" : "≤"} ${show(target)}`,
        show(median(values)),
        values.length < 2 ? "" : `${show(Math.min(...values))} – ${show(Math.max(...values))}`,
        passOrShort(row),
        figure(median(measured.values), measured.unit),
        reference === undefined ? "" : figure(median(reference.values), reference.unit),
        reference?.what ?? "",
      ];
    }),
  ]);
}

function shown({ by, measured }: RatioRow, value: number): string {
  if (by === "ratio") return `${value.toFixed(2)} ×`;
  return `${by === "difference" && value >= 0 ? "+" : ""}${figure(value, measured.unit)}`;
}

function figure(value: number, unit: Series["unit"]): string {
  const digits = Math.abs(value) < 10 ? 2 : Math.abs(value) < 100 ? 1 : 0;
  return `${Number(value.toFixed(digits)).toLocaleString("en", { minimumFractionDigits: digits })} ${unit}`;
}
