import { StoreUnavailableError } from "../../../src/api/orderStore.ts";
import { problem } from "../../../src/shared/problemDetails.ts";
import { expectProblem, order, startTestApi, type TestApi } from "./testApi.ts";

let api: TestApi;
beforeEach(async () => {
  api = await startTestApi();
});
afterEach(() => api.server.close());

describe("Idempotency-Key", () => {
  async function confirmation(headers: Record<string, string>): Promise<unknown> {
    const response = await api.post(order, headers);
    expect(response.status).toBe(202);
    return response.json();
  }

  test("the same key gives the same confirmation id, another key another", async () => {
    const published: string[] = [];
    api.ports.publish = ({ confirmationId }) => Promise.resolve(void published.push(confirmationId));
    const first = await confirmation({ "idempotency-key": '"a key"' });
    expect(await confirmation({ "idempotency-key": '"a key"' })).toEqual(first);
    expect(await confirmation({ "idempotency-key": '"b key"' })).not.toEqual(first);
    // The broker is told each time: only it knows whether it still has the first.
    expect(published).toHaveLength(3);
    expect(published[1]).toBe(published[0]);
  });

  test("a key that stands for another order is rejected, and nothing is sent", async () => {
    api.ports.claim = () => Promise.resolve(false);
    api.ports.publish = () => Promise.reject(new Error("published"));
    await expectProblem(await api.post(order, { "idempotency-key": "k" }), 422, "idempotency-key-reused");
  });

  test("the key of an order that was not allowed stays free", async () => {
    api.ports.validate = () => Promise.resolve(problem(422, "order-not-allowed", "The order is not allowed"));
    api.ports.claim = () => Promise.reject(new Error("claimed"));
    await expectProblem(await api.post(order, { "idempotency-key": "k" }), 422, "order-not-allowed");
  });

  test.each(["unavailable", "silent"])(
    "the key is not checked while Redis is %s, and the order is accepted",
    async (how) => {
      api.ports.claim = () =>
        how === "unavailable" ? Promise.reject(new StoreUnavailableError()) : new Promise(() => undefined);
      const started = performance.now();
      await confirmation({ "idempotency-key": "k" });
      expect(performance.now() - started).toBeLessThan(2_000);
    },
  );

  test.each(["", "a b", '"open', "a, b", '"a";p=1', "é", "a".repeat(256)])("the key %j is malformed", async (key) => {
    await expectProblem(await api.post(order, { "idempotency-key": key }), 400, "malformed-idempotency-key");
  });
});
