import { deploymentOf, type Sample } from "../model/observed.ts";
import { valueOf } from "../model/reading.ts";
import type { Scenario } from "../model/scenario.ts";
import type { Workload } from "../model/workload.ts";

/** One sample in a line of progress. */
export function sampleLine(sample: Sample): string {
  const replicas = (workload: Workload): string => {
    const reading = deploymentOf(sample, workload);
    const state = valueOf(reading);
    return state === undefined ? `${workload} ${reading.kind}` : `${workload} ${state.ready}/${state.desired}`;
  };
  const { queue, apiAutoscaler } = sample.readings;
  const metrics = (valueOf(apiAutoscaler)?.metrics ?? []).map(
    ({ metric, current, target }) => `${metric.name} ${current ?? "?"}/${target ?? "?"} %`,
  );
  return [
    `queue ${valueOf(queue)?.active ?? queue.kind}`,
    replicas("worker"),
    replicas("api"),
    `api's ${metrics.join(", ")}`,
  ].join(", ");
}

/** What a scenario expects of each workload, for a line of progress. */
export function expectationLine({ mustScale, mustNotScale }: Pick<Scenario, "mustScale" | "mustNotScale">): string {
  return [
    `${mustScale.map(({ workload }) => workload).join(" and ")} must scale`,
    ...(mustNotScale.length === 0 ? [] : [`${mustNotScale.join(" and ")} must not`]),
  ].join(", ");
}
