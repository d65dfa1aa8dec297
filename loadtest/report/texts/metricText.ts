import type { MetricIdentity, MetricState } from "../../model/metric.ts";

/** A metric's name for people. Runs in Node and in the browser. */
export function metricText({ name, container }: MetricIdentity): string {
  return container === undefined ? name : `${name} of container ${container}`;
}

/** `cpu of container api 170 (target 60)` */
export function readingText({ metric, current, target }: MetricState): string {
  return `${metricText(metric)} ${current ?? "unknown"} (target ${target ?? "none"})`;
}
