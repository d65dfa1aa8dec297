import { deployment, hpa, condition, scalerErrors, inNamespace, type AlertCase } from "./alertCase.ts";

export const autoscalersCases: readonly AlertCase[] = [
  {
    alert: "WorkerScalerErrors",
    when: "one attempt fails",
    interval: "5s",
    series: { [scalerErrors("orders")]: "0x12 1x60", [deployment("spec_replicas", "worker")]: "1x72" },
    expected: {
      "55s": "quiet",
      "1m10s": {
        labels: inNamespace,
        description: "About 1 attempts of the scaler in orders failed within 2 minutes.",
      },
      "3m30s": "quiet",
    },
  },
  {
    alert: "WorkerScalerErrors",
    when: "another namespace's scaler fails",
    interval: "5s",
    series: { [scalerErrors("other")]: "0+1x60", [deployment("spec_replicas", "worker")]: "1x60" },
    expected: { "4m": "quiet" },
  },
  {
    alert: "WorkerScalerFailing",
    when: "every poll fails, one each 30 s",
    interval: "30s",
    series: { [scalerErrors("orders")]: "0+1x20", [deployment("spec_replicas", "worker")]: "1x20" },
    expected: {
      "2m": "quiet",
      "3m": {
        labels: inNamespace,
        description: "The scaler of orders has kept failing for 2 minutes: the worker no longer follows its queue.",
      },
    },
  },
  {
    alert: "WorkerScalerFailing",
    when: "an attempt fails now and then",
    interval: "30s",
    series: { [scalerErrors("orders")]: "0 1x4 2x4 3x4 4x4", [deployment("spec_replicas", "worker")]: "1x20" },
    expected: { "3m": "quiet", "8m": "quiet" },
  },
  {
    alert: "AutoscalerAtMaximum",
    when: "an HPA desires its maxReplicas",
    interval: "30s",
    series: { [hpa("status_desired_replicas", "api")]: "10x40", [hpa("spec_max_replicas", "api")]: "10x40" },
    expected: {
      "14m30s": "quiet",
      "15m": {
        labels: { ...inNamespace, horizontalpodautoscaler: "api" },
        description: "HPA api in orders desires 10 replicas, its maxReplicas: more load would not get more pods.",
      },
    },
  },
  {
    alert: "AutoscalerAtMaximum",
    when: "an HPA desires one replica less",
    interval: "30s",
    series: { [hpa("status_desired_replicas", "api")]: "9x40", [hpa("spec_max_replicas", "api")]: "10x40" },
    expected: { "20m": "quiet" },
  },
  {
    alert: "AutoscalerCannotCompute",
    when: "an HPA has no metrics",
    interval: "10s",
    series: { [condition("api", "ScalingActive", "false")]: "1x30", [deployment("spec_replicas", "api")]: "2x30" },
    expected: {
      "1m50s": "quiet",
      "2m": {
        labels: {
          ...inNamespace,
          horizontalpodautoscaler: "api",
          condition: "ScalingActive",
          status: "false",
        },
        description: "HPA api in orders says ScalingActive=false: the replicas of its workload do not change.",
      },
    },
  },
  {
    alert: "AutoscalerCannotCompute",
    when: "the worker is at zero, which disables its HPA",
    interval: "10s",
    series: {
      [condition("worker", "ScalingActive", "false")]: "1x60",
      [deployment("spec_replicas", "worker")]: "0x60",
    },
    expected: { "10m": "quiet" },
  },
];
