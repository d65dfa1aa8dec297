import { pino } from "pino";
import { Registry } from "prom-client";
import { createApp } from "../../../src/api/app.ts";
import { createApiMetrics } from "../../../src/api/metrics.ts";
import type { StoredOrder } from "../../../src/api/orderStore.ts";
import { listenApi } from "../../../src/api/server.ts";
import type { Listener } from "../../../src/shared/listener.ts";
import type { OrderMessage } from "../../../src/shared/order.ts";
import type { ProblemDetails } from "../../../src/shared/problemDetails.ts";
import { untraced } from "../../../src/shared/tracing.ts";

export const order = { customerName: "Ada", productId: "widget", amount: 2 };

export const MAX_ORDERS_WAITING = 3;

/** What the API's ports do next; a test sets what it needs. */
export interface FakePorts {
  validate: () => Promise<ProblemDetails | undefined>;
  publish: (order: OrderMessage) => Promise<void>;
  find: () => Promise<StoredOrder | undefined>;
  claim: (order: OrderMessage) => Promise<boolean>;
  noteAccepted: () => Promise<void>;
  draining: boolean;
}

/** An API that listens, with ports that accept everything and find nothing. */
export interface TestApi {
  readonly ports: FakePorts;
  server: Listener;
  url(path: string): string;
  post(body: unknown, headers?: Record<string, string>): Promise<Response>;
  /** The first line of the exposition that begins so. */
  metric(line: string): Promise<string | undefined>;
}

export async function startTestApi(): Promise<TestApi> {
  const ports: FakePorts = {
    validate: () => Promise.resolve(undefined),
    publish: () => Promise.resolve(),
    find: () => Promise.resolve(undefined),
    claim: () => Promise.resolve(true),
    noteAccepted: () => Promise.resolve(),
    draining: false,
  };
  const registry = new Registry();
  const app = createApp({
    validation: { validate: () => ports.validate() },
    publisher: { publish: (message) => ports.publish(message) },
    store: {
      find: () => ports.find(),
      claim: (message) => ports.claim(message),
      noteAccepted: () => ports.noteAccepted(),
    },
    metrics: createApiMetrics(registry),
    tracing: untraced,
    log: pino({ level: "silent" }),
    maxOrdersWaiting: MAX_ORDERS_WAITING,
    draining: () => ports.draining,
  });
  const server = await listenApi(0, app);
  const url = (path: string): string => `http://127.0.0.1:${server.port}${path}`;
  return {
    ports,
    server,
    url,
    post: (body, headers = {}) =>
      fetch(url("/api/v1/orders"), {
        method: "POST",
        headers: { "content-type": "application/json", ...headers },
        body: typeof body === "string" ? body : JSON.stringify(body),
      }),
    metric: async (line) => (await registry.metrics()).split("\n").find((text) => text.startsWith(line)),
  };
}

export async function expectProblem(
  response: Response,
  status: number,
  name: string,
): Promise<Record<string, unknown>> {
  expect(response.status).toBe(status);
  expect(response.headers.get("content-type")).toBe("application/problem+json");
  const body = (await response.json()) as Record<string, unknown>;
  expect(body).toMatchObject({ type: `urn:ownsignal:problem:${name}`, status });
  return body;
}
