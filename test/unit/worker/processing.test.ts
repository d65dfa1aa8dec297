import { pino } from "pino";
import { processDelivery, type Delivery, type ProcessingPorts } from "../../../src/worker/processing.ts";
import type { CommitResult } from "../../../src/worker/orderLedger.ts";

const order = { confirmationId: crypto.randomUUID(), customerName: "Ada", productId: "widget", amount: 1 };

/** A delivery that notes how it was settled. */
function deliveryOf(body: unknown, options: { lockMs?: number; lockLost?: boolean } = {}) {
  const settled: string[] = [];
  const lockedUntil = new Date(Date.now() + (options.lockMs ?? 60_000));
  const settle = (how: string): Promise<void> => {
    settled.push(how);
    return options.lockLost ? Promise.reject(new Error("lock lost")) : Promise.resolve();
  };
  const delivery: Delivery = {
    messageId: "1",
    body,
    enqueuedAt: new Date(),
    lockedUntil: () => lockedUntil,
    complete: () => settle("complete"),
    abandon: () => settle("abandon"),
    deadLetter: (reason, description) => settle(`dead-letter ${reason}: ${description}`),
  };
  return { delivery, settled };
}

/** Ports with a ledger that gives these results one after the other; an error is thrown. */
function portsWith(results: (CommitResult | Error)[]) {
  const counted: string[] = [];
  const draining = new AbortController();
  const fulfilled: string[] = [];
  const ports: ProcessingPorts = {
    fulfilment: {
      fulfil: ({ confirmationId }) => {
        fulfilled.push(confirmationId);
        return Promise.resolve();
      },
    },
    ledger: {
      commitment: () => () => {
        const result = results.length > 1 ? results.shift() : results[0];
        return result instanceof Error || result === undefined
          ? Promise.reject(result ?? new Error())
          : Promise.resolve(result);
      },
    },
    metrics: { count: (outcome) => counted.push(outcome) },
    log: pino({ level: "silent" }),
    draining: draining.signal,
  };
  return { ports, counted, draining, fulfilled };
}

const away = new Error("Redis is away");

test.each(["fulfilled", "duplicate"] as const)("%s: completed and counted", async (result) => {
  const { delivery, settled } = deliveryOf(order);
  const { ports, counted, fulfilled } = portsWith([result]);
  await processDelivery(ports, delivery);
  expect({ settled, counted, fulfilled }).toEqual({
    settled: ["complete"],
    counted: [result],
    fulfilled: [order.confirmationId],
  });
});

test("what can never be an order is dead-lettered with what is wrong, and not fulfilled", async () => {
  const { delivery, settled } = deliveryOf({ ...order, amount: "many" });
  const { ports, counted, fulfilled } = portsWith(["fulfilled"]);
  await processDelivery(ports, delivery);
  expect(settled).toEqual([expect.stringMatching(/^dead-letter invalid-order: amount: .*number/)]);
  expect({ counted, fulfilled }).toEqual({ counted: ["dead_lettered"], fulfilled: [] });
});

test("Redis away for a moment: the commit is tried again, the provider is not called again", async () => {
  const { delivery, settled } = deliveryOf(order);
  const { ports, counted, fulfilled } = portsWith([away, away, "fulfilled"]);
  await processDelivery(ports, delivery);
  expect({ settled, counted, calls: fulfilled.length }).toEqual({
    settled: ["complete"],
    counted: ["fulfilled"],
    calls: 1,
  });
});

test("Redis away until the lock ends: given back, once", async () => {
  const { delivery, settled } = deliveryOf(order, { lockMs: 2_300 });
  const { ports, counted } = portsWith([away]);
  await processDelivery(ports, delivery);
  expect({ settled, counted }).toEqual({ settled: ["abandon"], counted: ["abandoned"] });
});

test("Redis away while draining: given back at once", async () => {
  const { delivery, settled } = deliveryOf(order);
  const { ports, draining } = portsWith([away]);
  draining.abort();
  const started = performance.now();
  await processDelivery(ports, delivery);
  expect(settled).toEqual(["abandon"]);
  expect(performance.now() - started).toBeLessThan(1_000);
});

test("a lost lock is counted beside the commit, and does not reject", async () => {
  const { delivery } = deliveryOf(order, { lockLost: true });
  const { ports, counted } = portsWith(["fulfilled"]);
  await processDelivery(ports, delivery);
  expect(counted).toEqual(["fulfilled", "lock_lost"]);
});
