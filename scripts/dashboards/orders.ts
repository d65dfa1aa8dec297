import { SCOPE, type DashboardLayout } from "./panels.ts";

const NAMESPACE = `namespace="${SCOPE.namespace}"`;
const RATE = SCOPE.rateInterval;

/** The sum of a counter's rate, by labels. */
function rateBy(labels: string, series: string): string {
  return `sum by (${labels}) (rate(${series}[${RATE}]))`;
}

function quantile(share: number, histogram: string, by = ""): string {
  return `histogram_quantile(${share}, sum by (le${by}) (rate(${histogram}_bucket{${NAMESPACE}}[${RATE}])))`;
}

const EVERY_REQUEST = `sum(rate(http_requests_total{${NAMESPACE}}[${RATE}])) > 0`;
const operations = (names: string): string =>
  `sum(rate(servicebus_emulator_operations_total{${NAMESPACE}, queue="orders", operation=~"${names}"}[${RATE}]))`;

/** Where every order is, how fast it gets there, and whether one is lost. */
export const orders: DashboardLayout = {
  uid: "ownsignal-orders",
  title: "Orders",
  description: "The API's rate, errors and duration; where accepted orders are; how old they get.",
  rows: [
    {
      title: "API",
      panels: [
        {
          title: "Requests",
          description:
            "Requests answered a second, by route, method and status. A load on the queue alone must leave it flat.",
          unit: "reqps",
          noData: "no request yet",
          curves: [
            {
              expression: rateBy("route, method, status", `http_requests_total{${NAMESPACE}}`),
              legend: "{{method}} {{route}} {{status}}",
            },
          ],
        },
        {
          title: "Errors",
          description:
            "Share of requests that the API could not serve (5xx) or rejected (4xx; a GET of an unknown order is one). Without requests there is no share, and the line stops.",
          unit: "percentunit",
          alarm: { from: 0.01 },
          maximum: 1,
          noData: "no requests",
          curves: ["5..", "4.."].map((status) => ({
            // With requests and without errors this is 0, not nothing.
            expression: `(sum(rate(http_requests_total{${NAMESPACE}, status=~"${status}"}[${RATE}])) or 0 * sum(rate(http_requests_total{${NAMESPACE}}[${RATE}]))) / (${EVERY_REQUEST})`,
            legend: status.replaceAll(".", "x"),
          })),
        },
        {
          title: "Duration",
          description:
            "Time from a request's headers to its answer, by method. A POST contains the validator's answer and the broker's; a GET contains Redis's.",
          unit: "s",
          alarm: { from: 1 },
          noData: "no requests",
          curves: [0.5, 0.95, 0.99].map((share) => ({
            expression: quantile(share, "http_request_duration_seconds", ", method"),
            legend: `{{method}} p${share * 100}`,
          })),
        },
      ],
    },
    {
      title: "Balance: accepted = processed + dead-lettered + waiting",
      panels: [
        {
          title: "Unaccounted for (must be 0)",
          description:
            "Orders that the bus accepted within the last 5 minutes, less what it delivered for good, dead-lettered and still holds. Above 0: lost. Below 0: they came from nowhere. Nothing for 6 minutes after the bus has started, since its counters start anew; nothing where the bus is Azure's. Alert: OrdersUnaccounted.",
          unit: "short",
          axis: "orders",
          alarm: "not zero",
          noData: "no balance from the bus, or it has run for less than 6 minutes",
          curves: [
            { expression: `orders:unaccounted:delta5m{${NAMESPACE}}`, legend: "unaccounted for", style: "steps" },
          ],
        },
        {
          title: "Accepted and processed",
          description:
            "Orders a second at each step. What the bus took may exceed what the API accepted: a load test sends straight to the queue. Completed by the bus and committed by the workers are the same orders, seen from both ends.",
          unit: "cps",
          axis: "orders a second",
          noData: "no orders yet",
          curves: [
            { expression: `sum(rate(orders_accepted_total{${NAMESPACE}}[${RATE}]))`, legend: "accepted by the API" },
            { expression: operations("send"), legend: "accepted by the bus" },
            { expression: operations("complete"), legend: "completed at the bus" },
            {
              expression: rateBy("outcome", `orders_processed_total{${NAMESPACE}}`),
              legend: "worker: {{outcome}}",
            },
          ],
        },
        {
          title: "Waiting and dead-lettered",
          description:
            "Messages on the queue now, by state. Dead-lettered ones stay until they are taken out. Alert: OrdersDeadLettered.",
          unit: "short",
          axis: "messages",
          noData: "no metrics from the bus: where it is Azure's, look at its own",
          curves: [
            {
              expression: `sum by (state) (servicebus_emulator_messages{${NAMESPACE}, queue="orders"})`,
              legend: "{{state}}",
              style: "steps",
            },
          ],
        },
      ],
    },
    {
      title: "Age",
      panels: [
        {
          title: "Order age at commit",
          description:
            "From an order's arrival on the queue to its commit. The objective: 99 % within 60 s. Orders that still wait are not in it; for those see the backlog on Autoscaling.",
          unit: "s",
          alarm: { from: 60 },
          noData: "no order was committed; at zero workers that is right",
          curves: [0.5, 0.95, 0.99].map((share) => ({
            expression: quantile(share, "order_age_seconds"),
            legend: `p${share * 100}`,
          })),
        },
        {
          title: "Late orders",
          description:
            "Share of orders older than 60 s when they were committed. 1 % may be; at 14.4 % over 5 minutes and an hour OrdersLateFastBurn fires, at 6 % over 30 minutes and 6 hours OrdersLateSlowBurn.",
          unit: "percentunit",
          alarm: { from: 0.01 },
          maximum: 1,
          noData: "no order was committed",
          curves: ["5m", "30m", "1h", "6h"].map((window) => ({
            expression: `orders:late:ratio_rate${window}{${NAMESPACE}}`,
            legend: window,
          })),
        },
        {
          title: "Rejections / retries / lost locks",
          description:
            "Orders that the API rejected, by reason; calls of the provider that were retried; locks lost while their message was in flight, after which the bus delivers it again.",
          unit: "cps",
          axis: "a second",
          noData: "nothing yet",
          curves: [
            { expression: rateBy("reason", `orders_rejected_total{${NAMESPACE}}`), legend: "rejected: {{reason}}" },
            { expression: `sum(rate(fulfilment_retries_total{${NAMESPACE}}[${RATE}]))`, legend: "fulfilment retries" },
            { expression: `sum(rate(message_locks_lost_total{${NAMESPACE}}[${RATE}]))`, legend: "locks lost" },
          ],
        },
      ],
    },
  ],
};
