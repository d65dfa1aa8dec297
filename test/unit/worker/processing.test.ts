import { pino } from "pino";
import { untraced } from "../../../src/shared/tracing.ts";
import { UnfulfillableError, type Fulfilment } from "../../../src/worker/fulfilment.ts";
import { CommitsUnavailableError, type CommitResult } from "../../../src/worker/orderCommits.ts";
import { processDelivery, type Delivery, type ProcessingPorts } from "../../../src/worker/processing.ts";
import { createSlots } from "../../../src/worker/slots.ts";

const order = { confirmationId: crypto.randomUUID(), customerName: "Ada", productId: "widget", amount: 1 };

/** A delivery that notes how it was settled. */
function deliveryOf(body: unknown, options: { lockLost?: boolean } = {}) {
  const settled: string[] = [];
  const waiting = new AbortController();
  const working = new AbortController();
  let isLocked = true;
  const settle = (how: string): Promise<void> => {
    settled.push(how);
    return options.lockLost === true ? Promise.reject(new Error("lock lost")) : Promise.resolve();
  };
  const delivery: Delivery = {
    messageId: "1",
    body,
    enqueuedAt: new Date(Date.now() - 60_000),
    traceparent: undefined,
    softStop: waiting.signal,
    hardStop: working.signal,
    isLocked: () => isLocked,
    complete: () => settle("complete"),
    abandon: () => settle("abandon"),
    deadLetter: (reason, description) => settle(`dead-letter ${reason}: ${description}`),
  };
  const loseLock = (): void => {
    isLocked = false;
    waiting.abort();
  };
  return { delivery, settled, waiting, working, loseLock };
}

/** Ports whose commits give these results one after the other, the last again and again; an error is thrown. */
function portsWith(results: (CommitResult | Error)[], more: Partial<ProcessingPorts> = {}) {
  const counted: string[] = [];
  const ages: number[] = [];
  const fulfilled: string[] = [];
  const trips: unknown[] = [];
  let closeBreaker: (open: boolean) => void = () => undefined;
  const ports: ProcessingPorts = {
    fulfilment: {
      fulfil: ({ confirmationId }) => {
        fulfilled.push(confirmationId);
        return Promise.resolve();
      },
    },
    commits: {
      commitment: () => () => {
        const result = results.length > 1 ? results.shift() : results[0];
        return result instanceof Error || result === undefined
          ? Promise.reject(result ?? new Error())
          : Promise.resolve(result);
      },
    },
    circuitBreaker: {
      whenClosed: (signal) => {
        if (trips.length === 0) return Promise.resolve(true);
        return new Promise((resolve) => {
          closeBreaker = resolve;
          signal.addEventListener("abort", () => {
            resolve(false);
          });
          if (signal.aborted) resolve(false);
        });
      },
      trip: (error) => trips.push(error),
    },
    slots: createSlots(1),
    metrics: {
      count: (outcome) => counted.push(outcome),
      observeAge: (seconds) => ages.push(seconds),
      retried: () => counted.push("retried"),
    },
    tracing: untraced,
    log: pino({ level: "silent" }),
    holdLimitMs: 60_000,
    ...more,
  };
  return {
    ports,
    counted,
    ages,
    fulfilled,
    trips,
    closeBreaker: () => {
      closeBreaker(true);
    },
  };
}

/** A provider that does these one after the other, the last again and again. */
function provider(...calls: (() => Promise<void>)[]): Fulfilment {
  return { fulfil: () => (calls.length > 1 ? calls.shift() : calls[0])?.() ?? Promise.resolve() };
}
const fails = (): Promise<void> => Promise.reject(new Error("not now"));
const never = (): Promise<void> => new Promise(() => undefined);

const unavailable = new CommitsUnavailableError("Redis is unavailable");

test.each(["processed", "duplicate"] as const)(
  "a message whose commit is %s is completed and counted",
  async (result) => {
    const { delivery, settled } = deliveryOf(order);
    const { ports, counted, fulfilled, ages } = portsWith([result]);
    await processDelivery(ports, delivery);
    expect({ settled, counted, fulfilled }).toEqual({
      settled: ["complete"],
      counted: [result],
      fulfilled: [order.confirmationId],
    });
    // The age of what was committed now, and only of that.
    expect(ages.map(Math.round)).toEqual(result === "processed" ? [60] : []);
  },
);

test("a message that is no order is dead-lettered with its violations, and not fulfilled", async () => {
  const { delivery, settled } = deliveryOf({ ...order, amount: "many" });
  const { ports, counted, fulfilled } = portsWith(["processed"]);
  await processDelivery(ports, delivery);
  expect(settled).toEqual([expect.stringMatching(/^dead-letter invalid-order: amount: .*number/)]);
  expect({ counted, fulfilled }).toEqual({ counted: ["dead_lettered"], fulfilled: [] });
});

