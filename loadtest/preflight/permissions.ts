import type { PodSelection, Scenario } from "../model/scenario.ts";
import type { Workload, WorkloadDeclaration } from "../model/workload.ts";
import type { NeededObject } from "./neededObject.ts";
import type { Permission } from "./rbac.ts";

/** A permission that a proof uses. */
export interface RequiredPermission extends Permission {
  /** What it is for, to be put after "needed": "to sample it". */
  purpose: string;
  /** Without it the proof is run all the same, and leaves something out. */
  optional?: true;
}

/** What a proof does in the cluster, as far as permissions depend on it. */
export interface ProofAccess {
  workloads: readonly WorkloadDeclaration[];
  scenarios: readonly Pick<Scenario, "load" | "mustScale" | "faultInjections">[];
  /** Whether external metrics are read. */
  externalMetrics: boolean;
  /** Whether pods that did not scale in are replaced. */
  replacesPods: boolean;
  /** Whether a container is killed by a command that is run in it, where a scenario kills one. */
  execsIntoPods: boolean;
  /** Whether Services are dialled by port-forward. */
  forwardsPorts: boolean;
  /** The Services and Secrets that the target reads, each by its name. */
  neededObjects: readonly NeededObject[];
  /** What else the target itself uses. */
  targetPermissions: readonly RequiredPermission[];
}

const RESOURCES = {
  Deployment: "deployments.apps",
  StatefulSet: "statefulsets.apps",
  ScaledObject: "scaledobjects.keda.sh",
  HorizontalPodAutoscaler: "horizontalpodautoscalers.autoscaling",
  TriggerAuthentication: "triggerauthentications.keda.sh",
  Node: "nodes",
} as const;

/** What killing takes, by how it is done, and what for. */
const KILLING = {
  sigkill: ["pods/exec", "to kill a container during a scenario"],
  delete: ["pods", "to kill a pod during a scenario"],
  evict: ["pods/eviction", "to evict a pod during a scenario"],
} as const;

/** Every permission that these scenarios use, each once. */
export function requiredPermissions(access: ProofAccess): RequiredPermission[] {
  const { workloads, scenarios } = access;
  const namespaces = [...new Set(workloads.map(({ namespace }) => namespace))];
  const permissions = [
    ...workloads.map(({ kind, object: name, namespace }) => ({
      ...{ verb: "get", resource: RESOURCES[kind], name, namespace, purpose: "to sample it" },
    })),
    ...namespaces.flatMap((namespace) => samplingIn(namespace, access.externalMetrics)),
    ...scenarios.flatMap((scenario) => injecting(scenario, access)),
    ...scenarios.flatMap(({ load }) => (load.program.kind === "job" ? runningJobs(load.program.namespace) : [])),
    ...(access.forwardsPorts
      ? namespaces.map((namespace) => ({
          ...{ verb: "create", resource: "pods/portforward", namespace },
          purpose: "to reach Services that have no address outside the cluster",
        }))
      : []),
    ...access.neededObjects.map(readingObject),
    ...access.targetPermissions,
    ...optional([
      { verb: "list", resource: "nodes", purpose: "to name the nodes in the report" },
      {
        verb: "get",
        resource: "apiservices.apiregistration.k8s.io",
        purpose: "to find KEDA and metrics-server and name their versions",
      },
    ]),
  ];
  const once = new Map(permissions.map((permission) => [keyOf(permission), permission]));
  return [...once.values()];
}

export function optional(permissions: readonly RequiredPermission[]): RequiredPermission[] {
  return permissions.map((permission) => ({ ...permission, optional: true }));
}

function readingObject({ kind, name, namespace, purpose, optional: isOptional }: NeededObject): RequiredPermission {
  const resource = kind === "Service" ? "services" : "secrets";
  return {
    ...{ verb: "get", resource, name, namespace, purpose },
    ...(isOptional === true ? { optional: isOptional } : {}),
  };
}

function samplingIn(namespace: string, externalMetrics: boolean): RequiredPermission[] {
  return [
    { verb: "list", resource: RESOURCES.HorizontalPodAutoscaler, namespace, purpose: "to find and sample each HPA" },
    { verb: "list", resource: RESOURCES.ScaledObject, namespace, purpose: "to find and sample each ScaledObject" },
    ...(externalMetrics
      ? [{ verb: "list", resource: "*.external.metrics.k8s.io", namespace, purpose: "to read the metrics of triggers" }]
      : []),
    { verb: "list", resource: "pods", namespace, purpose: "to follow the life of each pod" },
    { verb: "watch", resource: "pods", namespace, purpose: "to see how each pod ended" },
  ];
}

function injecting(
  { faultInjections, mustScale }: ProofAccess["scenarios"][number],
  { workloads, execsIntoPods, replacesPods }: ProofAccess,
): RequiredPermission[] {
  const on = (workload: Workload): WorkloadDeclaration[] => workloads.filter(({ name }) => name === workload);
  const restarting = (workload: Workload, purpose: string): RequiredPermission[] =>
    on(workload).map(({ kind, object: name, namespace }) => ({
      ...{ verb: "patch", resource: RESOURCES[kind], name, namespace, purpose },
    }));
  // Where no scale-in is awaited, the pods are replaced so that the next load finds the workload idle.
  const replaced = mustScale.flatMap(({ workload, scaleIn }) =>
    scaleIn.asserted || !replacesPods
      ? []
      : restarting(workload, "to replace its pods after a scenario that awaits no scale-in"),
  );
  const onPods = (
    pods: PodSelection,
    [resource, purpose]: readonly [string, string],
    used: boolean,
  ): RequiredPermission[] => {
    const selected = "workload" in pods ? on(pods.workload) : [pods];
    return selected.flatMap(({ namespace }) => [
      { verb: "list", resource: "pods", namespace, purpose: "to choose a pod for a fault" },
      ...(used ? [{ verb: resource === "pods" ? "delete" : "create", resource, namespace, purpose }] : []),
    ]);
  };
  const injected = faultInjections.flatMap(({ action }): RequiredPermission[] => {
    switch (action.kind) {
      case "set": {
        const { kind, name, namespace } = action.field.object;
        return ["get", "patch"].map((verb) => ({
          ...{ verb, resource: RESOURCES[kind], name, ...(namespace === "" ? {} : { namespace }) },
          purpose: "to change a field of it during a scenario",
        }));
      }
      case "restart":
        return restarting(action.workload, "to restart its rollout during a scenario");
      case "kill":
        return onPods(action.pods, KILLING[action.how], action.how !== "sigkill" || execsIntoPods);
      case "exec":
        return onPods(action.pods, ["pods/exec", "to run a command in a pod during a scenario"], true);
      case "cordon":
        return [
          ...onPods(action.pods, ["pods", "to find their nodes"], false),
          ...["get", "patch"].map((verb) => ({
            verb,
            resource: RESOURCES.Node,
            purpose: "to cordon the nodes of pods",
          })),
        ];
      case "node":
      case "target":
      case "restore":
        return [];
    }
  });
  return [...replaced, ...injected];
}

function runningJobs(namespace: string): RequiredPermission[] {
  return [
    ...["create", "get", "delete"].map((verb) => ({
      ...{ verb, resource: "jobs.batch", namespace, purpose: "to run a load as a Job" },
    })),
    { verb: "get", resource: "pods/log", namespace, purpose: "to read how much a load's Job delivered" },
  ];
}

function keyOf({ verb, resource, name, namespace }: Permission): string {
  return JSON.stringify([verb, resource, name, namespace]);
}
