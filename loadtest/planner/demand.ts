import type { Curve } from "../model/curve.ts";
import { DEFAULT_DRAIN_SECONDS } from "../timings/elasticity.ts";
import { wholeReplicas } from "../timings/elasticityDemand.ts";
import { stepAt } from "../simulator/steps.ts";
import { idleReplicasOf, maxReplicasOf, type PlannedWorkload } from "./plannedWorkload.ts";
import type { SimulatedRun } from "./simulateWorkload.ts";

/** Replicas that would just do, second by second, as docs/explanation/elasticity.md reckons them; null where a load has no target. */
export function demandCurve(workload: PlannedWorkload, run: SimulatedRun): Curve | null {
  return workload.service === null ? targetDemand(workload, run) : queueDemand(workload, run);
}

function queueDemand({ service, load }: PlannedWorkload, { seconds }: SimulatedRun): Curve {
  const each = (service?.messagesPerSecond ?? 1) * DEFAULT_DRAIN_SECONDS;
  const came = cameBy(load.arrivals, seconds.length);
  const last = load.arrivals.at(-1)?.atSeconds ?? 0;
  return seconds.map(({ active }, second) => {
    const waiting = active ?? 0;
    const recent = (came[second] ?? 0) - (came[second - DEFAULT_DRAIN_SECONDS] ?? 0);
    const isOver = waiting === 0 && second > last;
    return { atMs: second * 1000, value: isOver ? 0 : wholeReplicas(Math.max(waiting, recent) / each) };
  });
}

/** How many messages have come by each second. */
export function cameBy(arrivals: PlannedWorkload["load"]["arrivals"], seconds: number): number[] {
  let next = 0;
  let total = 0;
  return Array.from({ length: seconds }, (_, second) => {
    for (let one = arrivals[next]; one !== undefined && one.atSeconds <= second; one = arrivals[next]) {
      total += one.messages;
      next += 1;
    }
    return total;
  });
}

function targetDemand(workload: PlannedWorkload, { seconds }: SimulatedRun): Curve | null {
  const { load, scaler, containers } = workload;
  const metrics =
    scaler.kind === "hpa"
      ? scaler.spec.metrics
      : scaler.spec.triggers.flatMap((trigger) =>
          trigger.kind === "queue"
            ? [
                {
                  type: "External",
                  name: trigger.metric,
                  target: { type: trigger.targetType, milli: trigger.targetMilli },
                } as const,
              ]
            : [],
        );
  const shares = metrics.flatMap((metric) => {
    if (metric.type === "External") {
      const steps = load.levels[metric.name];
      return steps == null ? [] : [{ steps, target: metric.target.milli / 1000 }];
    }
    const used = load.usage.find(
      (one) =>
        "total" in one &&
        one.resource === metric.resource &&
        (metric.container === null || one.container === metric.container),
    );
    if (used === undefined || !("total" in used)) return [];
    const requested = containers
      .filter(({ name }) => metric.container === null || name === metric.container)
      .reduce((sum, { requests }) => sum + (requests[metric.resource] ?? 0), 0);
    const target =
      metric.target.type === "Utilization" ? (requested * metric.target.percent) / 100 : metric.target.milli;
    return target > 0 ? [{ steps: used.total, target }] : [];
  });
  if (shares.length === 0) return null;
  const [idle, most] = [idleReplicasOf(workload), maxReplicasOf(workload)];
  return seconds.map((_, second) => {
    const needed = Math.max(...shares.map(({ steps, target }) => (stepAt(steps, second * 1000) ?? 0) / target));
    return { atMs: second * 1000, value: Math.min(most, Math.max(idle, wholeReplicas(needed))) };
  });
}
