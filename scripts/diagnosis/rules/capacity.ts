import { DRAIN_LIMIT_MS } from "../../../src/shared/lifecycle.ts";
import { queueTrigger } from "../../../loadtest/model/autoscaling.ts";
import { scaledObjectState } from "../../../loadtest/observe/scaledObject.ts";
import { finding, type Finding } from "../finding.ts";
import { kindOf, subjectOf, type Deployed, type ScaledObject, type Workload } from "../view.ts";
import { environmentOf, isOurs, numberOf, ownContainer } from "./environment.ts";
import { targetOf } from "./scalers.ts";

/** src/worker/environment.ts and src/worker/simulatedFulfilment.ts. */
export const DEFAULT_CONCURRENCY = 16;
export const DEFAULT_LATENCY_MS = 100;
/** The objective of the alerts and of the soak: 99 % of orders are committed within it. */
const ORDER_AGE_OBJECTIVE_SECONDS = 60;
/** What a drain takes beside the waits that its environment names: closing links, and a sidecar that stops last. */
const DRAIN_MARGIN_SECONDS = 10;
/** After so long a draining service of this project leaves in any case. */
const DRAIN_LIMIT_SECONDS = DRAIN_LIMIT_MS / 1_000;
/** Kubernetes' own. */
const DEFAULT_GRACE_SECONDS = 30;

/** Numbers of one configuration that do not fit each other. */
export function capacityFindings(deployed: Deployed): Finding[] {
  return [
    ...deployed.workloads.flatMap((workload) => drainFindings(workload, deployed)),
    ...deployed.scaledObjects.flatMap((scaled) => shareFindings(scaled, deployed)),
  ];
}

/** How long one replica works on the messages that the ScaledObject gives it. */
function shareFindings(scaled: ScaledObject, deployed: Deployed): Finding[] {
  const { triggers, formula } = scaledObjectState(scaled);
  const messages = queueTrigger(triggers.filter(({ type }) => type === "azure-servicebus"))?.target;
  const workload = targetOf(scaled, deployed);
  const worker = workload === undefined ? undefined : ownContainer(workload, "worker");
  if (formula !== null || messages == null || worker === undefined) return [];
  const environment = environmentOf(worker, deployed.configMaps);
  const concurrency = numberOf(environment, "WORKER_CONCURRENCY", DEFAULT_CONCURRENCY);
  const latencyMs = numberOf(environment, "FULFILMENT_LATENCY_MS", DEFAULT_LATENCY_MS);
  const seconds = Math.round((messages * latencyMs) / Math.max(1, concurrency) / 1_000);
  if (seconds <= ORDER_AGE_OBJECTIVE_SECONDS) return [];
  return [
    finding("messages-per-replica-too-slow", subjectOf("ScaledObject", scaled), {
      ...{ messages, concurrency, latencyMs, seconds, objectiveSeconds: ORDER_AGE_OBJECTIVE_SECONDS },
    }),
  ];
}

/** Grace periods shorter than the drain they have to cover, and work longer than a drain may take. */
function drainFindings(workload: Workload, { configMaps }: Deployed): Finding[] {
  const pod = workload.spec?.template.spec;
  const containers = [...(pod?.initContainers ?? []), ...(pod?.containers ?? [])];
  if (pod === undefined || !containers.some(isOurs)) return [];
  const graceSeconds = pod.terminationGracePeriodSeconds ?? DEFAULT_GRACE_SECONDS;
  const environments = containers.map((one) => environmentOf(one, configMaps));
  const waitsMs = environments.map((environment) =>
    ["DRAIN_DELAY_MS", "FULFILMENT_LATENCY_MS", "METRICS_LAST_SCRAPE_WAIT_MS"]
      .map((name) => numberOf(environment, name, 0))
      .reduce((sum, wait) => sum + wait, 0),
  );
  const drainSeconds = Math.max(...waitsMs) / 1_000 + DRAIN_MARGIN_SECONDS;
  const workSeconds = Math.max(...environments.map((one) => numberOf(one, "FULFILMENT_LATENCY_MS", 0))) / 1_000;
  const subject = subjectOf(kindOf(workload), workload);
  return [
    ...(workSeconds > DRAIN_LIMIT_SECONDS
      ? [finding("work-exceeds-drain-limit", subject, { workSeconds, drainLimitSeconds: DRAIN_LIMIT_SECONDS })]
      : []),
    ...(graceSeconds < drainSeconds
      ? [finding("grace-period-too-short", subject, { graceSeconds, drainSeconds })]
      : []),
    ...(graceSeconds >= drainSeconds && graceSeconds <= DRAIN_LIMIT_SECONDS
      ? [finding("grace-period-within-drain-limit", subject, { graceSeconds, drainLimitSeconds: DRAIN_LIMIT_SECONDS })]
      : []),
  ];
}
