import {
  AppsV1Api,
  AutoscalingV2Api,
  CustomObjectsApi,
  type KubeConfig,
  type V2HorizontalPodAutoscaler,
} from "@kubernetes/client-node";
import * as z from "zod";
import type { QueueState, ReplicaState, Sample, WorkloadReadings } from "../model/observed.ts";
import { ABSENT, type Reading } from "../model/reading.ts";
import type { Workload, WorkloadDeclaration } from "../model/workload.ts";
import { externalMetricsSource, type ExternalMetricNames } from "./externalMetrics.ts";
import { autoscalerState } from "./hpa.ts";
import { replicaState } from "./replicas.ts";
import { present, until } from "./request.ts";
import { scaledObjectSchema, scaledObjectState } from "./scaledObject.ts";
import type { Look, Source, Sources } from "./sampler.ts";

/** What is sampled of a target: its workloads, and the queues that are read at their source. */
export interface Sampled {
  workloads: readonly WorkloadDeclaration[];
  queues: Readonly<Record<string, Source<QueueState>>>;
}

interface ScaledObject {
  parsed: z.infer<typeof scaledObjectSchema>;
  object: unknown;
}

/** Everything that is read at one moment, each under a key of its own: a list for each namespace, the rest for each workload. */
type Read = Record<
  string,
  | ReplicaState
  | QueueState
  | readonly V2HorizontalPodAutoscaler[]
  | readonly ScaledObject[]
  | NonNullable<Extract<WorkloadReadings["externalMetrics"], { kind: "value" }>["value"]>
>;

const scaledObjectList = z.object({ items: z.array(z.unknown()) });

/**
 * The sources of a target's samples, and what makes a sample of their readings. Needs the verbs `get` on each Deployment or StatefulSet, and `list` on HPAs, and,
 * where KEDA is installed, on ScaledObjects and external metrics.
 * @param options.externalMetrics whether external metrics are read.
 */
export function workloadSampling(
  kubeConfig: KubeConfig,
  { workloads, queues }: Sampled,
  { externalMetrics }: { externalMetrics: boolean },
): { sources: Sources<Read>; sampleOf: (look: Look<Read>) => Sample } {
  const apps = kubeConfig.makeApiClient(AppsV1Api);
  const autoscaling = kubeConfig.makeApiClient(AutoscalingV2Api);
  const custom = kubeConfig.makeApiClient(CustomObjectsApi);
  const metricNames: Record<Workload, ExternalMetricNames | undefined> = {};

  const sources: Record<string, Source<Read[string]>> = {};
  for (const { name, kind, object, namespace } of workloads) {
    sources[`replicas/${name}`] = present(`${kind} ${object} in ${namespace}`, async (signal) =>
      replicaState(
        kind === "Deployment"
          ? await apps.readNamespacedDeployment({ name: object, namespace }, until(signal))
          : await apps.readNamespacedStatefulSet({ name: object, namespace }, until(signal)),
      ),
    );
    if (externalMetrics) {
      sources[`externalMetrics/${name}`] = externalMetricsSource(kubeConfig, namespace, () => metricNames[name]);
    }
  }
  for (const namespace of new Set(workloads.map((workload) => workload.namespace))) {
    sources[`autoscalers/${namespace}`] = present(
      `HorizontalPodAutoscalers in ${namespace}`,
      async (signal) => (await autoscaling.listNamespacedHorizontalPodAutoscaler({ namespace }, until(signal))).items,
    );
    sources[`scaledObjects/${namespace}`] = present(`ScaledObjects in ${namespace}`, async (signal) => {
      const found: unknown = await custom.listNamespacedCustomObject(
        { group: "keda.sh", version: "v1alpha1", plural: "scaledobjects", namespace },
        until(signal),
      );
      return scaledObjectList
        .parse(found)
        .items.map((object) => ({ parsed: scaledObjectSchema.parse(object), object }));
    });
  }
  for (const [name, source] of Object.entries(queues)) sources[`queues/${name}`] = source;

  function readingsOf(look: Look<Read>, workload: WorkloadDeclaration): WorkloadReadings {
    const { name, namespace } = workload;
    const readings: Readonly<Record<string, Reading<unknown>>> = look.readings;
    const read = <T>(key: string): Reading<T> => (readings[key] ?? ABSENT) as Reading<T>;
    const autoscalers = read<readonly V2HorizontalPodAutoscaler[]>(`autoscalers/${namespace}`);
    const scaledObject = oneOf(read<readonly ScaledObject[]>(`scaledObjects/${namespace}`), ({ parsed }) =>
      isTarget(parsed.spec.scaleTargetRef, workload),
    );
    if (scaledObject.kind === "value") {
      const { parsed } = scaledObject.value;
      metricNames[name] = {
        scaledObject: parsed.metadata.name,
        names: parsed.status?.externalMetricNames ?? [],
      };
    }
    return {
      replicas: read(`replicas/${name}`),
      autoscaler: mapped(
        oneOf(autoscalers, ({ spec }) => isTarget(spec.scaleTargetRef, workload)),
        autoscalerState,
      ),
      scaledObject: mapped(scaledObject, ({ object }) => scaledObjectState(object)),
      externalMetrics: read(`externalMetrics/${name}`),
    };
  }

  return {
    sources,
    sampleOf: (look) => ({
      atMs: look.atMs,
      workloads: Object.fromEntries(workloads.map((workload) => [workload.name, readingsOf(look, workload)])),
      queues: Object.fromEntries(
        Object.keys(queues).map((name) => {
          const readings: Readonly<Record<string, Reading<unknown>>> = look.readings;
          return [name, (readings[`queues/${name}`] ?? ABSENT) as Reading<QueueState>];
        }),
      ),
    }),
  };
}

/** Whether a scaleTargetRef names it; without a kind KEDA takes a Deployment. */
export function isTarget(
  ref: { kind?: string | undefined; name: string } | undefined,
  { kind, object }: Pick<WorkloadDeclaration, "kind" | "object">,
): boolean {
  return ref?.name === object && (ref.kind ?? "Deployment") === kind;
}

/** The first of a list that fits: absent where none does, or the kind is not known to the cluster. */
function oneOf<T>(list: Reading<readonly T[]>, fits: (item: T) => boolean): Reading<T> {
  if (list.kind !== "value") return list;
  const found = list.value.find(fits);
  return found === undefined ? ABSENT : { kind: "value", value: found };
}

function mapped<T, U>(reading: Reading<T>, map: (value: T) => U): Reading<U> {
  return reading.kind === "value" ? { kind: "value", value: map(reading.value) } : reading;
}
