import type { V2MetricSpec } from "@kubernetes/client-node";
import { watchesQueue } from "../../../loadtest/targets/orders/serviceBus/watchesQueue.ts";
import { ConfigFileError, parseConfigFile } from "../../../src/servicebus-emulator/config/configFile.ts";
import { finding, type Finding } from "../finding.ts";
import { kindOf, subjectOf, titleOf, type Deployed, type ScaledObject, type Workload } from "../view.ts";
import { environmentOf, ownContainer } from "./environment.ts";
import { scalersOf } from "./scalers.ts";

const API_SIGNAL = ["api/cpu", "api/memory"];

/**
 * Where API or worker of this project follows another signal than its own: the API its own container's CPU and memory, the worker the length of the queue
 * that it receives from. A component may mean that, such as worker-on-cpu; an overlay does not.
 */
export function ownSignalFindings(deployed: Deployed): Finding[] {
  return deployed.workloads.flatMap((workload) => [
    ...(ownContainer(workload, "api") === undefined ? [] : apiFindings(workload, deployed)),
    ...(ownContainer(workload, "worker") === undefined ? [] : workerFindings(workload, deployed)),
  ]);
}

function apiFindings(api: Workload, deployed: Deployed): Finding[] {
  const { horizontal, scaled } = scalersOf(api, deployed);
  if (horizontal.length + scaled.length === 0) return [finding("api-not-autoscaled", subjectOf(kindOf(api), api), {})];
  return horizontal.flatMap((autoscaler) => {
    const metrics = (autoscaler.spec.metrics ?? []).map(metricName).sort();
    // A metric of a sidecar or of the whole pod is a finding of its own.
    const resources = new Set(metrics.map((name) => name.replace(/.*\//, "api/")));
    if (API_SIGNAL.every((one) => resources.has(one)) && resources.size === API_SIGNAL.length) return [];
    const subject = subjectOf("HorizontalPodAutoscaler", autoscaler);
    return [finding("api-on-other-metrics", subject, { metrics, expected: API_SIGNAL })];
  });
}

function metricName({ type, containerResource, resource }: V2MetricSpec): string {
  if (containerResource !== undefined) return `${containerResource.container}/${containerResource.name}`;
  return resource === undefined ? type : `pod/${resource.name}`;
}

function workerFindings(worker: Workload, deployed: Deployed): Finding[] {
  const { horizontal, scaled } = scalersOf(worker, deployed);
  const subject = subjectOf(kindOf(worker), worker);
  const [autoscaler] = horizontal;
  const queue = queueOf(worker, "worker", deployed);
  return [
    ...(scaled.length > 0
      ? []
      : autoscaler === undefined
        ? [finding("worker-not-autoscaled", subject, {})]
        : [
            finding("worker-not-on-queue-length", subject, {
              autoscaler: titleOf("HorizontalPodAutoscaler", autoscaler),
              metrics: (autoscaler.spec.metrics ?? []).map(metricName),
            }),
          ]),
    ...(queue === undefined ? [] : queueFindings(worker, queue, scaled, deployed)),
  ];
}

/** The queue that a service's environment names. */
function queueOf(workload: Workload, container: string, { configMaps }: Deployed): string | undefined {
  const own = ownContainer(workload, container);
  return own === undefined ? undefined : environmentOf(own, configMaps).SERVICEBUS_QUEUE;
}

function queueFindings(worker: Workload, receivesFrom: string, scaled: ScaledObject[], deployed: Deployed): Finding[] {
  const from = { workload: titleOf(kindOf(worker), worker), receivesFrom };
  const senders = deployed.workloads.flatMap((sender) => {
    const queue = queueOf(sender, "api", deployed);
    if (queue === undefined || queue === receivesFrom) return [];
    return finding("api-sends-to-other-queue", subjectOf(kindOf(sender), sender), { queue, ...from });
  });
  const scalers = scaled.flatMap((object) => {
    const watching = (object.spec?.triggers ?? []).filter(({ metadata }) => metadata.queueName !== undefined);
    const [first] = watching;
    if (
      first === undefined ||
      watching.some(({ metadata: { queueName, useRegex } }) => watchesQueue({ queueName, useRegex }, receivesFrom))
    )
      return [];
    const params = { queue: first.metadata.queueName ?? "", isPattern: first.metadata.useRegex === "true", ...from };
    return finding("scaled-object-polls-other-queue", subjectOf("ScaledObject", object), params);
  });
  return [...senders, ...scalers, ...emulatorFindings(from, deployed)];
}

function emulatorFindings(from: { workload: string; receivesFrom: string }, deployed: Deployed): Finding[] {
  // A ConfigMap's name has the hash of its content, and older ones stay: the one that is mounted counts.
  const mounted = deployed.workloads.flatMap(({ spec }) =>
    (spec?.template.spec?.volumes ?? []).flatMap(({ configMap }) => configMap?.name ?? []),
  );
  return deployed.configMaps.flatMap((map) => {
    const config = map.data?.["Config.json"];
    if (config === undefined || !mounted.includes(map.metadata?.name ?? "")) return [];
    const queues = queuesIn(config);
    if (queues === undefined || queues.includes(from.receivesFrom)) return [];
    return finding("emulator-has-other-queue", subjectOf("ConfigMap", map), { queues, ...from });
  });
}

/** Undefined where the emulator itself refuses the file: then its pod says so. */
function queuesIn(config: string): string[] | undefined {
  try {
    return parseConfigFile(config).queues.map(({ name }) => name);
  } catch (error) {
    if (error instanceof ConfigFileError) return undefined;
    throw error;
  }
}
