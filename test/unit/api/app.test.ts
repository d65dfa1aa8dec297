import { once } from "node:events";
import { connect } from "node:net";
import { openApiDocument } from "../../../src/api/openApi.ts";
import { StoreUnavailableError, type StoredOrder } from "../../../src/api/orderStore.ts";
import { listenApi } from "../../../src/api/server.ts";
import { expectProblem, order, startTestApi, type TestApi } from "./testApi.ts";

const id = "0b4d6b6e-6b1f-4b0a-9d0a-3f1f6c1c2a11";

let api: TestApi;
beforeEach(async () => {
  api = await startTestApi();
});
afterEach(() => api.server.close());

describe("GET /api/v1/orders/{confirmationId}", () => {
  const stored: StoredOrder = { ...order, status: "accepted", acceptedAt: "2026-01-02T03:04:05.678Z" };

  test("an order is answered with its current status", async () => {
    api.ports.find = () => Promise.resolve(stored);
    const response = await fetch(api.url(`/api/v1/orders/${id}`));
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ confirmationId: id, ...stored });
    expect(await api.metric("http_requests_total")).toBe(
      'http_requests_total{route="/api/v1/orders/{confirmationId}",method="GET",status="200"} 1',
    );
  });

  test("an unknown order is answered 404", async () => {
    await expectProblem(await fetch(api.url(`/api/v1/orders/${id}`)), 404, "unknown-order");
  });

  test("an id that is not a UUID is answered 400", async () => {
    await expectProblem(await fetch(api.url("/api/v1/orders/42")), 400, "malformed-confirmation-id");
  });

  test("an order is answered 503 while Redis is unavailable", async () => {
    api.ports.find = () => Promise.reject(new StoreUnavailableError());
    await expectProblem(await fetch(api.url(`/api/v1/orders/${id}`)), 503, "status-unavailable");
  });
});

test("the OpenAPI document is served at /openapi.json", async () => {
  const response = await fetch(api.url("/openapi.json"));
  expect(response.headers.get("content-type")).toBe("application/json; charset=utf-8");
  expect(await response.json()).toEqual(openApiDocument());
});

test("unknown paths and methods are answered with problem details", async () => {
  await expectProblem(await fetch(api.url("/")), 404, "not-found");
  await expectProblem(await fetch(api.url("/api/v1/orders/%")), 400, "malformed-request");
  const response = await fetch(api.url("/api/v1/orders"), { method: "DELETE" });
  expect(response.headers.get("allow")).toBe("POST");
  await expectProblem(response, 405, "method-not-allowed");
});

test.each([
  ["what is no HTTP", "hello\r\n\r\n", 400, "malformed-request"],
  ["headers without end", `GET / HTTP/1.1\r\nx: ${"x".repeat(20_000)}\r\n\r\n`, 431, "headers-too-large"],
])("%s is answered with problem details", async (_what, text, status, name) => {
  const socket = connect(api.server.port, "127.0.0.1").setEncoding("utf8");
  let answer = "";
  socket.on("data", (chunk: string) => (answer += chunk)).write(text);
  await once(socket, "close");
  const [head = "", body = ""] = answer.split("\r\n\r\n");
  expect(head).toMatch(`HTTP/1.1 ${status} `);
  expect(head).toContain("content-type: application/problem+json");
  expect(JSON.parse(body)).toMatchObject({ status, type: `urn:ownsignal:problem:${name}` });
});

test("answers ask clients to close the connection while draining", async () => {
  api.ports.find = () => Promise.resolve(undefined);
  expect((await fetch(api.url(`/api/v1/orders/${id}`))).headers.get("connection")).toBe("keep-alive");
  api.ports.draining = true;
  expect((await fetch(api.url(`/api/v1/orders/${id}`))).headers.get("connection")).toBe("close");
});

test("closing waits for requests in flight", async () => {
  let take: () => void = () => undefined;
  const arrived = new Promise<void>((resolve) => {
    api.ports.publish = () => {
      resolve();
      return new Promise((taken) => (take = taken));
    };
  });
  const answer = api.post(order);
  await arrived;
  const closed = api.server.close();
  take();
  const started = performance.now();
  expect((await answer).status).toBe(202);
  await closed;
  // Neither the client's idle timeout nor the server's last resort closed the connection.
  expect(performance.now() - started).toBeLessThan(1_000);
  await expect(fetch(api.url("/"))).rejects.toThrow();
  // For afterEach.
  api.server = await listenApi(0, () => undefined);
});
