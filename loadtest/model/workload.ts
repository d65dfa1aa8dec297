import * as z from "zod";

export const workload = z.string().min(1).describe("a workload, by the name that its target gives it");
/** A workload's name: what assertions, timings and the report call it. */
export type Workload = z.infer<typeof workload>;

/** A workload of a target: where it is in the cluster. What scales it is discovered from the live objects. */
export interface WorkloadDeclaration {
  name: Workload;
  kind: "Deployment" | "StatefulSet";
  /** The object's own name. */
  object: string;
  namespace: string;
  /** The container that does its work, whose start and exit code count; null for the first one of the pod. */
  container: string | null;
  /**
   * Replicas that it has to idle at where KEDA scales it, whatever its ScaledObject says; null where the ScaledObject decides. Under an HPA alone its
   * minimum decides.
   */
  idleReplicas: number | null;
}
