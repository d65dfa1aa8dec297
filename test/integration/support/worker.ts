import type { TestEmulator } from "../../support/emulator.ts";
import type { TestRedis } from "../../support/redis.ts";
import { startService, untilReady, type TestService } from "../../support/service.ts";
import type { Resources } from "../../support/resources.ts";

/** A worker that is ready, at the end of this queue. It works fast, unless told otherwise. */
export async function startWorker(
  resources: Resources,
  bus: Pick<TestEmulator, "connectionString">,
  redis: TestRedis,
  environment: Record<string, string> = {},
  program?: string,
): Promise<TestService> {
  const worker = await startService(
    "worker",
    {
      SERVICEBUS_CONNECTION_STRING: bus.connectionString("worker"),
      REDIS_URL: redis.url,
      FULFILMENT_LATENCY_MS: "1",
      ...environment,
    },
    program,
  );
  resources.add(worker);
  await untilReady(worker);
  return worker;
}

/** Of how many deliveries this became. */
export function processed(worker: TestService, outcome: string): Promise<number> {
  return worker.metric(`orders_processed_total{outcome="${outcome}"}`);
}

/** All outcomes that are not 0. */
export async function outcomesOf(worker: TestService): Promise<Record<string, number>> {
  const outcomes = ["processed", "duplicate", "dead_lettered", "abandoned", "lock_lost"];
  const counts = await Promise.all(outcomes.map(async (one) => [one, await processed(worker, one)] as const));
  return Object.fromEntries(counts.filter(([, count]) => count > 0));
}
