import { once } from "node:events";
import { connect } from "node:net";
import { pino } from "pino";
import { Registry } from "prom-client";
import { createApp } from "../../../src/api/app.ts";
import { openApiDocument } from "../../../src/api/openApi.ts";
import { createApiMetrics } from "../../../src/api/metrics.ts";
import { StoreUnavailableError, type StoredOrder } from "../../../src/api/orderStore.ts";
import { BrokerUnavailableError, TooLargeToQueueError } from "../../../src/api/publisher.ts";
import { listenApi } from "../../../src/api/server.ts";
import type { Listener } from "../../../src/shared/listener.ts";
import { BODY_LIMIT_BYTES } from "../../../src/api/requestBody.ts";
import { ValidatorUnavailableError } from "../../../src/api/validation.ts";
import type { OrderMessage } from "../../../src/shared/order.ts";
import { problem, type ProblemDetails } from "../../../src/shared/problemDetails.ts";
import { untraced } from "../../../src/shared/tracing.ts";
import { eventually } from "../../support/eventually.ts";

const order = { customerName: "Ada", productId: "widget", amount: 2 };
const id = "0b4d6b6e-6b1f-4b0a-9d0a-3f1f6c1c2a11";

const MAX_ORDERS_WAITING = 3;

/** What the ports do next; each test sets what it needs. */
let objection: () => Promise<ProblemDetails | undefined>;
let publish: (order: OrderMessage) => Promise<void>;
let find: () => Promise<StoredOrder | undefined>;
let claim: (order: OrderMessage) => Promise<boolean>;
let noteAccepted: () => Promise<void>;
let draining: boolean;
let registry: Registry;
let server: Listener;

beforeEach(async () => {
  objection = () => Promise.resolve(undefined);
  claim = () => Promise.resolve(true);
  publish = () => Promise.resolve();
  find = () => Promise.resolve(undefined);
  noteAccepted = () => Promise.resolve();
  draining = false;
  registry = new Registry();
  const app = createApp({
    validation: { validate: () => objection() },
    publisher: { publish: (message) => publish(message) },
    store: { find: () => find(), claim: (message) => claim(message), noteAccepted: () => noteAccepted() },
    metrics: createApiMetrics(registry),
    tracing: untraced,
    log: pino({ level: "silent" }),
    maxOrdersWaiting: MAX_ORDERS_WAITING,
    draining: () => draining,
  });
  server = await listenApi(0, app);
});

afterEach(() => server.close());

function url(path: string): string {
  return `http://127.0.0.1:${server.port}${path}`;
}

