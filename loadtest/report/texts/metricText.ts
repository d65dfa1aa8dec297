import type { MetricIdentity, MetricSelector, MetricState } from "../../model/metric.ts";
import { formatAmount, unitOf } from "../amount.ts";

/** A metric's name for people. Runs in Node and in the browser. */
export function metricText({ name, container }: MetricIdentity): string {
  return container === undefined ? name : `${name} of container ${container}`;
}

/** `cpu of container api 170 % (target 60 %)`, `s0-redis-jobs 40 (target 5)` */
export function readingText(state: MetricState): string {
  const { metric, current, target } = state;
  return `${metricText(metric)} ${figureText(current, state) ?? "unknown"} (target ${figureText(target, state) ?? "none"})`;
}

/** A figure of a metric in its unit, as exact as it was read; undefined where there is none. */
export function figureText(
  value: number | null,
  state: Pick<MetricState, "metric" | "targetType">,
): string | undefined {
  if (value === null) return undefined;
  const unit = unitOf(state);
  if (unit === "percent") return `${value} %`;
  return unit === "own" ? String(value) : formatAmount(value, unit);
}

/** Which metric has to have been above its target. */
export function selectorText({ kind, name, container }: MetricSelector): string {
  const of = container === undefined ? "" : ` of container ${container}`;
  if (name !== null) return `${name === "cpu" ? "CPU" : name}${of}`;
  switch (kind) {
    case "resource":
      return `a resource metric${of}`;
    case "external":
      return "an external metric";
    case "any":
      return "a metric";
  }
}
