import { KEDA_DEFAULTS } from "../../../loadtest/model/kedaDefaults.ts";
import { pathOfDeployment } from "./paths.ts";
import { kedaOf } from "../controllers.ts";
import { finding, type Finding, type FindingId } from "../finding.ts";
import { liveObjects, orElse, subjectOf, type ScaledObject, type View } from "../view.ts";
import { lastWarning, seenMs, shortened } from "./events.ts";
import { isOfKedasCertificates } from "./kedaCertificates.ts";

/** How much later than the poll its event may be seen: a failed request takes the scaler up to 9.4 s, measured with the bus gone. */
const EVENT_DELAY_SECONDS = 10;
/** KEDA's operator takes a new ScaledObject within a second. */
const RECONCILED_WITHIN_SECONDS = 15;

const PAUSED = "autoscaling.keda.sh/paused";
const PAUSED_REPLICAS = "autoscaling.keda.sh/paused-replicas";
const PAUSED_SCALE_IN = "autoscaling.keda.sh/paused-scale-in";
const PAUSED_SCALE_OUT = "autoscaling.keda.sh/paused-scale-out";

/** Why KEDA does not serve a ScaledObject: nobody does, somebody has paused it, or its trigger cannot be read. */
export function scaledObjectFindings(view: View): Finding[] {
  return liveObjects(view).scaledObjects.flatMap((scaled) => {
    const unseen = notReconciled(scaled, view);
    if (unseen.length > 0) return unseen;
    const paused = pausedFindings(scaled, view.namespace);
    return [...paused, ...triggerFindings(scaled, view)];
  });
}

/** Neither a condition nor an HPA: no operator has looked at it. */
function notReconciled(scaled: ScaledObject, view: View): Finding[] {
  const keda = kedaOf(view);
  const ageSeconds = (view.nowMs - (timeOf(scaled) ?? 0)) / 1_000;
  // Without KEDA nobody can, which is a finding of its own.
  if (keda === undefined || ageSeconds < RECONCILED_WITHIN_SECONDS) return [];
  if ((scaled.status?.conditions ?? []).length > 0 || scaled.status?.hpaName !== undefined) return [];
  const watched = keda.operator.spec?.template.spec?.containers
    .flatMap(({ env = [] }) => env)
    .find(({ name }) => name === "WATCH_NAMESPACE")?.value;
  const namespaces = (watched ?? "").split(",").map((one) => one.trim());
  const isLeftOut = watched !== undefined && watched !== "" && !namespaces.includes(view.namespace);
  return [
    finding("scaled-object-not-reconciled", subjectOf("ScaledObject", scaled), {
      namespace: view.namespace,
      watches: isLeftOut ? watched : undefined,
      operator: pathOfDeployment(keda.operator),
    }),
  ];
}

/** A custom object's times are text. */
function timeOf({ metadata }: ScaledObject): number | undefined {
  const created = metadata?.creationTimestamp;
  return created === undefined ? undefined : new Date(created).getTime();
}

function pausedFindings(scaled: ScaledObject, namespace: string): Finding[] {
  const subject = subjectOf("ScaledObject", scaled);
  const annotations = scaled.metadata?.annotations ?? {};
  const shown = (name: string): string => `${name}: ${JSON.stringify(annotations[name])}`;
  const pausing = [
    ...(isTrue(annotations[PAUSED]) ? [shown(PAUSED)] : []),
    // With any value, as KEDA reads it.
    ...(annotations[PAUSED_REPLICAS] === undefined ? [] : [shown(PAUSED_REPLICAS)]),
  ];
  const oneWay = [
    ...(isTrue(annotations[PAUSED_SCALE_IN])
      ? [finding("scaled-object-scale-in-paused", subject, { annotation: shown(PAUSED_SCALE_IN), namespace })]
      : []),
    ...(isTrue(annotations[PAUSED_SCALE_OUT])
      ? [finding("scaled-object-scale-out-paused", subject, { annotation: shown(PAUSED_SCALE_OUT), namespace })]
      : []),
  ];
  const saysSo = conditionOf(scaled, "Paused")?.status === "True";
  if (pausing.length === 0 && (!saysSo || oneWay.length > 0)) return oneWay;
  return [finding("scaled-object-paused", subject, { annotations: pausing, namespace }), ...oneWay];
}

/** As strconv.ParseBool; what is no boolean KEDA takes for true. */
function isTrue(value: string | undefined): boolean {
  return value !== undefined && !["0", "f", "F", "false", "FALSE", "False"].includes(value);
}

function conditionOf(scaled: ScaledObject, type: string): { status: string; message: string } | undefined {
  return scaled.status?.conditions?.find((one) => one.type === type);
}

/**
 * A ScaledObject that KEDA cannot serve, with the last message of its scaler: a wrong key shows here. Where there is a fallback, Ready stays True, and
 * Fallback becomes True after some failures; until then only the failures themselves tell.
 */
function triggerFindings(scaled: ScaledObject, view: View): Finding[] {
  const name = scaled.metadata?.name ?? "";
  const last = lastWarning(orElse(view.events, []), "ScaledObject", name);
  const pollingSeconds = scaled.spec?.pollingInterval ?? KEDA_DEFAULTS.pollingInterval;
  const failsNow = last !== undefined && view.nowMs - seenMs(last) < (2 * pollingSeconds + EVENT_DELAY_SECONDS) * 1000;
  const ready = conditionOf(scaled, "Ready");
  const state =
    ready?.status === "False"
      ? "not-ready"
      : conditionOf(scaled, "Fallback")?.status === "True"
        ? "in-fallback"
        : failsNow
          ? "failing"
          : undefined;
  if (state === undefined) return [];
  const conditionMessage = state === "not-ready" ? ready?.message : undefined;
  const event = last?.message === undefined ? undefined : shortened(last.message);
  const messages = [conditionMessage, event].join("\n");
  const keda = kedaOf(view);
  // Then the bus's certificate is not the one that is meant.
  if (keda !== undefined && conditionMessage !== undefined && isOfKedasCertificates(conditionMessage)) return [];
  const operator = keda === undefined ? "keda/keda-operator" : pathOfDeployment(keda.operator);
  const subject = subjectOf("ScaledObject", scaled);
  return [
    finding(triggerFailure(messages), subject, {
      ...{ state, conditionMessage, event, namespace: view.namespace, operator },
    }),
  ];
}

/** The failure that KEDA's own messages name. */
function triggerFailure(
  messages: string,
): Extract<
  FindingId,
  | "scaled-object-key-rejected"
  | "scaled-object-queue-unknown"
  | "scaled-object-throttled"
  | "scaled-object-certificate-untrusted"
  | "scaled-object-trigger-failing"
> {
  // A throttled answer has no counts in it, on which the SDK stumbles.
  if (/no CountDetails element|\b429\b|throttl|SubCode=50009|ServerBusy/i.test(messages))
    return "scaled-object-throttled";
  if (/\b40[13]\b|unauthori[sz]ed|InvalidSignature/i.test(messages)) return "scaled-object-key-rejected";
  if (/queue \S+ doesn't exist/.test(messages)) return "scaled-object-queue-unknown";
  if (/x509|certificate/.test(messages)) return "scaled-object-certificate-untrusted";
  return "scaled-object-trigger-failing";
}
