import type { V2HorizontalPodAutoscalerBehavior } from "@kubernetes/client-node";
import { queueTrigger } from "../../../loadtest/model/autoscaling.ts";
import { scaledObjectState } from "../../../loadtest/observe/scaledObject.ts";
import { finding, type Finding, type Subject } from "../finding.ts";
import { subjectOf, type Deployed, type ScaledObject, type Trigger } from "../view.ts";
import type { Facts } from "./facts.ts";
import { LONGEST_SCALE_OUT_SECONDS } from "./objectives.ts";
import { refusedReplicaBounds } from "./replicaBounds.ts";
import { isOfKeda } from "./scalers.ts";

/** What KEDA's scaler reads (v2.21, pkg/scalers/azure_servicebus_scaler.go); it ignores every other key silently, like the dead `queueLength`. */
const SERVICEBUS_KEYS = new Set([
  ...["queueName", "topicName", "subscriptionName", "messageCount", "activationMessageCount", "namespace"],
  ...["connectionFromEnv", "useRegex", "operation", "cloud", "endpointSuffix"],
]);
/** ScaledObjects and the behavior of either autoscaler: what they follow, with which authentication, and what keeps them from scaling up. */
export function triggerFindings(deployed: Deployed, facts: Facts): Finding[] {
  return [
    ...deployed.autoscalers
      .filter((one) => !isOfKeda(one))
      .flatMap((one) => behaviorFindings(subjectOf("HorizontalPodAutoscaler", one), "spec", one.spec.behavior)),
    ...deployed.scaledObjects.flatMap((scaled) => [
      ...behaviorFindings(
        subjectOf("ScaledObject", scaled),
        "spec.advanced.horizontalPodAutoscalerConfig",
        scaled.spec?.advanced?.horizontalPodAutoscalerConfig?.behavior,
      ),
      ...followedFindings(scaled),
      ...(scaled.spec?.triggers ?? []).flatMap((trigger, index) => oneTrigger(scaled, trigger, index)),
      ...authenticationFindings(scaled, deployed, facts),
      ...rangeFindings(scaled, deployed),
    ]),
  ];
}

function behaviorFindings(subject: Subject, path: string, behavior?: V2HorizontalPodAutoscalerBehavior): Finding[] {
  const field = `${path}.behavior.scaleUp`;
  const selectPolicy = behavior?.scaleUp?.selectPolicy;
  const windowSeconds = behavior?.scaleUp?.stabilizationWindowSeconds ?? 0;
  if (selectPolicy === "Disabled")
    return [finding("scale-up-disabled", subject, { field: `${field}.selectPolicy: Disabled` })];
  if (windowSeconds <= LONGEST_SCALE_OUT_SECONDS) return [];
  const params = { field: `${field}.stabilizationWindowSeconds`, windowSeconds };
  return [finding("scale-up-window-too-long", subject, { ...params, withinSeconds: LONGEST_SCALE_OUT_SECONDS })];
}

/** More than one signal: replicas are then what the highest asks for, and a queue's length explains them no more. */
function followedFindings(scaled: ScaledObject): Finding[] {
  const { triggers } = scaledObjectState(scaled);
  const queue = queueTrigger(triggers.filter(({ queue: name }) => name !== null));
  const others = triggers.filter((trigger) => trigger !== queue);
  if (queue === undefined || others.length === 0) return [];
  return [
    finding("scaled-object-follows-other-trigger", subjectOf("ScaledObject", scaled), {
      queueTrigger: `${queue.type} ${queue.queue ?? ""}`,
      others: others.map(({ type, queue: name }) => (name === null ? type : `${type} ${name}`)),
    }),
  ];
}

function oneTrigger(scaled: ScaledObject, { type, name, metricType, metadata }: Trigger, index: number): Finding[] {
  const subject = subjectOf("ScaledObject", scaled);
  const trigger = name ?? `${type} (triggers[${index}])`;
  const ignored = Object.keys(metadata).filter((key) => !SERVICEBUS_KEYS.has(key));
  return [
    ...(metricType === "Value" ? [finding("trigger-metric-type-value", subject, { trigger })] : []),
    ...(type === "azure-servicebus" && ignored.length > 0
      ? [finding("trigger-keys-ignored", subject, { trigger, keys: ignored })]
      : []),
  ];
}

/** KEDA goes on with what it has in its cache, until it is started anew: so this is looked up, and not waited for. */
function authenticationFindings(
  scaled: ScaledObject,
  deployed: Deployed,
  { namespace, source, elsewhere }: Facts,
): Finding[] {
  const there = (key: "authentications" | "clusterAuthentications"): Set<string> =>
    new Set([...deployed[key], ...(elsewhere?.[key] ?? [])].flatMap(({ metadata }) => metadata?.name ?? []));
  const known = { authentications: there("authentications"), clusterAuthentications: there("clusterAuthentications") };
  const names = new Set(
    (scaled.spec?.triggers ?? []).flatMap(({ authenticationRef: reference }) => {
      if (reference === undefined) return [];
      const isOfCluster = reference.kind === "ClusterTriggerAuthentication";
      // Rendered alone, nothing tells of what the cluster has for all namespaces; nor does what could not be read.
      if (isOfCluster && elsewhere === undefined) return [];
      if (source === "live" && elsewhere === undefined) return [];
      const isThere = known[isOfCluster ? "clusterAuthentications" : "authentications"].has(reference.name);
      return isThere ? [] : [`${reference.kind ?? "TriggerAuthentication"} ${reference.name}`];
    }),
  );
  return [...names].map((authentication) =>
    finding("authentication-missing", subjectOf("ScaledObject", scaled), { authentication, namespace }),
  );
}

function rangeFindings(scaled: ScaledObject, { autoscalers }: Deployed): Finding[] {
  const subject = subjectOf("ScaledObject", scaled);
  const { minReplicas, idleReplicas, maxReplicas, triggers } = scaledObjectState(scaled);
  const followsQueue = triggers.some(({ queue }) => queue !== null);
  const { fallback, advanced } = scaled.spec ?? {};
  const behavior = fallback?.behavior ?? "static";
  const hpa = advanced?.horizontalPodAutoscalerConfig?.name;
  const isLowering =
    (behavior === "static" || behavior === "currentReplicasIfLower") && (fallback?.replicas ?? 0) < maxReplicas;
  const removes = fallback !== undefined && (fallback.replicas < 1 || isLowering);
  const bounds = refusedReplicaBounds(scaled);
  // What KEDA refuses says nothing more.
  if (bounds !== undefined) return [finding("replica-bounds-invalid", subject, { bounds })];
  const isTaken = autoscalers.some((one) => !isOfKeda(one) && one.metadata?.name === hpa);
  return [
    ...(followsQueue && (idleReplicas ?? minReplicas) > 0
      ? [finding("min-replicas-above-idle", subject, { minReplicas: idleReplicas ?? minReplicas })]
      : []),
    ...(maxReplicas <= Math.max(1, minReplicas) && !triggers.some(({ type }) => type === "azure-servicebus")
      ? [finding("scaled-object-cannot-scale", subject, { maxReplicas })]
      : []),
    ...(removes ? [finding("fallback-removes-workers", subject, { replicas: fallback.replicas, behavior })] : []),
    ...(hpa !== undefined && isTaken ? [finding("hpa-name-taken", subject, { hpa })] : []),
  ];
}
