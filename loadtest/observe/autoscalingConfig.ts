import type { AutoscalingConfig, ScaledObjectState } from "../model/autoscaling.ts";
import { KEDA_DEFAULTS } from "../model/kedaDefaults.ts";
import { type Sample, newest, workerIdleReplicas } from "../model/observed.ts";

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
    // A worker without a ScaledObject gets KEDA's defaults: its way back has to be bounded by something.
    workerPollingIntervalSeconds: scaledObject?.pollingIntervalSeconds ?? KEDA_DEFAULTS.pollingInterval,
    workerCooldownSeconds: scaledObject?.cooldownSeconds ?? KEDA_DEFAULTS.cooldownPeriod,
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
