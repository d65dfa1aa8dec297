import type { WorkloadDeclaration } from "../../model/workload.ts";

/** The two workloads that scale. The worker has to idle at 0 under KEDA, whatever its ScaledObject says. */
export function ordersWorkloads(namespace: string): readonly [api: WorkloadDeclaration, worker: WorkloadDeclaration] {
  const common = { kind: "Deployment", namespace } as const;
  return [
    { ...common, name: "api", object: "api", container: "api", idleReplicas: null },
    { ...common, name: "worker", object: "worker", container: "worker", idleReplicas: 0 },
  ];
}
