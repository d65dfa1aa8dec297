import { eventually } from "../support/eventually.ts";
import { acceptedOrder } from "../support/orders.ts";
import { startApiDependencies, type ApiDependencies } from "./support/api.ts";

let dependencies: ApiDependencies;
beforeEach(async () => {
  dependencies = await startApiDependencies();
});
afterEach(() => dependencies.resources.close());

test("the API turns not ready first on SIGTERM under load, and no request fails", async () => {
  const api = await dependencies.startApi({ DRAIN_DELAY_MS: "1000" });

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

  const queued = new Set((await dependencies.emulator.takeActive()).map(({ messageId }) => messageId));
  expect(queued).toEqual(new Set(accepted));
});
