import { VersionApi, type KubeConfig } from "@kubernetes/client-node";
import { messageOf } from "../../src/shared/messageOf.ts";
import { requestOptions } from "./apiRequest.ts";
import { rejectionOf, requestErrorMessage } from "../observe/rejection.ts";
import { measureSkew, skewFinding, type Skew } from "./clock.ts";
import type { PreflightFinding } from "./finding.ts";
import { neededObjectFindings } from "./neededObjects.ts";
import { k6Finding } from "./k6Version.ts";
import { requiredPermissions, type ProofAccess } from "./permissions.ts";
import { checkPermissions } from "./rbac.ts";
import { workloadFindings } from "./workloads.ts";

/** What is checked before any load. */
export interface PreflightOptions extends ProofAccess {
  kubeConfig: KubeConfig;
  /** Undefined where no load is one of k6's. */
  k6Path: string | undefined;
  /** What only the target looks for. */
  targetFindings: () => Promise<PreflightFinding[]>;
  /** The version of k6 that this project builds for itself. */
  pinnedK6: string;
  /** Measures the clocks' difference; a test gives another. */
  measureSkew?: (kubeConfig: KubeConfig) => Promise<Skew | undefined>;
}

/**
 * Checks whether a load can prove anything here, before one is run: an `ERROR` says no, a `WARN` says what is left out.
 * Changes nothing, and never throws.
 */
export async function preflight(options: PreflightOptions): Promise<PreflightFinding[]> {
  const { kubeConfig, workloads, scenarios } = options;
  const [k6, apiServer] = await Promise.all([
    options.k6Path === undefined ? undefined : k6Finding(options.k6Path, options.pinnedK6),
    apiServerFinding(kubeConfig),
  ]);
  const findings = [k6, apiServer].filter((finding) => finding !== undefined);
  if (apiServer !== undefined) return findings;

  const mustScale = new Set(scenarios.flatMap((scenario) => scenario.mustScale.map(({ workload }) => workload)));
  const [permissions, found, needed, ofTarget, skew] = await Promise.all([
    permissionFindings(options),
    workloadFindings(kubeConfig, workloads, mustScale),
    neededObjectFindings(kubeConfig, options.neededObjects),
    options.targetFindings(),
    (options.measureSkew ?? measureSkew)(kubeConfig).catch(() => undefined),
  ]);
  // Without the namespace everything in it is missing.
  const withoutNamespace = found.some(({ id }) => id === "namespace-missing");
  findings.push(...permissions, ...found, ...(withoutNamespace ? [] : needed), ...ofTarget);
  const clock = skewFinding(skew);
  if (clock !== undefined) findings.push(clock);
  return findings;
}

async function permissionFindings(options: PreflightOptions): Promise<PreflightFinding[]> {
  const { missing, errors } = await checkPermissions(options.kubeConfig, requiredPermissions(options));
  const context = options.kubeConfig.getCurrentContext();
  const findings: PreflightFinding[] = missing.map((permission) => ({
    id: "permission-missing",
    severity: permission.optional === true ? "WARN" : "ERROR",
    params: { context, permission },
  }));
  // One API server gives all of them for the same reason.
  if (errors.length > 0) {
    findings.push({
      id: "permissions-unknown",
      severity: "WARN",
      params: { error: requestErrorMessage(errors[0]) },
    });
  }
  return findings;
}

/** Why the API server does not answer, with what was dialled; undefined when it does. */
async function apiServerFinding(kubeConfig: KubeConfig): Promise<PreflightFinding | undefined> {
  const where = { context: kubeConfig.getCurrentContext(), server: kubeConfig.getCurrentCluster()?.server };
  try {
    await kubeConfig.makeApiClient(VersionApi).getCode({}, requestOptions());
    return undefined;
  } catch (error) {
    const rejection = rejectionOf(error);
    if (rejection === undefined) {
      return { id: "api-server-unreachable", severity: "ERROR", params: { ...where, error: messageOf(error) } };
    }
    if (rejection.code === 401) return { id: "unauthenticated", severity: "ERROR", params: where };
    // An answer that reading the version is forbidden comes from an API server that was reached.
    if (rejection.code === 403) return undefined;
    return { id: "api-server-not-ready", severity: "ERROR", params: { ...where, error: rejection.message } };
  }
}
