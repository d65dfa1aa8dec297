import { autoscalerOf, replicasOf, type Sample } from "../model/observed.ts";
import { valueOf } from "../model/reading.ts";
import { figureText } from "../report/texts/metricText.ts";
import type { Scenario } from "../model/scenario.ts";
import type { Workload } from "../model/workload.ts";

/** One sample in a line of progress: each queue, and each workload's ready and desired replicas and metrics. */
export function sampleLine(sample: Sample): string {
  const queues = Object.entries(sample.queues).map(
    ([name, queue]) => `${name} ${valueOf(queue)?.active ?? queue.kind}`,
  );
  return [...queues, ...Object.keys(sample.workloads).map((workload) => workloadText(sample, workload))].join(", ");
}

function workloadText(sample: Sample, workload: Workload): string {
  const replicas = replicasOf(sample, workload);
  const state = valueOf(replicas);
  if (state === undefined) return `${workload} ${replicas.kind}`;
  const metrics = (valueOf(autoscalerOf(sample, workload))?.metrics ?? []).map(
    (state) =>
      `${state.metric.name} ${figureText(state.current, state) ?? "?"} of ${figureText(state.target, state) ?? "?"}`,
  );
  return `${workload} ${state.ready}/${state.desired}${metrics.length === 0 || state.desired === 0 ? "" : ` (${metrics.join(", ")})`}`;
}

/** What a scenario expects of each workload, for a line of progress. */
export function expectationLine({ mustScale, mustNotScale }: Pick<Scenario, "mustScale" | "mustNotScale">): string {
  return [
    ...(mustScale.length === 0 ? [] : [`${mustScale.map(({ workload }) => workload).join(" and ")} must scale`]),
    ...(mustNotScale.length === 0 ? [] : [`${mustNotScale.join(" and ")} must not`]),
  ].join(", ");
}
