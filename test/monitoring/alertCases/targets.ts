import { NAMESPACE, deployment, inNamespace, type AlertCase } from "./alertCase.ts";

export const targetsCases: readonly AlertCase[] = [
  {
    alert: "MetricsTargetDown",
    when: "a target does not answer",
    interval: "5s",
    series: { 'up{job="keda-operator", instance="keda-operator.keda:8080"}': "1x2 0x30" },
    expected: {
      "1m10s": "quiet",
      "1m15s": {
        labels: { job: "keda-operator", instance: "keda-operator.keda:8080" },
        description: "keda-operator  at keda-operator.keda:8080 has not answered a scrape for a minute.",
      },
    },
  },
  {
    alert: "MetricsTargetDown",
    when: "a pod needs 55 s to start, and another ends",
    interval: "5s",
    series: { 'up{job="pods", pod="worker-a"}': "0x10 1x30", 'up{job="pods", pod="worker-b"}': "1x10 0 stale" },
    expected: { "1m": "quiet", "3m": "quiet" },
  },
  {
    alert: "MetricsTargetMissing",
    when: "workers are ready and not scraped",
    interval: "5s",
    series: {
      [deployment("status_replicas_ready", "worker")]: "2x30",
      [deployment("status_replicas_ready", "api")]: "1x30",
      [`up{job="pods", ${NAMESPACE}, container="api"}`]: "1x30",
    },
    expected: {
      "55s": "quiet",
      "1m": {
        labels: { ...inNamespace, deployment: "worker" },
        description: "2 pods of worker in orders are ready, and Prometheus has found none of them.",
      },
    },
  },
  {
    alert: "MetricsTargetMissing",
    when: "the worker is at zero",
    interval: "5s",
    series: { [deployment("status_replicas_ready", "worker")]: "0x30" },
    expected: { "2m": "quiet" },
  },
];
