/** A story that an alert is told, and what it is to say at some of its moments. */
export interface AlertCase {
  alert: string;
  /** What happens, as a clause. */
  when: string;
  /** Between two values of a series; a PromQL duration. */
  interval: string;
  /** Values in promtool's notation: https://prometheus.io/docs/prometheus/latest/configuration/unit_testing_rules/#series */
  series: Readonly<Record<string, string>>;
  /** What fires at a time; nothing is quiet. The rule itself has severity, summary and address, so only what differs is said here. */
  expected: Readonly<Record<string, { labels?: Record<string, string>; description: string } | "quiet">>;
}

const NAMESPACE = 'namespace="orders"';
const waiting = (state = "active"): string =>
  `servicebus_emulator_messages{${NAMESPACE}, queue="orders", state="${state}"}`;
const operation = (name: string): string =>
  `servicebus_emulator_operations_total{${NAMESPACE}, queue="orders", operation="${name}"}`;
const deployment = (metric: string, name: string): string =>
  `kube_deployment_${metric}{${NAMESPACE}, deployment="${name}"}`;
const hpa = (metric: string, name: string): string =>
  `kube_horizontalpodautoscaler_${metric}{${NAMESPACE}, horizontalpodautoscaler="${name}"}`;
const condition = (name: string, type: string, status: string): string =>
  `kube_horizontalpodautoscaler_status_condition{${NAMESPACE}, horizontalpodautoscaler="${name}", condition="${type}", status="${status}"}`;
const scalerErrors = (namespace: string): string =>
  `keda_scaler_detail_errors_total{namespace="${namespace}", scaledObject="worker", scaler="azureServiceBusScaler"}`;
const started = `process_start_time_seconds{${NAMESPACE}, service="servicebus-emulator"}`;
const inNamespace = { namespace: "orders" };

/** Orders committed an interval, for 200 of them, and how many of them within the objective. */
function ages(orders: number, inTime: number): Record<string, string> {
  return {
    [`order_age_seconds_count{${NAMESPACE}}`]: `0+${orders}x200`,
    [`order_age_seconds_bucket{${NAMESPACE}, le="60.0"}`]: `0+${inTime}x200`,
  };
}

/** A broker's books over 20 minutes of 10 s: a message comes and is completed each 10 s, but for what a case changes. */
function books(changed: Record<string, string>): Record<string, string> {
  return {
    [started]: "0x120",
    [operation("send")]: "0+1x120",
    [operation("complete")]: "0+1x120",
    [operation("expire")]: "0x120",
    [waiting()]: "5x120",
    [waiting("dead_letter")]: "0x120",
    ...changed,
  };
}

