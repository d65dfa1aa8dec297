import type { V1LimitRange, V1LimitRangeItem } from "@kubernetes/client-node";
import type { Workload } from "../view.ts";

/**
 * What the API server will have a container request: what its template says, else its limit, else what a LimitRange of the namespace gives.
 * Undefined where it will request nothing, or has no such container.
 */
export function requestOf(
  workload: Workload,
  container: string,
  resource: string,
  limitRanges: readonly V1LimitRange[],
): string | undefined {
  const pod = workload.spec?.template.spec;
  const found = [...(pod?.initContainers ?? []), ...(pod?.containers ?? [])].find(({ name }) => name === container);
  if (found === undefined) return undefined;
  return (
    found.resources?.requests?.[resource] ??
    found.resources?.limits?.[resource] ??
    limitRanges
      .flatMap(({ spec }) => spec?.limits ?? [])
      .filter(({ type }) => type === "Container")
      .map((item) => defaultRequest(item, resource))
      .find((request) => request !== undefined)
  );
}

/** With the defaults that the API server derives from each other (SetDefaults_LimitRangeItem), which a rendered one does not have yet. */
function defaultRequest(item: V1LimitRangeItem, resource: string): string | undefined {
  // The client's name for what is `default` in YAML.
  const limits = item._default ?? (item as { default?: Record<string, string> }).default;
  return item.defaultRequest?.[resource] ?? limits?.[resource] ?? item.max?.[resource] ?? item.min?.[resource];
}

/** Whether the pod as a whole requests it, which is what a metric of the whole pod is then a share of. */
export function isRequestedOfPod(workload: Workload, resource: string): boolean {
  const resources = workload.spec?.template.spec?.resources;
  return (resources?.requests?.[resource] ?? resources?.limits?.[resource]) !== undefined;
}
