import { startTestEmulator, type TestEmulator } from "../../support/emulator.ts";
import { startRedis, type TestRedis } from "../../support/redis.ts";
import { startService, untilReady, type TestService } from "../../support/service.ts";
import { createStage, type Stage } from "../../support/stage.ts";

/** What an API depends on, as real processes. */
export interface ApiDependencies {
  readonly stage: Stage;
  readonly redis: TestRedis;
  readonly emulator: TestEmulator;
  readonly validator: TestService;
  /** Starts an API with them and waits until it is ready. */
  readonly startApi: (environment?: Record<string, string>) => Promise<TestService>;
}

export async function startApiDependencies(): Promise<ApiDependencies> {
  const stage = createStage();
  const redis = stage.add(await startRedis(), (it) => it.close());
  const emulator = stage.add(await startTestEmulator(), (it) => it.close());
  const validator = stage.add(await startService("validator", {}), (it) => it.end());
  return {
    stage,
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
      stage.add(api, (it) => it.end());
      await untilReady(api);
      return api;
    },
  };
}
