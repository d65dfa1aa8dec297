/** A history of series, and what an alert does at some of its moments. */
export interface AlertCase {
  alert: string;
  /** What happens, as a clause. */
  when: string;
  /** Between two values of a series; a PromQL duration. */
  interval: string;
  /** Values in promtool's notation: https://prometheus.io/docs/prometheus/latest/configuration/unit_testing_rules/#series */
  series: Readonly<Record<string, string>>;
  /** What fires at a time, or "quiet"; the rule itself has severity, summary and address, so only what differs stands here. */
  expected: Readonly<Record<string, { labels?: Record<string, string>; description: string } | "quiet">>;
}

export const NAMESPACE = 'namespace="orders"';
export const waiting = (state = "active"): string =>
  `servicebus_emulator_messages{${NAMESPACE}, queue="orders", state="${state}"}`;
export const operation = (name: string): string =>
  `servicebus_emulator_operations_total{${NAMESPACE}, queue="orders", operation="${name}"}`;
export const deployment = (metric: string, name: string): string =>
  `kube_deployment_${metric}{${NAMESPACE}, deployment="${name}"}`;
export const hpa = (metric: string, name: string): string =>
  `kube_horizontalpodautoscaler_${metric}{${NAMESPACE}, horizontalpodautoscaler="${name}"}`;
export const condition = (name: string, type: string, status: string): string =>
  `kube_horizontalpodautoscaler_status_condition{${NAMESPACE}, horizontalpodautoscaler="${name}", condition="${type}", status="${status}"}`;
export const scalerErrors = (namespace: string): string =>
  `keda_scaler_detail_errors_total{namespace="${namespace}", scaledObject="worker", scaler="azureServiceBusScaler"}`;
export const started = `process_start_time_seconds{${NAMESPACE}, service="servicebus-emulator"}`;
export const inNamespace = { namespace: "orders" };
