import { DEADLINES } from "../../assertions/progress.ts";
import { type AutoscalingConfig, kedaWakes, scalingOf, type WorkloadScaling } from "../../model/autoscaling.ts";
import { isResource } from "../../model/metric.ts";
import type { Workload } from "../../model/workload.ts";
import { HPA_SYNC_SECONDS } from "../../timings/hpaPace.ts";

/** For pods to start, and for a slow node. */
const SCALE_OUT_MARGIN_SECONDS = 120;

/** A deadline that the live windows give, and how. */
export interface LiveDefault {
  seconds: number;
  why: string;
}

/** How long a workload may take to its replicas: what has to pass by its own configuration, and a margin. */
export function scaleOutDefault(live: AutoscalingConfig, workload: Workload): LiveDefault {
  const scaling = scalingOf(live, workload);
  const parts: [seconds: number, what: string][] = [
    ...(scaling.keda === null ? [] : [[scaling.keda.pollingIntervalSeconds, "polling interval"] as [number, string]]),
    [scaling.scaleUp?.stabilizationSeconds ?? 0, "scale-up window"],
    ...(readsResources(scaling) ? [[live.metricsResolutionSeconds, "metrics resolution"] as [number, string]] : []),
    [HPA_SYNC_SECONDS, "a sync of the HPA controller"],
    [SCALE_OUT_MARGIN_SECONDS, "margin"],
  ];
  return sumOf(parts);
}

/** How long a workload may take back to idle once its demand is gone. */
export function scaleInDefault(live: AutoscalingConfig, workload: Workload): LiveDefault {
  const scaling = scalingOf(live, workload);
  const { keda, scaleDown } = scaling;
  return sumOf([
    ...(kedaWakes(scaling) && keda !== null
      ? ([
          [keda.cooldownSeconds, "cooldown"],
          [keda.pollingIntervalSeconds, "polling interval"],
        ] as [number, string][])
      : ([[scaleDown?.stabilizationSeconds ?? 0, "scale-down window"]] as [number, string][])),
    [DEADLINES.returnMarginSeconds, "margin"],
  ]);
}

function readsResources({ targets }: WorkloadScaling): boolean {
  return targets.some(({ metric }) => isResource(metric));
}

function sumOf(parts: readonly [seconds: number, what: string][]): LiveDefault {
  const counted = parts.filter(([seconds]) => seconds > 0);
  return {
    seconds: Math.ceil(counted.reduce((sum, [seconds]) => sum + seconds, 0)),
    why: counted.map(([seconds, what]) => `${seconds} s ${what}`).join(" + "),
  };
}
