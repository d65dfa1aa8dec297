import * as z from "zod";
import { readEnvironment } from "../../../src/shared/environment.ts";
import { UnfulfillableError } from "../../../src/worker/fulfilment.ts";
import {
  latencyMs,
  simulatedFulfilment,
  simulationEnvironment,
  type SimulationEnvironment,
} from "../../../src/worker/simulatedFulfilment.ts";

const order = { confirmationId: crypto.randomUUID(), customerName: "Ada", productId: "widget", amount: 1 };
const call = { signal: new AbortController().signal, traceparent: "" };

function simulation(environment: Record<string, string>): SimulationEnvironment {
  return readEnvironment(z.object(simulationEnvironment), { FULFILMENT_LATENCY_MS: "0", ...environment });
}

/** Numbers from 0 to 1 that look random and are the same each time: a linear congruential generator with the constants of POSIX. */
function seeded(): () => number {
  let state = 1;
  return () => (state = (state * 1_103_515_245 + 12_345) % 2 ** 31) / 2 ** 31;
}

test("half of the latencies are below the median, and at a spread of 0.5 one in six is above 1.6 times it", () => {
  const random = seeded();
  const drawn = simulation({ FULFILMENT_LATENCY_MS: "200", FULFILMENT_LATENCY_SPREAD: "0.5" });
  const sorted = Array.from({ length: 10_000 }, () => latencyMs(drawn, random)).sort((a, b) => a - b);
  expect((sorted[5_000] ?? 0) / 200).toBeCloseTo(1, 1);
  expect((sorted[8_413] ?? 0) / 200).toBeCloseTo(1.65, 1);
  expect(sorted[0]).toBeGreaterThan(0);
});

test("all calls take the same time without a spread", () => {
  expect(latencyMs(simulation({ FULFILMENT_LATENCY_MS: "200" }), seeded())).toBe(200);
});

test.each([
  ["0", 0],
  ["0.3", 30],
  ["1", 100],
])("at a failure rate of %s %d of 100 calls fail", async (rate, failures) => {
  let turn = 0;
  // Two numbers for the latency, one for the failure, which goes evenly from 0 to 1.
  const fulfilment = simulatedFulfilment(simulation({ FULFILMENT_FAILURE_RATE: rate }), () => {
    turn += 1;
    return turn % 3 === 0 ? (turn / 3 - 1) / 100 : 0.5;
  });
  const results: boolean[] = [];
  for (let count = 0; count < 100; count += 1) {
    results.push(
      await fulfilment.fulfil(order, call).then(
        () => true,
        () => false,
      ),
    );
  }
  expect(results.filter((worked) => !worked).length).toBe(failures);
});

test("a product outside the list is unfulfillable, and without a list every product is known", async () => {
  const picky = simulatedFulfilment(simulation({ FULFILMENT_PRODUCTS: "gadget, gizmo" }));
  await expect(picky.fulfil(order, call)).rejects.toThrow(UnfulfillableError);
  await expect(picky.fulfil({ ...order, productId: "gizmo" }, call)).resolves.toBeUndefined();
  await expect(simulatedFulfilment(simulation({})).fulfil(order, call)).resolves.toBeUndefined();
});

test("a call ends when its signal is aborted", async () => {
  const aborted = { ...call, signal: AbortSignal.abort() };
  const slow = simulatedFulfilment(simulation({ FULFILMENT_LATENCY_MS: "60000" }));
  await expect(slow.fulfil(order, aborted)).rejects.toThrow();
});
