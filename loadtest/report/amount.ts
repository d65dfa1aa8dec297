import type { MetricState } from "../model/metric.ts";
import { formatNumber } from "./format.ts";

/**
 * How a metric's figures are formatted. Runs in Node and in the browser.
 * `percent`: of what containers request; `own`: the metric's own unit, which Kubernetes does not know.
 */
export type Unit = "percent" | "messages" | "bytes" | "cores" | "own";

export function unitOf({ metric, targetType }: Pick<MetricState, "metric" | "targetType">): Unit {
  if (metric.kind !== "Resource" && metric.kind !== "ContainerResource") return "own";
  if (targetType === undefined || targetType === "Utilization") return "percent";
  if (metric.name === "cpu") return "cores";
  return metric.name === "memory" ? "bytes" : "own";
}

export const MIB = 1024 ** 2;
const PRECISE = new Intl.NumberFormat("en-US", { maximumSignificantDigits: 3 });

/** A figure with its unit: `143 %`, `3,120`, `512 MiB`, `0.25 cores`. */
export function formatAmount(value: number, unit: Unit): string {
  switch (unit) {
    case "percent":
      return `${formatNumber(value)} %`;
    case "messages":
      return formatNumber(value);
    case "bytes":
      return `${precise(value / MIB)} MiB`;
    case "cores":
      return `${precise(value)} ${value === 1 ? "core" : "cores"}`;
    case "own":
      return precise(value);
  }
}

/** A metric may be a small share: three digits that tell, and no more after the point beyond 100. */
function precise(value: number): string {
  return Math.abs(value) < 100 ? PRECISE.format(value) : formatNumber(value);
}

const COMPACT = new Intl.NumberFormat("en-US", { notation: "compact", maximumSignificantDigits: 3 });

/** The same beside an axis, where there is little room: bytes without their unit, and large figures as `1.2M`. */
export function formatTick(value: number, unit: Unit): string {
  if (unit === "percent") return formatAmount(value, unit);
  const figure = unit === "bytes" ? value / MIB : value;
  return Math.abs(figure) < 100_000 ? precise(figure) : COMPACT.format(figure);
}
