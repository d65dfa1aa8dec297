import type * as z from "zod";
import type { Scaler } from "../../loadtest/planner/plannedWorkload.ts";
import { type HpaSpec, hpaSpec } from "../../loadtest/simulator/hpaSpec.ts";
import { hpaOf } from "../../loadtest/simulator/scaledObjectHpa.ts";
import { scaledObject } from "../../loadtest/simulator/scaledObject.ts";
import { CliError } from "../process/cliError.ts";
import type { RawAutoscaler } from "./scaledWorkload.ts";

/** The autoscaler as the simulator reads it. @throws {CliError} for a metric or a field that cannot be simulated, naming all of them. */
export function scalerOf(autoscaler: RawAutoscaler, workload: string): Scaler {
  const { kind, spec, annotations, namespace } = autoscaler;
  if (kind === "ScaledObject") {
    const of = parsed(scaledObject.safeParse({ spec, annotations, namespace }), autoscaler, workload);
    return { kind: "scaled-object", spec: of };
  }
  return { kind: "hpa", spec: parsed(hpaSpec.safeParse(spec), autoscaler, workload) };
}

function parsed<T>(result: z.ZodSafeParseResult<T>, { kind, name }: RawAutoscaler, workload: string): T {
  if (result.success) return result.data;
  const problems = result.error.issues.map((issue) => {
    const path = issue.path.map((key) => (typeof key === "number" ? `[${key}]` : `.${String(key)}`)).join("");
    return `\n  ${path.replace(/^\./, "") || "spec"}: ${issue.message}`;
  });
  throw new CliError(
    `${kind} ${name}, which scales ${workload}, cannot be simulated:${problems.join("")}`,
    "leave this workload out (give it no --load), or change what is named here; docs/how-to/planner.md says what can be simulated",
  );
}

/** The HPA of a scaler: KEDA's own where a ScaledObject makes it. */
export function hpaOfScaler(scaler: Scaler): HpaSpec {
  return scaler.kind === "hpa" ? scaler.spec : hpaOf(scaler.spec);
}

/** A metric that a load can be given for. */
export interface LoadMetric {
  /** As an option names it. */
  readonly name: string;
  readonly kind: "queue" | "level" | "cpu" | "memory";
  /** What the HPA asks for, or the container of a resource; null for all containers. */
  readonly source: string | null;
}

/** What the workload scales on. */
export function loadMetrics(scaler: Scaler): LoadMetric[] {
  const triggers = scaler.kind === "scaled-object" ? scaler.spec.triggers : [];
  const consumed = triggers.flatMap((one) => (one.kind === "queue" && one.counts !== "level" ? [one.metric] : []));
  return hpaOfScaler(scaler).metrics.flatMap((metric): LoadMetric[] => {
    if (metric.type === "External") {
      const isQueue = consumed.includes(metric.name);
      return [{ name: metric.name.replace(/^s\d+-/, ""), kind: isQueue ? "queue" : "level", source: metric.name }];
    }
    const { resource, container } = metric;
    return resource === "cpu" || resource === "memory" ? [{ name: resource, kind: resource, source: container }] : [];
  });
}
