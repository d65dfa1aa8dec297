import { NAMESPACE, waiting, operation, started, inNamespace, type AlertCase } from "./alertCase.ts";

/** Orders committed an interval, for 200 of them, and how many of them within the objective. */
function ages(orders: number, inTime: number): Record<string, string> {
  return {
    [`order_age_seconds_count{${NAMESPACE}}`]: `0+${orders}x200`,
    [`order_age_seconds_bucket{${NAMESPACE}, le="60.0"}`]: `0+${inTime}x200`,
  };
}

/** A broker's balance over 20 minutes: a message comes and is completed each 10 s, but for what a case changes. */
function balance(changed: Record<string, string>): Record<string, string> {
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

export const ordersCases: readonly AlertCase[] = [
  {
    alert: "OrdersDeadLettered",
    when: "a worker dead-letters three orders",
    interval: "10s",
    series: { [`orders_processed_total{${NAMESPACE}, outcome="dead_lettered"}`]: "0x30 3x60" },
    expected: {
      "4m50s": "quiet",
      "5m30s": {
        labels: inNamespace,
        description: "About 3 orders of orders were dead-lettered within 5 minutes. Nothing retries them by itself.",
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
        description: "About 1 orders of orders were dead-lettered within 5 minutes. Nothing retries them by itself.",
      },
    },
  },
  {
    alert: "OrdersDeadLettered",
    when: "old dead letters are taken out",
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
        description:
          "15% of the orders of orders in the last 5 minutes took longer than 60 s; the objective allows 1 %.",
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
        description:
          "100% of the orders of orders in the last 5 minutes took longer than 60 s; the objective allows 1 %.",
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
        description:
          "7% of the orders of orders in the last 30 minutes took longer than 60 s; the objective allows 1 %.",
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
    when: "a message disappears without being completed",
    interval: "10s",
    // One that was sent after ten minutes is nowhere.
    series: balance({ [operation("send")]: "0+1x60 62+1x60" }),
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
    when: "a message is completed that was never sent",
    interval: "10s",
    series: balance({ [operation("complete")]: "0+1x60 62+1x60" }),
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
    series: balance({
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
    series: balance({ [operation("complete")]: "0+1x60 60 61 62 64+1x56" }),
    expected: { "11m": "quiet", "12m": "quiet" },
  },
  {
    alert: "OrdersUnaccounted",
    when: "the bus restarts with what it had on disk",
    interval: "10s",
    series: balance({
      [started]: "0x60 610x60",
      [operation("send")]: "0+1x60 0+1x60",
      [operation("complete")]: "0+1x60 0+1x60",
      [waiting()]: "5x60 5x60",
    }),
    expected: { "11m": "quiet", "12m": "quiet", "15m": "quiet", "18m": "quiet" },
  },
];
