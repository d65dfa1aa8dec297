import { startApiDependencies, type ApiDependencies } from "./support/api.ts";
import { eventually } from "../support/eventually.ts";
import { lookUp, order, placeOrder } from "../support/orders.ts";
import { startService, untilReady } from "../support/service.ts";

const TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736";
const traceparent = `00-${TRACE_ID}-00f067aa0ba902b7-01`;
const customerName = "Zaphod Beeblebrox";
const key = "the-key-of-a-client";

let dependencies: ApiDependencies;

beforeAll(async () => {
  dependencies = await startApiDependencies();
});

afterAll(() => dependencies.resources.close());

test("log lines of an order have its confirmation id and trace id, also through failures, and no secret or body", async () => {
  const { redis, emulator, validator } = dependencies;
  const api = await dependencies.startApi({ LOG_LEVEL: "trace" });
  const worker = await startService("worker", {
    SERVICEBUS_CONNECTION_STRING: emulator.connectionString("worker"),
    REDIS_URL: redis.url,
    FULFILMENT_LATENCY_MS: "1",
    LOG_LEVEL: "trace",
  });
  dependencies.resources.add(worker);
  await untilReady(worker);
  const place = async (body: unknown = { ...order, customerName }): Promise<Response> =>
    placeOrder(api.url, body, { "idempotency-key": key, traceparent });

  const { confirmationId } = (await (await place()).json()) as { confirmationId: string };
  await eventually("processed", async () => (await lookUp(api.url, confirmationId)).body.status === "processed");
  expect((await place({ ...order, customerName, amount: 9_999 })).status).toBe(422);
  expect((await place({ ...order, customerName, secret: customerName })).status).toBe(400);
  await redis.stop();
  expect((await place()).status).toBe(202);
  expect((await lookUp(api.url, confirmationId)).status).toBe(503);
  await emulator.stop();
  expect((await place()).status).toBe(503);
  validator.signal("SIGKILL");
  expect((await place()).status).toBe(503);

  const secrets = [customerName, key, "api-key", "worker-key", "SharedAccessKey"];
  for (const service of [api, worker, validator]) {
    for (const secret of secrets) expect(service.output()).not.toContain(secret);
  }
  for (const [service, message] of [
    [api, "order accepted"],
    [api, "order rejected"],
    [api, "status accepted not stored"],
    [api, "Idempotency-Key not checked"],
    [worker, "order processed"],
  ] as const) {
    const line = service
      .output()
      .split("\n")
      .find((candidate) => candidate.includes(`"msg":"${message}"`));
    expect(JSON.parse(line ?? "{}")).toMatchObject({ msg: message, confirmationId, traceId: TRACE_ID });
  }
  await redis.restart();
  await emulator.restart();
});
