import type { Declaration } from "../../declaration/declaration.ts";
import type { WorkloadDeclaration } from "../../model/workload.ts";

/** The declared workloads. @param namespace of those that declare none. */
export function declaredWorkloads({ workloads }: Declaration, namespace: string): WorkloadDeclaration[] {
  return workloads.map(({ name, kind, object, namespace: own }) => ({
    ...{ name, kind, object, namespace: own ?? namespace },
    container: null,
    idleReplicas: null,
  }));
}
