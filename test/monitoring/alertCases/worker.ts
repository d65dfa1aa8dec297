import { waiting, deployment, hpa, inNamespace, type AlertCase } from "./alertCase.ts";

export const workerCases: readonly AlertCase[] = [
  {
    alert: "WorkerMissing",
    when: "messages wait and no worker becomes ready",
    interval: "5s",
    series: { [waiting()]: "10x60", [deployment("status_replicas_ready", "worker")]: "0x60" },
    expected: {
      "55s": "quiet",
      // One evaluation later than the rule's own time: recording rules may be evaluated after it.
      "1m5s": {
        labels: inNamespace,
        description: "10 messages wait in orders, and no worker has become ready for a minute.",
      },
    },
  },
  {
    alert: "WorkerMissing",
    when: "the bus is Azure's, so that only KEDA knows of the queue",
    interval: "5s",
    series: {
      'keda_scaler_metrics_value{namespace="orders", scaledObject="worker"}': "7x60",
      [deployment("status_replicas_ready", "worker")]: "0x60",
    },
    expected: {
      "1m5s": {
        labels: inNamespace,
        description: "7 messages wait in orders, and no worker has become ready for a minute.",
      },
    },
  },
  {
    alert: "WorkerMissing",
    when: "the first worker is ready after 55 s",
    interval: "5s",
    series: { [waiting()]: "10x60", [deployment("status_replicas_ready", "worker")]: "0x10 1x50" },
    expected: { "1m": "quiet", "4m": "quiet" },
  },
  {
    alert: "WorkerMissing",
    when: "there is no worker and nothing to do",
    interval: "5s",
    series: { [waiting()]: "0x60", [deployment("status_replicas_ready", "worker")]: "0x60" },
    expected: { "4m": "quiet" },
  },
  {
    alert: "WorkerBacklogGrowsAtMaximum",
    when: "the queue grows and all replicas are there",
    interval: "10s",
    series: {
      [waiting()]: "100+20x90",
      [deployment("spec_replicas", "worker")]: "8x90",
      [hpa("spec_max_replicas", "worker")]: "8x90",
    },
    expected: {
      "5m": "quiet",
      "6m": {
        labels: inNamespace,
        description: "The queue of orders grows by 2.0 messages a second with the worker at maxReplicas.",
      },
    },
  },
  {
    alert: "WorkerBacklogGrowsAtMaximum",
    when: "one replica more could come",
    interval: "10s",
    series: {
      [waiting()]: "100+20x90",
      [deployment("spec_replicas", "worker")]: "7x90",
      [hpa("spec_max_replicas", "worker")]: "8x90",
    },
    expected: { "15m": "quiet" },
  },
  {
    alert: "WorkerBacklogGrowsAtMaximum",
    when: "all replicas are there and the queue shrinks",
    interval: "10s",
    series: {
      [waiting()]: "9000-20x90",
      [deployment("spec_replicas", "worker")]: "8x90",
      [hpa("spec_max_replicas", "worker")]: "8x90",
    },
    expected: { "15m": "quiet" },
  },
];
