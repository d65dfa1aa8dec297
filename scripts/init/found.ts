import type { V1Service } from "@kubernetes/client-node";
import type { Discovered } from "../../loadtest/observe/discovery.ts";

type Lists = Omit<Discovered, "namespace">;

/** What is in a namespace, as its API server gives it. */
export type Found = { namespace: string } & { [Kind in keyof Lists]: NonNullable<Lists[Kind]> } & {
  /** Undefined where listing them is forbidden or failed. */
  services: V1Service[] | undefined;
};

/** A HorizontalPodAutoscaler that no ScaledObject made, or a ScaledObject. */
export interface AutoscalerName {
  kind: "HorizontalPodAutoscaler" | "ScaledObject";
  name: string;
}

/** What is wrong with how a namespace scales. */
export type InitFinding =
  | { id: "target-missing"; params: { autoscaler: AutoscalerName; kind: string; object: string } }
  | { id: "target-kind-unsupported"; params: { autoscaler: AutoscalerName; kind: string; object: string } }
  | { id: "several-autoscalers"; params: { kind: string; object: string; autoscalers: readonly AutoscalerName[] } }
  | { id: "no-triggers"; params: { autoscaler: AutoscalerName } }
  | { id: "max-not-above-idle"; params: { autoscaler: AutoscalerName; max: number; idle: number } }
  | { id: "paused"; params: { name: string; annotations: readonly string[] } }
  | { id: "not-ready"; params: { name: string; message: string } }
  | { id: "services-unreadable"; params: { namespace: string } };
