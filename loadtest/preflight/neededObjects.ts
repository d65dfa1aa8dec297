import { CoreV1Api, type KubeConfig } from "@kubernetes/client-node";
import { rejectionOf, requestErrorMessage } from "../observe/rejection.ts";
import { requestOptions } from "./apiRequest.ts";
import type { PreflightFinding } from "./finding.ts";
import type { NeededObject } from "./neededObject.ts";

/**
 * One finding for each object that is not there, or that lacks its key. It asks for each by its name, since a Role may bound names for `get` and not for `list`.
 * Whether an object may be read is a finding of its own.
 */
export async function neededObjectFindings(
  kubeConfig: KubeConfig,
  needed: readonly NeededObject[],
): Promise<PreflightFinding[]> {
  return (await Promise.all(needed.map((object) => findingsOf(kubeConfig, object)))).flat();
}

async function findingsOf(kubeConfig: KubeConfig, object: NeededObject): Promise<PreflightFinding[]> {
  const severity = object.optional === true ? "WARN" : "ERROR";
  try {
    const keys = await keysOf(kubeConfig, object);
    if (object.key === undefined || keys.includes(object.key)) return [];
    return [{ id: "secret-key-missing", severity, params: { object, keys } }];
  } catch (error) {
    const code = rejectionOf(error)?.code;
    if (code === 404) return [{ id: "needed-object-missing", severity, params: { object } }];
    if (code === 401 || code === 403) return [];
    // It may pass by itself; the proof says so where it does not.
    return [
      { id: "needed-object-unreadable", severity: "WARN", params: { object, error: requestErrorMessage(error) } },
    ];
  }
}

/** The keys of a Secret; a Service has none. */
async function keysOf(kubeConfig: KubeConfig, { kind, name, namespace }: NeededObject): Promise<string[]> {
  const core = kubeConfig.makeApiClient(CoreV1Api);
  switch (kind) {
    case "Service":
      await core.readNamespacedService({ name, namespace }, requestOptions());
      return [];
    case "Secret":
      return Object.keys((await core.readNamespacedSecret({ name, namespace }, requestOptions())).data ?? {});
  }
}
