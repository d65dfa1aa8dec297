import { startTestEmulator, type TestEmulator } from "../../support/emulator.ts";
import { startRedis, type TestRedis } from "../../support/redis.ts";
import { startService, untilReady, type TestService } from "../../support/service.ts";
import { createResources, type Resources } from "../../support/resources.ts";

/** What an API depends on, as real processes. */
export interface ApiDependencies {
  readonly resources: Resources;
  readonly redis: TestRedis;
  readonly emulator: TestEmulator;
  readonly validator: TestService;
  /** Starts an API with them and waits until it is ready. */
  readonly startApi: (environment?: Record<string, string>) => Promise<TestService>;
}

export async function startApiDependencies(): Promise<ApiDependencies> {
  const resources = createResources();
  const redis = resources.add(await startRedis());
  const emulator = resources.add(await startTestEmulator());
  const validator = resources.add(await startService("validator", {}));
  return {
    resources,
    redis,
    emulator,
    validator,
    startApi: async (environment = {}) => {
      const api = await startService("api", {
        VALIDATOR_URL: validator.url,
        SERVICEBUS_CONNECTION_STRING: emulator.connectionString("api"),
        REDIS_URL: redis.url,
        ...environment,
      });
      resources.add(api);
      await untilReady(api);
      return api;
    },
  };
}
