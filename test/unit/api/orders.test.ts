import { BrokerUnavailableError, TooLargeToQueueError } from "../../../src/api/publisher.ts";
import { BODY_LIMIT_BYTES } from "../../../src/api/requestBody.ts";
import { ValidatorUnavailableError } from "../../../src/api/validation.ts";
import type { OrderMessage } from "../../../src/shared/order.ts";
import { problem } from "../../../src/shared/problemDetails.ts";
import { eventually } from "../../support/eventually.ts";
import { MAX_ORDERS_WAITING, expectProblem, order, startTestApi, type TestApi } from "./testApi.ts";

let api: TestApi;
beforeEach(async () => {
  api = await startTestApi();
});
afterEach(() => api.server.close());

describe("POST /api/v1/orders", () => {
  test("an order is answered 202 only after the broker has taken it", async () => {
    let take: () => void = () => undefined;
    const published: OrderMessage[] = [];
    const arrived = new Promise<void>((resolve) => {
      api.ports.publish = (message) => {
        published.push(message);
        resolve();
        return new Promise((taken) => (take = taken));
      };
    });
    let answered = false;
    const answer = api.post(order).then((response) => {
      answered = true;
      return response;
    });
    await arrived;
    expect(answered).toBe(false);
    take();
    const response = await answer;
    const body = (await response.json()) as { confirmationId: string };
    expect(response.status).toBe(202);
    expect(body).toEqual({ confirmationId: published[0]?.confirmationId, status: "accepted" });
    expect(published).toEqual([{ confirmationId: body.confirmationId, ...order }]);
    expect(response.headers.get("location")).toBe(`/api/v1/orders/${body.confirmationId}`);
    expect(await api.metric("orders_accepted_total")).toBe("orders_accepted_total 1");
  });

  test("an order is accepted while Redis is unavailable or silent", async () => {
    api.ports.noteAccepted = () => Promise.reject(new Error("unavailable"));
    expect((await api.post(order)).status).toBe(202);
    api.ports.noteAccepted = () => new Promise(() => undefined);
    expect((await api.post(order)).status).toBe(202);
  });

  test.each([
    ["JSON that breaks off", "{", 400, "malformed-request"],
    ["no body", "", 400, "malformed-request"],
    ["null", "null", 400, "malformed-order"],
    ["a list", [order], 400, "malformed-order"],
    ["an unknown field", { ...order, price: 1 }, 400, "malformed-order"],
    ["an amount that is no integer", { ...order, amount: 1.5 }, 400, "malformed-order"],
    ["an amount out of range", { ...order, amount: 1_000_001 }, 400, "malformed-order"],
    ["over 16 kB", { ...order, customerName: "a".repeat(BODY_LIMIT_BYTES) }, 413, "too-large"],
  ])("%s is rejected", async (_what, body, status, name) => {
    api.ports.publish = () => Promise.reject(new Error("published"));
    await expectProblem(await api.post(body), status, name);
    expect(await api.metric('orders_rejected_total{reason="malformed"}')).toBe(
      'orders_rejected_total{reason="malformed"} 1',
    );
  });

  test("a body over the limit is rejected, with and without a content length", async () => {
    const stream = new ReadableStream({
      start: (controller) => {
        for (let sent = 0; sent <= BODY_LIMIT_BYTES; sent += 1_024) controller.enqueue(Buffer.alloc(1_024, "a"));
        controller.close();
      },
    });
    const response = await fetch(api.url("/api/v1/orders"), {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: stream,
      duplex: "half",
    });
    await expectProblem(response, 413, "too-large");
  });

  test("any other content type is rejected", async () => {
    await expectProblem(await api.post(order, { "content-type": "text/plain" }), 415, "unsupported-media-type");
    expect((await api.post(order, { "content-type": "application/json; charset=utf-8" })).status).toBe(202);
  });

  test("a compressed body is rejected, since the limit would not hold", async () => {
    await expectProblem(await api.post(order, { "content-encoding": "gzip" }), 415, "unsupported-media-type");
  });

  test("the validator's problem details are passed on", async () => {
    const violations = [
      { field: "amount", message: "too many" },
      { field: "productId", message: "not on sale" },
    ];
    api.ports.validate = () =>
      Promise.resolve(problem(422, "order-not-allowed", "The order is not allowed", { violations }));
    api.ports.publish = () => Promise.reject(new Error("published"));
    const answer = await expectProblem(await api.post(order), 422, "order-not-allowed");
    expect(answer.violations).toEqual(violations);
    expect(await api.metric('orders_rejected_total{reason="not_allowed"}')).toMatch(/ 1$/);
  });

  test("without a validator orders are rejected with 503", async () => {
    api.ports.validate = () => Promise.reject(new ValidatorUnavailableError());
    api.ports.publish = () => Promise.reject(new Error("published"));
    const response = await api.post(order);
    expect(response.headers.get("retry-after")).toBe("1");
    await expectProblem(response, 503, "validator-unavailable");
  });

  test("without a broker orders are rejected with 503 and Retry-After", async () => {
    api.ports.publish = () => Promise.reject(new BrokerUnavailableError());
    const response = await api.post(order);
    expect(response.headers.get("retry-after")).toBe("1");
    await expectProblem(response, 503, "broker-unavailable");
  });

  test("an order larger than the queue takes is rejected with 413", async () => {
    api.ports.publish = () => Promise.reject(new TooLargeToQueueError());
    await expectProblem(await api.post(order), 413, "too-large-to-queue");
  });

  test("one order more than MAX_ORDERS_WAITING is rejected at once, and accepted afterwards", async () => {
    const takes: (() => void)[] = [];
    api.ports.publish = () => new Promise((taken) => takes.push(taken));
    const waiting = Array.from({ length: MAX_ORDERS_WAITING }, () => api.post(order));
    await eventually("they wait", () => takes.length === MAX_ORDERS_WAITING);
    expect(await api.metric("orders_waiting")).toBe(`orders_waiting ${MAX_ORDERS_WAITING}`);
    const rejected = await api.post(order);
    expect(rejected.headers.get("retry-after")).toBe("1");
    await expectProblem(rejected, 503, "overloaded");
    expect(takes.length).toBe(MAX_ORDERS_WAITING);
    for (const take of takes) take();
    expect((await Promise.all(waiting)).map(({ status }) => status)).toEqual([202, 202, 202]);
    expect(await api.metric("orders_waiting")).toBe("orders_waiting 0");
    api.ports.publish = () => Promise.resolve();
    expect((await api.post(order)).status).toBe(202);
  });

  test("rejected orders do not count as waiting", async () => {
    api.ports.publish = () => Promise.reject(new BrokerUnavailableError());
    for (let turn = 0; turn <= MAX_ORDERS_WAITING; turn++) expect((await api.post(order)).status).toBe(503);
    expect(await api.metric("orders_waiting")).toBe("orders_waiting 0");
  });

  test("an internal error is answered without details", async () => {
    api.ports.publish = () => Promise.reject(new Error("secret"));
    const problem = await expectProblem(await api.post(order), 500, "internal");
    expect(JSON.stringify(problem)).not.toContain("secret");
  });
});
