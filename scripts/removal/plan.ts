import { OWNER_LABEL } from "../../loadtest/observe/controllers.ts";
import { DEV_NAMESPACE } from "../process/paths.ts";
import type { ClusterObject } from "./objects.ts";

const KEDA_NAMESPACE = "keda";
const KEDA_GROUP = /^(keda\.sh|eventing\.keda\.sh)\//;

/** What a cluster has, as far as it decides on what is removed. */
export interface Contents {
  /** All that bears this project's owner label: KEDA and metrics-server as `up` installs them. */
  labelled: readonly ClusterObject[];
  /** Everything in the namespaces of the deployment and of KEDA. */
  inNamespaces: readonly ClusterObject[];
  /** The two namespaces, where they are there. */
  namespaces: readonly ClusterObject[];
  /** KEDA's custom resources and HPAs of all namespaces: who needs KEDA and metrics-server. */
  dependents: readonly ClusterObject[];
}

/** What goes, in three steps of which each ends before the next begins, and what stays although it was looked at. */
export interface RemovalPlan {
  /** KEDA's own objects of the deployment: KEDA takes its finalizer off them, so it has to be there still. */
  scaled: ClusterObject[];
  deployment: ClusterObject[];
  controllers: ClusterObject[];
  kept: { what: string; reason: string; objects: ClusterObject[] }[];
}

/** Decides on what `up` and the overlay made, by label. What others made stays, and so does what others need. */
export function planRemoval({ labelled, inNamespaces, namespaces, dependents }: Contents): RemovalPlan {
  const inDeployment = inNamespaces.filter(({ metadata }) => metadata.namespace === DEV_NAMESPACE);
  const own = inDeployment.filter((object) => isOfDeployment(object) && isIndependent(object));
  const others = inDeployment.filter((object) => !isOfDeployment(object) && isSomebodys(object));
  const isKeda = (object: ClusterObject): boolean => !isMetricsServer(object);
  const needKeda = dependents.filter(
    ({ apiVersion, metadata }) => KEDA_GROUP.test(apiVersion) && isElsewhere(metadata),
  );
  const needMetrics = dependents.filter(
    ({ kind, metadata }) =>
      kind === "HorizontalPodAutoscaler" && isElsewhere(metadata) && metadata.ownerReferences.length === 0,
  );
  const keda = labelled.filter((object) => isKeda(object) && object.kind !== "Namespace");
  const metricsServer = labelled.filter(isMetricsServer);
  const deploymentNamespace = namespaces.filter((one) => one.metadata.name === DEV_NAMESPACE && isOfDeployment(one));
  const kedaNamespace = namespaces.filter((one) => one.metadata.name === KEDA_NAMESPACE && isLabelled(one));
  const strangersOfKeda = inNamespaces.filter(
    (object) =>
      object.metadata.namespace === KEDA_NAMESPACE && !isLabelled(object) && isSomebodys(object) && !isKedas(object),
  );

  const kept: RemovalPlan["kept"] = [];
  const unless = (reasons: readonly ClusterObject[], what: string, reason: string, objects: ClusterObject[]) => {
    if (reasons.length === 0 || objects.length === 0) return objects;
    kept.push({ what, reason, objects: [...reasons] });
    return [];
  };
  const removedKeda = unless(needKeda, "KEDA", "others' objects need it", keda);
  const removedMetrics = unless(needMetrics, "metrics-server", "others' HPAs need it", metricsServer);
  const whole = unless(others, `Namespace ${DEV_NAMESPACE}`, "others' objects are in it", deploymentNamespace);
  const wholeKeda =
    removedKeda.length < keda.length
      ? []
      : unless(strangersOfKeda, `Namespace ${KEDA_NAMESPACE}`, "others' objects are in it", kedaNamespace);
  const isScaled = ({ apiVersion }: ClusterObject): boolean => KEDA_GROUP.test(apiVersion);
  return {
    scaled: own.filter(isScaled),
    deployment: workloadsFirst([...own.filter((object) => !isScaled(object)), ...whole]),
    controllers: workloadsFirst([...removedKeda, ...removedMetrics, ...wholeKeda]),
    kept,
  };
}

/**
 * An interrupted removal must not leave pods without their ServiceAccount: one made anew under the same name does not accept their tokens, and the next `up`
 * would find the workload as it should be and wait for it in vain.
 */
function workloadsFirst(objects: readonly ClusterObject[]): ClusterObject[] {
  const isWorkload = ({ kind }: ClusterObject): boolean => kind === "Deployment" || kind === "StatefulSet";
  return [...objects.filter(isWorkload), ...objects.filter((object) => !isWorkload(object))];
}

/** Whether a plan removes anything. */
export function isEmpty({ scaled, deployment, controllers }: RemovalPlan): boolean {
  return scaled.length + deployment.length + controllers.length === 0;
}

function isLabelled({ metadata: { labels } }: ClusterObject): boolean {
  return Object.entries(OWNER_LABEL).every(([label, value]) => labels[label] === value);
}

function isOfDeployment({ metadata: { labels } }: ClusterObject): boolean {
  return labels.app === "ownsignal";
}

/** What has an owner goes with it. */
function isIndependent({ metadata }: ClusterObject): boolean {
  return metadata.ownerReferences.length === 0;
}

/** Not what Kubernetes puts into every namespace. */
function isSomebodys(object: ClusterObject): boolean {
  const { kind, metadata } = object;
  return (
    isIndependent(object) &&
    !(kind === "ConfigMap" && metadata.name === "kube-root-ca.crt") &&
    !(kind === "ServiceAccount" && metadata.name === "default")
  );
}

/** What KEDA's operator makes for itself: its certificates and the lease of its leader. */
function isKedas({ kind, metadata }: ClusterObject): boolean {
  return (
    (kind === "Secret" && metadata.name === "kedaorg-certs") ||
    (kind === "Lease" && metadata.name === "operator.keda.sh")
  );
}

function isMetricsServer({ metadata: { name, labels } }: ClusterObject): boolean {
  return labels["k8s-app"] === "metrics-server" || (name.includes("metrics-server") && !name.includes("keda"));
}

function isElsewhere({ namespace }: ClusterObject["metadata"]): boolean {
  return namespace !== DEV_NAMESPACE;
}
