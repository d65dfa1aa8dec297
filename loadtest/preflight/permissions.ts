import type { Scenario } from "../model/scenario.ts";
import type { Permission } from "./rbac.ts";

/** What a permission is for. */
export type PermissionPurpose =
  | "sample"
  | "list-pods"
  | "watch-pods"
  | "dial-service"
  | "send-orders"
  | "inject-fault"
  | "replace-pods"
  | "kill-container"
  | "forward-port"
  | "bound-redeliveries"
  | "trust-emulator"
  | "read-counters"
  | "name-nodes"
  | "name-versions";

/** A permission that a proof uses. */
export interface RequiredPermission extends Permission {
  purpose: PermissionPurpose;
  /** Without it the proof is run all the same, and leaves something out. */
  optional?: true;
}

/** What a proof does in the cluster, as far as permissions depend on it. */
export interface ProofAccess {
  namespace: string;
  scenarios: readonly Pick<Scenario, "mustScale" | "faultInjections">[];
  /** Whether a container is killed by a command that is run in it, where a scenario kills one. */
  execsIntoPods: boolean;
  /** Whether Services are dialled by port-forward. */
  forwardsPorts: boolean;
}

/** Every permission that these scenarios use. */
export function requiredPermissions({ namespace, scenarios, ...access }: ProofAccess): RequiredPermission[] {
  const inNamespace = (
    verb: string,
    resource: string,
    purpose: PermissionPurpose,
    names: readonly (string | undefined)[] = [undefined],
  ): RequiredPermission[] => names.map((name) => ({ verb, resource, name, namespace, purpose }));
  const optional = (permissions: RequiredPermission[]): RequiredPermission[] =>
    permissions.map((permission) => ({ ...permission, optional: true }));

  const actions = scenarios.flatMap(({ faultInjections }) => faultInjections).map(({ action }) => action);
  const kills = actions.some(({ kind }) => kind === "kill");
  const fields = actions.flatMap((action) => (action.kind === "set" ? [action.field] : []));
  // Where no scale-in is awaited, the pods are replaced so that the next load finds the workload idle.
  const replaced = new Set(
    scenarios.flatMap(({ mustScale }) =>
      mustScale.flatMap(({ workload, scaleIn }) => (scaleIn.asserted ? [] : [workload])),
    ),
  );
  return [
    ...inNamespace("get", "deployments.apps", "sample", ["api", "worker"]),
    ...inNamespace("get", "horizontalpodautoscalers.autoscaling", "sample", ["api", "worker"]),
    ...inNamespace("get", "scaledobjects.keda.sh", "sample", ["worker"]),
    ...inNamespace("list", "pods", "list-pods"),
    ...inNamespace("watch", "pods", "watch-pods"),
    ...inNamespace("get", "services", "dial-service", ["api", "cache"]),
    ...inNamespace("get", "secrets", "send-orders", ["servicebus-loadtest"]),
    ...(fields.some((field) => field !== "apiCpuTarget")
      ? inNamespace("patch", "scaledobjects.keda.sh", "inject-fault", ["worker"])
      : []),
    ...(fields.includes("apiCpuTarget")
      ? inNamespace("patch", "horizontalpodautoscalers.autoscaling", "inject-fault", ["api"])
      : []),
    ...inNamespace("patch", "deployments.apps", "replace-pods", [...replaced]),
    ...(access.execsIntoPods && kills ? inNamespace("create", "pods/exec", "kill-container") : []),
    ...(access.forwardsPorts ? inNamespace("create", "pods/portforward", "forward-port") : []),
    ...optional([
      ...(kills ? inNamespace("get", "configmaps", "bound-redeliveries") : []),
      ...inNamespace("get", "secrets", "trust-emulator", ["servicebus-emulator-tls"]),
      ...inNamespace("get", "services", "read-counters", ["prometheus"]),
      { verb: "list", resource: "nodes", purpose: "name-nodes" },
      { verb: "get", resource: "apiservices.apiregistration.k8s.io", purpose: "name-versions" },
    ]),
  ];
}
