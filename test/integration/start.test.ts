import { startProcess } from "../support/process.ts";
import { startService } from "../support/service.ts";

test.each([
  ["api", ["PORT", "VALIDATOR_URL", "DRAIN_DELAY_MS", "SERVICEBUS_CONNECTION_STRING", "REDIS_URL"]],
  ["validator", ["PORT", "METRICS_PORT", "LOG_LEVEL"]],
  [
    "worker",
    ["METRICS_PORT", "WORKER_CONCURRENCY", "FULFILMENT_LATENCY_MS", "SERVICEBUS_CONNECTION_STRING", "REDIS_URL"],
  ],
])("%s exits with 78 on an invalid environment and names every variable", async (service, names) => {
  const environment = Object.fromEntries(names.map((name) => [name, "wrong"]));
  const child = startProcess(process.execPath, [`src/${service}/main.ts`], { environment });
  expect(await child.exited).toBe(78);
  for (const name of names) expect(child.output()).toMatch(new RegExp(`^  ${name}: `, "m"));
});

test("the validator listens on loopback only, and exits at once with 0 on SIGTERM", async () => {
  const validator = await startService("validator", {});
  expect(await validator.isReady()).toBe(true);
  // Another address of this machine's loopback network: a listener on every address would take it.
  await expect(fetch(validator.url.replace("127.0.0.1", "127.0.0.2"))).rejects.toThrow();
  expect(await validator.end()).toBe(0);
});

test("a service whose log pipe is closed still exits on SIGTERM", async () => {
  const validator = await startService("validator", {});
  validator.closeOutput();
  expect(await validator.end()).toBe(0);
});