test("an order that the provider can never fulfil is dead-lettered with its reason, within Service Bus's length limits", async () => {
  const { delivery, settled } = deliveryOf(order);
  const rejection = new UnfulfillableError("unknown-product", "x".repeat(5_000));
  const { ports, counted } = portsWith([], { fulfilment: provider(() => Promise.reject(rejection)) });
  await processDelivery(ports, delivery);
  expect(settled).toEqual([`dead-letter unknown-product: ${"x".repeat(1_000)}`]);
  expect(counted).toEqual(["dead_lettered"]);
});

test("a provider that fails is retried while the message is held", async () => {
  const { delivery, settled } = deliveryOf(order);
  const { ports, counted } = portsWith(["processed"], {
    fulfilment: provider(fails, fails, () => Promise.resolve()),
  });
  await processDelivery(ports, delivery);
  expect({ settled, counted }).toEqual({ settled: ["complete"], counted: ["retried", "retried", "processed"] });
});

test.each([
  ["fails", fails],
  ["never answers", never],
])("a message whose provider %s for the whole hold limit is abandoned once", async (_what, call) => {
  const { delivery, settled } = deliveryOf(order);
  const { ports, counted } = portsWith([], { fulfilment: provider(call), holdLimitMs: 150 });
  await processDelivery(ports, delivery);
  expect(settled).toEqual(["abandon"]);
  expect(counted.at(-1)).toBe("abandoned");
});

test("without Redis a fulfilled message waits for the commit, and the provider is not called again", async () => {
  const { delivery, settled } = deliveryOf(order);
  const { ports, counted, fulfilled, trips, closeBreaker } = portsWith([unavailable, "processed"], { holdLimitMs: 1 });
  const processing = processDelivery(ports, delivery);
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect({ settled, trips }).toEqual({ settled: [], trips: [unavailable] });
  closeBreaker();
  await processing;
  expect({ settled, counted, calls: fulfilled.length }).toEqual({
    settled: ["complete"],
    counted: ["processed"],
    calls: 1,
  });
});

test("an order that cannot be committed while others can is retried, then abandoned, without tripping the circuit breaker", async () => {
  const { delivery, settled } = deliveryOf(order);
  const { ports, counted, trips } = portsWith([new Error("WRONGTYPE")], { holdLimitMs: 100 });
  await processDelivery(ports, delivery);
  expect({ settled, trips, end: counted.at(-1) }).toEqual({ settled: ["abandon"], trips: [], end: "abandoned" });
});

test.each([
  ["Redis unavailable", () => portsWith([unavailable])],
  ["a provider that fails", () => portsWith([], { fulfilment: provider(fails) })],
])("a message is abandoned at once while draining with %s", async (_what, make) => {
  const { delivery, settled, waiting } = deliveryOf(order);
  const { ports, counted } = make();
  const processing = processDelivery(ports, delivery);
  waiting.abort();
  await processing;
  expect({ settled, counted }).toEqual({ settled: ["abandon"], counted: ["abandoned"] });
});

test("a call under way is finished while draining", async () => {
  const { delivery, settled, waiting } = deliveryOf(order);
  let finish: () => void = () => undefined;
  const { ports } = portsWith(["processed"], {
    fulfilment: provider(
      () =>
        new Promise((resolve) => {
          finish = resolve;
        }),
    ),
  });
  const processing = processDelivery(ports, delivery);
  await new Promise(setImmediate);
  waiting.abort();
  finish();
  await processing;
  expect(settled).toEqual(["complete"]);
});

test("a call under way is aborted at the hard stop, and the provider's signal with it", async () => {
  const { delivery, settled, waiting, working } = deliveryOf(order);
  let received: AbortSignal | undefined;
  const { ports } = portsWith([], {
    fulfilment: {
      fulfil: (_order, { signal }) => {
        received = signal;
        return never();
      },
    },
  });
  const processing = processDelivery(ports, delivery);
  await new Promise(setImmediate);
  waiting.abort();
  working.abort();
  await processing;
  expect({ settled, aborted: received?.aborted }).toEqual({ settled: ["abandon"], aborted: true });
});

test("a message that waits for a slot when the drain begins is abandoned without a call of the provider", async () => {
  const { ports, fulfilled } = portsWith(["processed"]);
  await ports.slots.take(new AbortController().signal);
  const { delivery, settled, waiting } = deliveryOf(order);
  const processing = processDelivery(ports, delivery);
  waiting.abort();
  await processing;
  expect({ settled, fulfilled }).toEqual({ settled: ["abandon"], fulfilled: [] });
});

test("a message whose lock is lost while it waits for Redis is not settled", async () => {
  const { delivery, settled, loseLock } = deliveryOf(order);
  const { ports, counted } = portsWith([unavailable]);
  const processing = processDelivery(ports, delivery);
  await new Promise(setImmediate);
  loseLock();
  await processing;
  expect({ settled, counted }).toEqual({ settled: [], counted: [] });
});

test("a settlement that is not confirmed is counted as lock_lost, and does not reject", async () => {
  const { delivery } = deliveryOf(order, { lockLost: true });
  const { ports, counted } = portsWith(["processed"]);
  await processDelivery(ports, delivery);
  expect(counted).toEqual(["processed", "lock_lost"]);
});
