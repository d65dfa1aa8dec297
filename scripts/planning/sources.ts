import type { Scaler } from "../../loadtest/planner/plannedWorkload.ts";
import type { Steps } from "../../loadtest/simulator/steps.ts";
import { hpaOfScaler } from "./autoscaler.ts";
import type { RawAutoscaler } from "./scaledWorkload.ts";

/** What an external metric counts, told apart as the metrics' own systems do, whatever name a trigger or an HPA gives it. */
export type SourceId = string;

/** The field of a trigger's metadata that says what it counts, by its type. */
export const SOURCE_FIELD: Readonly<Record<string, string>> = {
  "azure-servicebus": "queueName",
  "kubernetes-workload": "podSelector",
  redis: "listName",
  rabbitmq: "queueName",
  prometheus: "query",
  "metrics-api": "url",
};
/** Of these something that is not there counts as none, a list of Redis and a query without a result too; of any other it cannot be read. */
const COUNT_NONE = ["kubernetes-workload", "redis", "prometheus"];

interface RawTrigger {
  readonly type?: string;
  readonly metadata?: Readonly<Record<string, unknown>>;
}

/** Each external metric of an autoscaler with what it counts. */
export function sourcesOf({ spec, namespace }: RawAutoscaler, scaler: Scaler): ReadonlyMap<string, SourceId> {
  if (scaler.kind === "hpa") {
    const external = hpaOfScaler(scaler).metrics.flatMap((metric) => (metric.type === "External" ? [metric.name] : []));
    return new Map(external.map((name) => [name, `external ${name}`]));
  }
  const raw = (spec.triggers ?? []) as readonly RawTrigger[];
  return new Map(
    scaler.spec.triggers.flatMap((trigger, index): [string, SourceId][] => {
      if (trigger.kind !== "queue") return [];
      const { type = "", metadata = {} } = raw[index] ?? {};
      return [[trigger.metric, [type, namespace ?? "", String(metadata[SOURCE_FIELD[type] ?? ""])].join(" ")]];
    }),
  );
}

/** What a source that no load and no manifest knows shows. */
export function unknownLevel(source: SourceId): Steps | null {
  return COUNT_NONE.some((type) => source.startsWith(`${type} `)) ? [] : null;
}
