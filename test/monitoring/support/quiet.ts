import { ALERT_CASES } from "../alertCases/all.ts";
import { alerts } from "./rules.ts";
import type { History } from "./promtool.ts";

/** Why something returns nothing while all is well, and a history over which it returns series. */
export interface Quiet {
  why: string;
  history: History;
  /** A moment of the history; a PromQL duration. */
  at: string;
}

/** The namespace of the histories. */
export const HISTORY_NAMESPACE = "orders";

/** The history and the moment at which an alert fires. */
function firing(alert: string, why: string): Quiet {
  for (const { interval, series, expected } of ALERT_CASES.filter((one) => one.alert === alert)) {
    const [at] = Object.entries(expected).find(([, fires]) => fires !== "quiet") ?? [];
    if (at !== undefined) return { why, history: { interval, series }, at };
  }
  throw new Error(`no case in which ${alert} fires`);
}

const unaccounted = firing("OrdersUnaccounted", "the bus has run for less than 6 minutes");

/** Queries by their place. Orders are dead-lettered on purpose, so the alert on these does fire. */
export const QUIET_QUERIES: Readonly<Record<string, Quiet>> = {
  "orders: Unaccounted for (must be 0): unaccounted for": unaccounted,
  "rule orders:unaccounted:delta5m": unaccounted,
  ...Object.fromEntries(
    alerts.flatMap(({ alert }) =>
      alert === "OrdersDeadLettered" ? [] : [[`rule ${alert}`, firing(alert, "the alert does not fire")]],
    ),
  ),
};

/** Selectors within queries, for a namespace. */
export function quietSelectors(namespace: string): Readonly<Record<string, Quiet>> {
  return {
    [`http_requests_total{namespace="${namespace}",status=~"5.."}`]: {
      why: "the API can serve all that it is asked",
      history: {
        interval: "10s",
        series: {
          [`http_requests_total{namespace="${HISTORY_NAMESPACE}", route="/api/v1/orders", method="POST", status="503"}`]:
            "0+5x30",
        },
      },
      at: "5m",
    },
    [`orders:unaccounted:delta5m{namespace="${namespace}"}`]: unaccounted,
    "orders:unaccounted:delta5m{}": unaccounted,
  };
}
