import { startTestEmulator, type TestEmulator } from "../support/emulator.ts";
import { eventually } from "../support/eventually.ts";
import { acceptedOrder } from "../support/orders.ts";
import { startRedis, type TestRedis } from "../support/redis.ts";
import { startService, untilReady } from "../support/service.ts";
import { createStage, type Stage } from "../support/stage.ts";

let stage: Stage;
let redis: TestRedis;
let emulator: TestEmulator;

beforeEach(async () => {
  stage = createStage();
  redis = stage.add(await startRedis(), (it) => it.close());
  emulator = stage.add(await startTestEmulator(), (it) => it.close());
});

afterEach(() => stage.close());

test("the API turns not ready first on SIGTERM under load, and no request fails", async () => {
  const validator = stage.add(await startService("validator", {}), (it) => it.end());
  const api = await startService("api", {
    VALIDATOR_URL: validator.url,
    SERVICEBUS_CONNECTION_STRING: emulator.connectionString("api"),
    REDIS_URL: redis.url,
    DRAIN_DELAY_MS: "1000",
  });
  stage.add(api, (it) => it.end());
  await untilReady(api);

  // Four clients send one order after the other until the API is not ready, as with endpoints.
  let endpoint = true;
  const accepted: string[] = [];
  const clients = Array.from({ length: 4 }, async () => {
    while (endpoint) accepted.push(await acceptedOrder(api.url));
  });
  await eventually("orders flow", () => accepted.length > 20);
  api.signal("SIGTERM");
  await eventually("the API is not ready", async () => !(await api.isReady()));
  const before = accepted.length;
  await eventually("orders still flow", () => accepted.length > before + 20);
  endpoint = false;
  await Promise.all(clients);
  expect(await api.exited).toBe(0);

  const queued = new Set((await emulator.takeActive()).map(({ messageId }) => messageId));
  expect(queued).toEqual(new Set(accepted));
});
