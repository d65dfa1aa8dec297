/** Queries that are opened on Prometheus's own page with one click. */
export const LINKS: readonly (readonly [title: string, expression: string])[] = [
  ["Messages waiting and locked", "worker:signal:messages"],
  ["Desired replicas, by service", 'kube_deployment_spec_replicas{deployment=~"api|worker"}'],
  ["Ready replicas, by service", 'kube_deployment_status_replicas_ready{deployment=~"api|worker"}'],
  ["Orders processed a second, by outcome", "sum by (outcome) (rate(orders_processed_total[30s]))"],
  ["Requests a second to the API, by route and status", "sum by (route, status) (rate(http_requests_total[30s]))"],
  ["CPU of each API pod, in cores", 'rate(process_cpu_seconds_total{service="api"}[30s])'],
];
