import type { AutoscalingConfig, ScaledObjectState } from "../model/autoscaling.ts";
import { type Sample, newest, workerIdleReplicas } from "../model/observed.ts";

/** KEDA's defaults, for a worker that has no ScaledObject: its way back has to be bounded by something. */
const KEDA_POLLING_SECONDS = 30;
const KEDA_COOLDOWN_SECONDS = 300;

/** What the live objects say about how this cluster scales; undefined where the API's HPA was not read. */
export function autoscalingConfigOf(
  samples: readonly Sample[],
  metricsResolutionSeconds: number,
): AutoscalingConfig | undefined {
  const api = newest(samples, (sample) => sample.readings.apiAutoscaler);
  const scaledObject = scaledObjectOf(samples);
  const worker = newest(samples, (sample) => sample.readings.workerAutoscaler);
  const last = samples.at(-1);
  if (api === undefined || last === undefined) return undefined;
  return {
    apiMinimum: api.min,
    apiMaximum: api.max,
    apiTargets: api.metrics.map(({ metric, target }) => ({ metric, target })),
    apiScaleUp: api.scaleUp,
    apiScaleDown: api.scaleDown,
    workerIdleReplicas: workerIdleReplicas(last),
    workerMaximum: scaledObject?.maxReplicas ?? worker?.max ?? 0,
    workerScaler: scaledObject !== undefined ? "keda" : worker !== undefined ? "hpa" : "none",
    workerPollingIntervalSeconds: scaledObject?.pollingIntervalSeconds ?? KEDA_POLLING_SECONDS,
    workerCooldownSeconds: scaledObject?.cooldownSeconds ?? KEDA_COOLDOWN_SECONDS,
    workerMessagesPerReplica: scaledObject?.messagesPerReplica ?? null,
    workerActivationMessages: scaledObject?.activationMessages ?? null,
    workerScaleUp: worker?.scaleUp ?? null,
    workerScaleDown: worker?.scaleDown ?? null,
    metricsResolutionSeconds,
  };
}

export function scaledObjectOf(samples: readonly Sample[]): ScaledObjectState | undefined {
  return newest(samples, (sample) => sample.readings.workerScaledObject);
}
