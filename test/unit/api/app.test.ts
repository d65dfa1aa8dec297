import { pino } from "pino";
import { Registry } from "prom-client";
import { createApp } from "../../../src/api/app.ts";
import { createApiMetrics } from "../../../src/api/metrics.ts";
import { StoreAwayError, type StoredOrder } from "../../../src/api/orderStore.ts";
import { BrokerAwayError } from "../../../src/api/publisher.ts";
import { listenApi } from "../../../src/api/server.ts";
import type { Listener } from "../../../src/shared/listener.ts";
import { ValidatorAwayError } from "../../../src/api/validation.ts";
import type { OrderMessage } from "../../../src/shared/order.ts";
import type { Violation } from "../../../src/shared/problem.ts";

const order = { customerName: "Ada", productId: "widget", amount: 2 };
const id = "0b4d6b6e-6b1f-4b0a-9d0a-3f1f6c1c2a11";

/** What the ports do next; each test sets what it needs. */
let violations: () => Promise<Violation[]>;
let publish: (order: OrderMessage) => Promise<void>;
let find: () => Promise<StoredOrder | undefined>;
let noteAccepted: () => Promise<void>;
let draining: boolean;
let registry: Registry;
let server: Listener;

beforeEach(async () => {
  violations = () => Promise.resolve([]);
  publish = () => Promise.resolve();
  find = () => Promise.resolve(undefined);
  noteAccepted = () => Promise.resolve();
  draining = false;
  registry = new Registry();
  const app = createApp({
    validation: { violations: () => violations() },
    publisher: { publish: (message) => publish(message) },
    store: { find: () => find(), noteAccepted: () => noteAccepted() },
    metrics: createApiMetrics(registry),
    log: pino({ level: "silent" }),
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
    ["no body", "", 400, "malformed-order"],
    ["a list", [order], 400, "malformed-order"],
    ["an unknown field", { ...order, price: 1 }, 400, "malformed-order"],
    ["over 16 kB", { ...order, customerName: "a".repeat(16 * 1024) }, 413, "too-large"],
  ])("%s is refused", async (_what, body, status, name) => {
    publish = () => Promise.reject(new Error("published"));
    await expectProblem(await post(body), status, name);
    expect(await metric("orders_rejected_total")).toBe('orders_rejected_total{reason="malformed"} 1');
  });

  test("any other content type is refused", async () => {
    await expectProblem(await post(order, { "content-type": "text/plain" }), 415, "unsupported-media-type");
    expect((await post(order, { "content-type": "application/json; charset=utf-8" })).status).toBe(202);
  });

  test("a body that is compressed is refused: its limit would not hold", async () => {
    await expectProblem(await post(order, { "content-encoding": "gzip" }), 415, "unsupported-media-type");
  });

  test("the validator's violations are passed on", async () => {
    violations = () => Promise.resolve([{ field: "amount", message: "too many" }]);
    const problem = await expectProblem(await post(order), 422, "order-not-allowed");
    expect(problem.violations).toEqual([{ field: "amount", message: "too many" }]);
    expect(await metric("orders_rejected_total")).toBe('orders_rejected_total{reason="not_allowed"} 1');
  });

  test("validator away: fails closed", async () => {
    violations = () => Promise.reject(new ValidatorAwayError());
    publish = () => Promise.reject(new Error("published"));
    const response = await post(order);
    expect(response.headers.get("retry-after")).toBe("1");
    await expectProblem(response, 503, "validator-away");
  });

  test("broker away: 503, and when to come again", async () => {
    publish = () => Promise.reject(new BrokerAwayError());
    const response = await post(order);
    expect(response.headers.get("retry-after")).toBe("1");
    await expectProblem(response, 503, "broker-away");
  });

  test("a fault of ours tells nothing of its inside", async () => {
    publish = () => Promise.reject(new Error("secret"));
    const problem = await expectProblem(await post(order), 500, "internal");
    expect(JSON.stringify(problem)).not.toContain("secret");
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
    find = () => Promise.reject(new StoreAwayError());
    await expectProblem(await fetch(url(`/api/v1/orders/${id}`)), 503, "status-away");
  });
});

test("other paths and methods are problem details too", async () => {
  await expectProblem(await fetch(url("/")), 404, "not-found");
  const response = await fetch(url("/api/v1/orders"), { method: "DELETE" });
  expect(response.headers.get("allow")).toBe("POST");
  await expectProblem(response, 405, "method-not-allowed");
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
