import type * as z from "zod";
import type { Path } from "./checks/problem.ts";
import { completeFault } from "./completeFault.ts";
import type { Fill } from "./completeValues.ts";
import type {
  DeclaredLoad,
  DeclaredMetric,
  DeclaredObjectives,
  DeclaredScaling,
  DeclaredScenario,
} from "./declaration.ts";
import type { mustScale, scenario } from "./schema/scenario.ts";

type Content = z.output<typeof scenario>;

/** The value of a default that only the live objects tell; it is told again once they are read. */
export const LIVE = "derived from the live windows";

export function completeScenario(content: Content, load: DeclaredLoad, path: Path, fill: Fill): DeclaredScenario {
  return {
    name: content.name,
    summary: content.summary ?? null,
    load,
    mustScale: (content.mustScale ?? []).map((expected, index) =>
      completeScaling(expected, [...path, "mustScale", index], fill),
    ),
    mustNotScale:
      content.mustNotScale ??
      fill([...path, "mustNotScale"], [], "none", "no control: nothing shows that other workloads keep their replicas"),
    objectives: completeObjectives(content.objectives ?? {}, load, [...path, "objectives"], fill),
    faults: (content.faults ?? []).map((fault, index) => completeFault(fault, load, [...path, "faults", index], fill)),
    repeats: content.repeats ?? fill([...path, "repeats"], 1, "1", "one run is one observation"),
  };
}

function completeScaling(content: z.output<typeof mustScale>, path: Path, fill: Fill): DeclaredScaling {
  const seconds =
    content.within ?? fill([...path, "within"], null, LIVE, "how fast the autoscaler can be depends on its windows");
  const after =
    content.after ?? fill([...path, "after"], "load-start" as const, "load-start", "the load is what has to scale it");
  return {
    workload: content.workload,
    metric: completeMetric(content, path, fill),
    atLeast: content.atLeast,
    within: { seconds, after },
    firstWithinSeconds: content.firstWithin ?? null,
    backToIdle:
      content.backToIdle === false
        ? { asserted: false }
        : {
            asserted: true,
            seconds:
              content.backToIdle ??
              fill([...path, "backToIdle"], null, LIVE, "how soon it may scale in depends on its windows"),
          },
  };
}

function completeMetric(
  { metric, container }: z.output<typeof mustScale>,
  path: Path,
  fill: Fill,
): DeclaredMetric | null {
  if (metric === undefined) {
    return fill([...path, "metric"], null, "whichever is above its target", "the file does not name one");
  }
  return metric === "cpu" || metric === "memory"
    ? { kind: "resource", name: metric, container: container ?? null }
    : { kind: "named", name: metric };
}

function completeObjectives(
  content: NonNullable<Content["objectives"]>,
  load: DeclaredLoad,
  path: Path,
  fill: Fill,
): DeclaredObjectives {
  const requests =
    load.kind === "k6"
      ? {
          failedShare:
            content.failedRequests ?? fill([...path, "failedRequests"], 0, "0", "no request of the load may fail"),
          latencyP95Ms: content.latencyP95 === undefined ? null : Math.round(content.latencyP95 * 1000),
        }
      : null;
  return {
    requests,
    directionChanges:
      content.directionChanges ??
      fill([...path, "directionChanges"], 0, "0", "replicas do not oscillate under a steady load"),
    elasticity: {
      underProvisionedTimeShare: content.underProvisionedTime ?? null,
      overProvisionedTimeShare: content.overProvisionedTime ?? null,
      underProvisionedReplicas: content.underProvisioned ?? null,
      overProvisionedReplicas: content.overProvisioned ?? null,
    },
  };
}
