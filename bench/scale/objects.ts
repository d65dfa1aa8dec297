import * as z from "zod";
import type { Rendered } from "../../scripts/mutants/variant.ts";
import { SANDBOX_IMAGE } from "../../scripts/images/infrastructure.ts";
import type { Settings } from "./results.ts";

export const SCALE_NAMESPACE = "scale-bench";

/** The name of one of them, its Deployment and its queue; from 1. */
export function nameOf(index: number): string {
  return `scale-bench-${index}`;
}

export function namesOf(objects: number): string[] {
  return Array.from({ length: objects }, (_, index) => nameOf(index + 1));
}

const scaledObject = z.looseObject({
  spec: z.looseObject({
    advanced: z.looseObject({ horizontalPodAutoscalerConfig: z.looseObject({}) }),
    triggers: z.tuple([z.looseObject({ metadata: z.looseObject({ queueName: z.string() }) })]),
  }),
});

/**
 * Workloads that a ScaledObject like the worker's scales, each on a queue of its own, and what they need; their pods do nothing.
 * @param rendered the overlay that has the worker's.
 * @param connection the key that KEDA reads queues by.
 * @throws {Error} where the overlay has no ScaledObject `worker` with one trigger.
 */
export function scaleObjects(
  rendered: readonly Rendered[],
  connection: string,
  { objects, settings }: { objects: number; settings: Settings },
): Rendered[] {
  const found = (kind: string): Rendered => {
    const one = rendered.find((object) => object.kind === kind && object.metadata?.name === "worker");
    if (one === undefined) throw new Error(`the overlay has no ${kind} worker`);
    return one;
  };
  const { spec } = scaledObject.parse(found("ScaledObject"));
  const [trigger] = spec.triggers;
  const metadata = (name: string): { name: string; namespace: string } => ({ name, namespace: SCALE_NAMESPACE });
  return [
    { apiVersion: "v1", kind: "Namespace", metadata: { name: SCALE_NAMESPACE } },
    { apiVersion: "v1", kind: "Secret", metadata: metadata("servicebus-keda"), stringData: { connection } } as Rendered,
    { ...found("TriggerAuthentication"), metadata: metadata("worker") },
    ...namesOf(objects).flatMap((name): Rendered[] => [
      { apiVersion: "apps/v1", kind: "Deployment", metadata: metadata(name), spec: pausing(name) },
      {
        apiVersion: "keda.sh/v1alpha1",
        kind: "ScaledObject",
        metadata: metadata(name),
        spec: {
          ...spec,
          scaleTargetRef: { name },
          advanced: {
            ...spec.advanced,
            horizontalPodAutoscalerConfig: { ...spec.advanced.horizontalPodAutoscalerConfig, name },
          },
          triggers: [
            {
              ...trigger,
              metadata: { ...trigger.metadata, queueName: name },
              ...(settings === "recommended" ? { useCachedMetrics: true } : {}),
            },
          ],
        },
      },
    ]),
  ];
}

/** Pods of the image that every pod has anyway. */
function pausing(name: string): object {
  return {
    replicas: 0,
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: {
        automountServiceAccountToken: false,
        enableServiceLinks: false,
        terminationGracePeriodSeconds: 0,
        containers: [
          {
            ...{ name: "pause", image: SANDBOX_IMAGE, imagePullPolicy: "IfNotPresent" },
            resources: { requests: { cpu: "1m", memory: "1Mi" } },
          },
        ],
      },
    },
  };
}
