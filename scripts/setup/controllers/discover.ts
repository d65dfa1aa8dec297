import { VersionApi } from "@kubernetes/client-node";
import {
  findKeda,
  findMetricsServer,
  type ControllerObjects,
  type Defect,
  type Discovery,
  type Keda,
  type MetricsServer,
} from "../../../loadtest/observe/controllers.ts";
import { readControllerObjects } from "../../../loadtest/observe/readControllers.ts";
import { kubeConfigOf } from "../../cluster/kubeConfig.ts";
import type { Cluster } from "../../cluster/provider.ts";
import { messageOf } from "../../../src/shared/messageOf.ts";
import { CliError } from "../../process/cliError.ts";
import { distrustText } from "./trust.ts";
import { tooOld, type Versioned } from "./versions.ts";

/** What the cluster has of the two before `up` changes anything; undefined for what it does not have, or has in part from an `up` that was interrupted. */
export interface FoundControllers {
  keda: Keda | undefined;
  metricsServer: MetricsServer | undefined;
  /** Nothing of it is on the cluster, not even in part. */
  absent: { keda: boolean; metricsServer: boolean };
}

/** @throws {CliError} as {@link foundControllers}, and where what it takes cannot be read. */
export async function discoverControllers(cluster: Pick<Cluster, "kubeconfig">): Promise<FoundControllers> {
  const kubeConfig = kubeConfigOf(cluster);
  let objects: ControllerObjects;
  let kubernetes: string;
  try {
    [objects, { gitVersion: kubernetes }] = await Promise.all([
      readControllerObjects(kubeConfig),
      kubeConfig.makeApiClient(VersionApi).getCode(),
    ]);
  } catch (error) {
    throw new CliError(
      `whether KEDA and metrics-server are on the cluster cannot be read: ${messageOf(error)}`,
      "use a kubectl context that may get APIServices and Services and list Deployments in all namespaces",
      { cause: error },
    );
  }
  return foundControllers(objects, kubernetes);
}

/**
 * @param kubernetes the API server's version.
 * @throws {CliError} where somebody's KEDA or metrics-server is there in part, is too old, or can never do what overlay dev needs.
 */
export function foundControllers(objects: ControllerObjects, kubernetes: string): FoundControllers {
  rejectTooOld("Kubernetes", kubernetes);
  const keda = findKeda(objects);
  const metricsServer = findMetricsServer(objects);
  const found = {
    keda: usable("KEDA", keda),
    metricsServer: usable("metrics-server", metricsServer),
    absent: { keda: keda.id === "absent", metricsServer: metricsServer.id === "absent" },
  };
  // This project's own is brought up to date.
  if (found.keda !== undefined && found.keda.origin !== "ownsignal") rejectTooOld("KEDA", found.keda.version);
  if (found.metricsServer?.isMetricsServer === true && found.metricsServer.origin !== "ownsignal") {
    rejectTooOld("metrics-server", found.metricsServer.version);
  }
  if (found.keda?.origin === "aks-add-on") {
    const distrust = distrustText(found.keda, { id: "cannotBeChanged" });
    if (distrust !== undefined) throw new CliError(`${distrust.what}; nothing was applied`, distrust.fix);
  }
  return found;
}

function rejectTooOld(what: Versioned, version: string | null): void {
  const finding = versionText(what, version);
  if (finding !== undefined) throw new CliError(`${finding.what}; nothing was applied`, finding.fix);
}

/** Undefined where it is new enough. */
export function versionText(what: Versioned, version: string | null): { what: string; fix: string } | undefined {
  const required = tooOld(what, version);
  if (required === undefined) return undefined;
  return {
    what: `${what} ${version ?? ""} is too old: ${required.minimum} is the least (${required.reason})`,
    fix: `upgrade it; where it is AKS's add-on, its version comes with the cluster's (az aks upgrade)`,
  };
}

function usable<T>(title: string, discovery: Discovery<T>): T | undefined {
  if (discovery.id === "unusable") {
    const { what, fix } = defectText(title, discovery.params);
    throw new CliError(`${what}; nothing was applied`, fix);
  }
  return discovery.id === "present" ? discovery.params : undefined;
}

/** One sentence for what was found, one for what its owner can do. */
export function defectText(title: string, { id, params }: Defect): { what: string; fix: string } {
  const complete = `complete its installation, or remove what is left of it: then \`./scripts/up\` installs ${title}`;
  switch (id) {
    case "terminating":
      return {
        what: `${title} is being removed: ${params.object} is terminating`,
        fix: "wait until it is gone, then run the same command again; `kubectl describe` shows what holds it back",
      };
    case "noApiService":
      return {
        what: `${title} is not whole: ${params.found} is there, APIService ${params.apiService} is not`,
        fix: complete,
      };
    case "serviceMissing":
      return {
        what: `${title} is not whole: APIService ${params.apiService} names Service ${params.service}, which is not there`,
        fix: `${complete} (kubectl delete apiservice ${params.apiService})`,
      };
    case "noDeployment":
      return {
        what: `APIService ${params.apiService} is served by Service ${params.service}, which selects no Deployment`,
        fix: `let it be KEDA's: a cluster has one adapter for external metrics only; \`kubectl describe apiservice ${params.apiService}\``,
      };
    case "anotherAdapter":
      return {
        what: `APIService ${params.apiService} belongs to another adapter: Deployment ${params.deployment} (image ${params.image}) behind Service ${params.service}`,
        fix: "a cluster has one adapter for external metrics only, and KEDA has to be it: turn that adapter's external metrics off and let the APIService name KEDA's Service (keda-operator-metrics-apiserver of its Helm chart, keda-metrics-apiserver of its manifests), or use another cluster",
      };
    case "noCrd":
      return {
        what: `KEDA is not whole: its adapter is in namespace ${params.namespace}, its CRDs are not there`,
        fix: complete,
      };
    case "noOperator":
      return {
        what: `KEDA is not whole: its adapter is in namespace ${params.namespace}, its operator is not`,
        fix: complete,
      };
  }
}