export const ALERT_CASES: readonly AlertCase[] = [
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
        description: "The queue of orders grows by 2.0 messages a second with all the replicas that are allowed.",
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
  {
    alert: "OrdersDeadLettered",
    when: "a worker dead-letters three orders",
    interval: "10s",
    series: { [`orders_processed_total{${NAMESPACE}, outcome="dead_lettered"}`]: "0x30 3x60" },
    expected: {
      "4m50s": "quiet",
      "5m30s": {
        labels: inNamespace,
        description:
          "About 3 orders of orders were dead-lettered within 5 minutes. They will not be fulfilled by themselves.",
      },
      "11m": "quiet",
    },
  },
  {
    alert: "OrdersDeadLettered",
    when: "the bus itself dead-letters one",
    interval: "10s",
    series: { [waiting("dead_letter")]: "4x30 5x60" },
    expected: {
      "4m50s": "quiet",
      "5m30s": {
        labels: inNamespace,
        description:
          "About 1 orders of orders were dead-lettered within 5 minutes. They will not be fulfilled by themselves.",
      },
    },
  },
  {
    alert: "OrdersDeadLettered",
    when: "old dead letters lie there and somebody takes them out",
    interval: "10s",
    series: {
      [waiting("dead_letter")]: "9x30 0x60",
      [`orders_processed_total{${NAMESPACE}, outcome="dead_lettered"}`]: "9x90",
    },
    expected: { "4m": "quiet", "6m": "quiet" },
  },
  {
    alert: "OrdersLateFastBurn",
    when: "15 % of the orders are late",
    interval: "1m",
    series: ages(100, 85),
    expected: {
      "1m": "quiet",
      "1h10m": {
        labels: inNamespace,
        description: "15% of the orders of orders in the last 5 minutes took longer than 60 s; 1 % may.",
      },
    },
  },
  {
    alert: "OrdersLateFastBurn",
    when: "14 % of the orders are late",
    interval: "1m",
    series: ages(100, 86),
    expected: { "1h10m": "quiet" },
  },
  {
    alert: "OrdersLateFastBurn",
    when: "all were late for half an hour and none has been for ten minutes",
    interval: "1m",
    series: {
      [`order_age_seconds_count{${NAMESPACE}}`]: "0+100x40",
      [`order_age_seconds_bucket{${NAMESPACE}, le="60.0"}`]: "0x30 100+100x9",
    },
    expected: {
      "30m": {
        labels: inNamespace,
        description: "100% of the orders of orders in the last 5 minutes took longer than 60 s; 1 % may.",
      },
      "40m": "quiet",
    },
  },
  {
    alert: "OrdersLateFastBurn",
    when: "nothing is committed at all",
    interval: "1m",
    series: {
      [`order_age_seconds_count{${NAMESPACE}}`]: "50x120",
      [`order_age_seconds_bucket{${NAMESPACE}, le="60.0"}`]: "10x120",
    },
    expected: { "2h": "quiet" },
  },
  {
    alert: "OrdersLateSlowBurn",
    when: "7 % of the orders are late",
    interval: "2m",
    series: ages(100, 93),
    expected: {
      "4m": "quiet",
      "6h30m": {
        labels: inNamespace,
        description: "7% of the orders of orders in the last 30 minutes took longer than 60 s; 1 % may.",
      },
    },
  },
  {
    alert: "OrdersLateSlowBurn",
    when: "5.9 % of the orders are late",
    interval: "2m",
    series: ages(1000, 941),
    expected: { "6h30m": "quiet" },
  },
  {
    alert: "OrdersUnaccounted",
    when: "a message is gone that nobody completed",
    interval: "10s",
    // One that was sent after ten minutes is nowhere.
    series: books({ [operation("send")]: "0+1x60 62+1x60" }),
    expected: {
      "10m": "quiet",
      "11m": "quiet",
      "12m": {
        labels: inNamespace,
        description:
          "1 orders of orders were accepted and are neither processed nor dead-lettered nor waiting (below 0: they came from nowhere).",
      },
      "16m": "quiet",
    },
  },
  {
    alert: "OrdersUnaccounted",
    when: "one is delivered for good that nobody sent",
    interval: "10s",
    series: books({ [operation("complete")]: "0+1x60 62+1x60" }),
    expected: {
      "12m": {
        labels: inNamespace,
        description:
          "-1 orders of orders were accepted and are neither processed nor dead-lettered nor waiting (below 0: they came from nowhere).",
      },
    },
  },
  {
    alert: "OrdersUnaccounted",
    when: "a backlog builds up and some of it is dead-lettered",
    interval: "10s",
    series: books({
      [operation("send")]: "0+3x120",
      [waiting()]: "5+1x120",
      [waiting("dead_letter")]: "0+1x120",
    }),
    expected: { "7m": "quiet", "15m": "quiet" },
  },
  {
    alert: "OrdersUnaccounted",
    when: "a message is on its way for less than a minute",
    interval: "10s",
    series: books({ [operation("complete")]: "0+1x60 60 61 62 64+1x56" }),
    expected: { "11m": "quiet", "12m": "quiet" },
  },
  {
    alert: "OrdersUnaccounted",
    when: "the bus starts anew with what it had on disk",
    interval: "10s",
    series: books({
      [started]: "0x60 610x60",
      [operation("send")]: "0+1x60 0+1x60",
      [operation("complete")]: "0+1x60 0+1x60",
      [waiting()]: "5x60 5x60",
    }),
    expected: { "11m": "quiet", "12m": "quiet", "15m": "quiet", "18m": "quiet" },
  },
  {
    alert: "WorkerScalerErrors",
    when: "one try fails",
    interval: "5s",
    series: { [scalerErrors("orders")]: "0x12 1x60", [deployment("spec_replicas", "worker")]: "1x72" },
    expected: {
      "55s": "quiet",
      "1m10s": {
        labels: inNamespace,
        description: "About 1 of the scaler's tries in orders failed within 2 minutes.",
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
    when: "a try fails now and then",
    interval: "30s",
    series: { [scalerErrors("orders")]: "0 1x4 2x4 3x4 4x4", [deployment("spec_replicas", "worker")]: "1x20" },
    expected: { "3m": "quiet", "8m": "quiet" },
  },
  {
    alert: "AutoscalerAtMaximum",
    when: "an HPA wants all it may have",
    interval: "30s",
    series: { [hpa("status_desired_replicas", "api")]: "10x40", [hpa("spec_max_replicas", "api")]: "10x40" },
    expected: {
      "14m30s": "quiet",
      "15m": {
        labels: { ...inNamespace, horizontalpodautoscaler: "api" },
        description: "HPA api in orders wants all its 10 replicas: more load would not get more pods.",
      },
    },
  },
  {
    alert: "AutoscalerAtMaximum",
    when: "an HPA wants one less",
    interval: "30s",
    series: { [hpa("status_desired_replicas", "api")]: "9x40", [hpa("spec_max_replicas", "api")]: "10x40" },
    expected: { "20m": "quiet" },
  },
  {
    alert: "AutoscalerCannotCompute",
    when: "an HPA has no figures",
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
        description: "HPA api in orders says ScalingActive=false: its workload stays as large as it is.",
      },
    },
  },
  {
    alert: "AutoscalerCannotCompute",
    when: "the worker is at zero, which puts its HPA out of service",
    interval: "10s",
    series: {
      [condition("worker", "ScalingActive", "false")]: "1x60",
      [deployment("spec_replicas", "worker")]: "0x60",
    },
    expected: { "10m": "quiet" },
  },
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
    when: "a pod needs 55 s to start, and another is gone",
    interval: "5s",
    series: { 'up{job="pods", pod="worker-a"}': "0x10 1x30", 'up{job="pods", pod="worker-b"}': "1x10 0 stale" },
    expected: { "1m": "quiet", "3m": "quiet" },
  },
  {
    alert: "MetricsTargetMissing",
    when: "workers are ready and nobody scrapes them",
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
