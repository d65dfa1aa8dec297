import { startApiDependencies, type ApiDependencies } from "./support/api.ts";
import { eventually } from "../support/eventually.ts";
import { acceptedOrder, placeOrder } from "../support/orders.ts";

let dependencies: ApiDependencies;

beforeAll(async () => {
  dependencies = await startApiDependencies();
});

afterAll(() => dependencies.resources.close());

test("orders that arrive together share batches, and each becomes a message of its own", async () => {
  const api = await dependencies.startApi();
  const accepted: string[] = [];
  const clients = Array.from({ length: 40 }, async () => {
    for (let turn = 0; turn < 10; turn++) accepted.push(await acceptedOrder(api.url));
  });
  await Promise.all(clients);
  expect(await api.metric("order_publish_batch_size_sum")).toBe(400);
  expect(await api.metric("order_publish_batch_size_count")).toBeLessThan(200);
  const queued = (await dependencies.emulator.takeActive()).map(({ messageId }) => messageId);
  expect(queued).toHaveLength(400);
  expect(new Set(queued)).toEqual(new Set(accepted));
});

test("with a broker that hangs the API holds MAX_ORDERS_WAITING orders, rejects more at once, and accepts again afterwards", async () => {
  const api = await dependencies.startApi({ MAX_ORDERS_WAITING: "20" });
  await acceptedOrder(api.url);
  dependencies.emulator.pause();
  const rejected: number[] = [];
  const answers = Array.from({ length: 60 }, async (): Promise<string> => {
    const started = performance.now();
    const response = await placeOrder(api.url);
    expect(response.status).toBe(503);
    expect(response.headers.get("retry-after")).toBe("1");
    const { type } = (await response.json()) as { type: string };
    if (type.endsWith("overloaded")) rejected.push(performance.now() - started);
    return type;
  });
  await eventually("the others are rejected", () => rejected.length === 40);
  // Those that wait still wait: none was rejected for a timeout.
  expect(await api.metric("orders_waiting")).toBe(20);
  const kinds = await Promise.all(answers);
  expect(kinds.filter((kind) => kind === "urn:ownsignal:problem:overloaded")).toHaveLength(40);
  expect(kinds.filter((kind) => kind === "urn:ownsignal:problem:broker-unavailable")).toHaveLength(20);
  expect(await api.metric('orders_rejected_total{reason="overloaded"}')).toBe(40);
  expect(await api.metric('dependency_up{dependency="broker"}')).toBe(0);
  dependencies.emulator.resume();
  await eventually("orders flow again", () => acceptedOrder(api.url), 10_000);
  expect(await api.metric('dependency_up{dependency="broker"}')).toBe(1);
});

test("with a validator that hangs the API rejects orders within 2 s, is not ready, and recovers by itself", async () => {
  const api = await dependencies.startApi();
  await acceptedOrder(api.url);
  dependencies.validator.signal("SIGSTOP");
  const started = performance.now();
  const responses = await Promise.all([placeOrder(api.url), placeOrder(api.url)]);
  expect(performance.now() - started).toBeLessThan(3_000);
  for (const response of responses) {
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ type: "urn:ownsignal:problem:validator-unavailable" });
  }
  expect(await api.isReady()).toBe(false);
  dependencies.validator.signal("SIGCONT");
  await eventually("it is ready again", () => api.isReady(), 10_000);
  await acceptedOrder(api.url);
});