function post(body: unknown, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(url("/api/v1/orders"), {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
}

async function expectProblem(response: Response, status: number, name: string): Promise<Record<string, unknown>> {
  expect(response.status).toBe(status);
  expect(response.headers.get("content-type")).toBe("application/problem+json");
  const body = (await response.json()) as Record<string, unknown>;
  expect(body).toMatchObject({ type: `urn:ownsignal:problem:${name}`, status });
  return body;
}

async function metric(line: string): Promise<string | undefined> {
  return (await registry.metrics()).split("\n").find((text) => text.startsWith(line));
}

describe("POST /api/v1/orders", () => {
  test("202 only after the broker has taken the very order", async () => {
    let take: () => void = () => undefined;
    const published: OrderMessage[] = [];
    const arrived = new Promise<void>((resolve) => {
      publish = (message) => {
        published.push(message);
        resolve();
        return new Promise((taken) => (take = taken));
      };
    });
    let answered = false;
    const answer = post(order).then((response) => {
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
    expect(await metric("orders_accepted_total")).toBe("orders_accepted_total 1");
  });

  test("Redis away, or silent, does not stop intake", async () => {
    noteAccepted = () => Promise.reject(new Error("away"));
    expect((await post(order)).status).toBe(202);
    noteAccepted = () => new Promise(() => undefined);
    expect((await post(order)).status).toBe(202);
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
  ])("%s is refused", async (_what, body, status, name) => {
    publish = () => Promise.reject(new Error("published"));
    await expectProblem(await post(body), status, name);
    expect(await metric('orders_rejected_total{reason="malformed"}')).toBe(
      'orders_rejected_total{reason="malformed"} 1',
    );
  });

  test("a body over the limit is refused, however it is sent", async () => {
    const stream = new ReadableStream({
      start: (controller) => {
        for (let sent = 0; sent <= BODY_LIMIT_BYTES; sent += 1_024) controller.enqueue(Buffer.alloc(1_024, "a"));
        controller.close();
      },
    });
    const response = await fetch(url("/api/v1/orders"), {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: stream,
      duplex: "half",
    });
    await expectProblem(response, 413, "too-large");
  });

  test("any other content type is refused", async () => {
    await expectProblem(await post(order, { "content-type": "text/plain" }), 415, "unsupported-media-type");
    expect((await post(order, { "content-type": "application/json; charset=utf-8" })).status).toBe(202);
  });

  test("a body that is compressed is refused: its limit would not hold", async () => {
    await expectProblem(await post(order, { "content-encoding": "gzip" }), 415, "unsupported-media-type");
  });

  test("the validator's problem is passed on", async () => {
    const violations = [
      { field: "amount", message: "too many" },
      { field: "productId", message: "not on sale" },
    ];
    objection = () => Promise.resolve(problem(422, "order-not-allowed", "The order is not allowed", { violations }));
    publish = () => Promise.reject(new Error("published"));
    const answer = await expectProblem(await post(order), 422, "order-not-allowed");
    expect(answer.violations).toEqual(violations);
    expect(await metric('orders_rejected_total{reason="not_allowed"}')).toMatch(/ 1$/);
  });

  test("validator away: fails closed", async () => {
    objection = () => Promise.reject(new ValidatorUnavailableError());
    publish = () => Promise.reject(new Error("published"));
    const response = await post(order);
    expect(response.headers.get("retry-after")).toBe("1");
    await expectProblem(response, 503, "validator-unavailable");
  });

  test("broker away: 503, and when to come again", async () => {
    publish = () => Promise.reject(new BrokerUnavailableError());
    const response = await post(order);
    expect(response.headers.get("retry-after")).toBe("1");
    await expectProblem(response, 503, "broker-unavailable");
  });

  test("larger than what the queue takes", async () => {
    publish = () => Promise.reject(new TooLargeToQueueError());
    await expectProblem(await post(order), 413, "too-large-to-queue");
  });

  test("one order more than may wait is refused at once, and room is there again afterwards", async () => {
    const takes: (() => void)[] = [];
    publish = () => new Promise((taken) => takes.push(taken));
    const waiting = Array.from({ length: MAX_ORDERS_WAITING }, () => post(order));
    await eventually("they wait", () => takes.length === MAX_ORDERS_WAITING);
    expect(await metric("orders_waiting")).toBe(`orders_waiting ${MAX_ORDERS_WAITING}`);
    const refused = await post(order);
    expect(refused.headers.get("retry-after")).toBe("1");
    await expectProblem(refused, 503, "overloaded");
    expect(takes.length).toBe(MAX_ORDERS_WAITING);
    for (const take of takes) take();
    expect((await Promise.all(waiting)).map(({ status }) => status)).toEqual([202, 202, 202]);
    expect(await metric("orders_waiting")).toBe("orders_waiting 0");
    publish = () => Promise.resolve();
    expect((await post(order)).status).toBe(202);
  });

  test("orders that were refused leave room too", async () => {
    publish = () => Promise.reject(new BrokerUnavailableError());
    for (let turn = 0; turn <= MAX_ORDERS_WAITING; turn++) expect((await post(order)).status).toBe(503);
    expect(await metric("orders_waiting")).toBe("orders_waiting 0");
  });

  test("a fault of ours tells nothing of its inside", async () => {
    publish = () => Promise.reject(new Error("secret"));
    const problem = await expectProblem(await post(order), 500, "internal");
    expect(JSON.stringify(problem)).not.toContain("secret");
  });
});

describe("Idempotency-Key", () => {
  async function confirmation(headers: Record<string, string>): Promise<unknown> {
    const response = await post(order, headers);
    expect(response.status).toBe(202);
    return response.json();
  }

  test("the same key gives the same answer, any other another", async () => {
    const published: string[] = [];
    publish = ({ confirmationId }) => Promise.resolve(void published.push(confirmationId));
    const first = await confirmation({ "idempotency-key": '"a key"' });
    expect(await confirmation({ "idempotency-key": '"a key"' })).toEqual(first);
    expect(await confirmation({ "idempotency-key": '"b key"' })).not.toEqual(first);
    // The broker is told each time: only it knows whether it still has the first.
    expect(published).toHaveLength(3);
    expect(published[1]).toBe(published[0]);
  });

  test("for another order it is refused, and nothing is sent", async () => {
    claim = () => Promise.resolve(false);
    publish = () => Promise.reject(new Error("published"));
    await expectProblem(await post(order, { "idempotency-key": "k" }), 422, "idempotency-key-reused");
  });

  test("one that an order used which was not allowed is free", async () => {
    objection = () => Promise.resolve(problem(422, "order-not-allowed", "The order is not allowed"));
    claim = () => Promise.reject(new Error("claimed"));
    await expectProblem(await post(order, { "idempotency-key": "k" }), 422, "order-not-allowed");
  });

  test.each(["away", "silent"])("is not checked while Redis is %s, and the order goes on", async (how) => {
    claim = () => (how === "away" ? Promise.reject(new StoreUnavailableError()) : new Promise(() => undefined));
    const started = performance.now();
    await confirmation({ "idempotency-key": "k" });
    expect(performance.now() - started).toBeLessThan(2_000);
  });

  test.each(["", "a b", '"open', "a, b", '"a";p=1', "é", "a".repeat(256)])("%j is malformed", async (key) => {
    await expectProblem(await post(order, { "idempotency-key": key }), 400, "malformed-idempotency-key");
  });
});

describe("GET /api/v1/orders/{confirmationId}", () => {
  const stored: StoredOrder = { ...order, status: "accepted", acceptedAt: "2026-01-02T03:04:05.678Z" };

  test("the order as it stands", async () => {
    find = () => Promise.resolve(stored);
    const response = await fetch(url(`/api/v1/orders/${id}`));
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ confirmationId: id, ...stored });
    expect(await metric("http_requests_total")).toBe(
      'http_requests_total{route="/api/v1/orders/{confirmationId}",method="GET",status="200"} 1',
    );
  });

  test("404 for an order that is not there", async () => {
    await expectProblem(await fetch(url(`/api/v1/orders/${id}`)), 404, "unknown-order");
  });

  test("400 for what is no id", async () => {
    await expectProblem(await fetch(url("/api/v1/orders/42")), 400, "malformed-confirmation-id");
  });

  test("503 while Redis is away", async () => {
    find = () => Promise.reject(new StoreUnavailableError());
    await expectProblem(await fetch(url(`/api/v1/orders/${id}`)), 503, "status-unavailable");
  });
});

test("the description of the API is served with it", async () => {
  const response = await fetch(url("/openapi.json"));
  expect(response.headers.get("content-type")).toBe("application/json; charset=utf-8");
  expect(await response.json()).toEqual(openApiDocument());
});

test("other paths and methods are problem details too", async () => {
  await expectProblem(await fetch(url("/")), 404, "not-found");
  await expectProblem(await fetch(url("/api/v1/orders/%")), 400, "malformed-request");
  const response = await fetch(url("/api/v1/orders"), { method: "DELETE" });
  expect(response.headers.get("allow")).toBe("POST");
  await expectProblem(response, 405, "method-not-allowed");
});

test.each([
  ["what is no HTTP", "hello\r\n\r\n", 400, "malformed-request"],
  ["headers without end", `GET / HTTP/1.1\r\nx: ${"x".repeat(20_000)}\r\n\r\n`, 431, "headers-too-large"],
])("%s is answered with problem details", async (_what, text, status, name) => {
  const socket = connect(server.port, "127.0.0.1").setEncoding("utf8");
  let answer = "";
  socket.on("data", (chunk: string) => (answer += chunk)).write(text);
  await once(socket, "close");
  const [head = "", body = ""] = answer.split("\r\n\r\n");
  expect(head).toMatch(`HTTP/1.1 ${status} `);
  expect(head).toContain("content-type: application/problem+json");
  expect(JSON.parse(body)).toMatchObject({ status, type: `urn:ownsignal:problem:${name}` });
});

test("while draining, clients are asked to leave", async () => {
  find = () => Promise.resolve(undefined);
  expect((await fetch(url(`/api/v1/orders/${id}`))).headers.get("connection")).toBe("keep-alive");
  draining = true;
  expect((await fetch(url(`/api/v1/orders/${id}`))).headers.get("connection")).toBe("close");
});

test("closing lets what is in flight end", async () => {
  let take: () => void = () => undefined;
  const arrived = new Promise<void>((resolve) => {
    publish = () => {
      resolve();
      return new Promise((taken) => (take = taken));
    };
  });
  const answer = post(order);
  await arrived;
  const closed = server.close();
  take();
  const started = performance.now();
  expect((await answer).status).toBe(202);
  await closed;
  // Neither the client's idle time-out nor the server's last resort closed the connection.
  expect(performance.now() - started).toBeLessThan(1_000);
  await expect(fetch(url("/"))).rejects.toThrow();
  // For afterEach.
  server = await listenApi(0, () => undefined);
});
