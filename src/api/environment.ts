import * as z from "zod";
import { logLevel, milliseconds, port, positiveInteger, readEnvironment } from "../shared/environment.ts";
import { redisEnvironment } from "../shared/redis.ts";
import { oneBus, serviceBusEnvironment } from "../shared/serviceBus.ts";
import { tracingEnvironment } from "../shared/tracing.ts";

const environment = z
  .object({
    PORT: port.default(8080),
    METRICS_PORT: port.default(9464),
    LOG_LEVEL: logLevel.default("info"),
    VALIDATOR_URL: z.url({ protocol: /^http$/, error: "want http://host:port" }).default("http://127.0.0.1:8081"),
    /** Orders that may wait for the validator or the broker; one more is rejected at once. */
    MAX_ORDERS_WAITING: positiveInteger.default(1_000),
    /** How long a draining API goes on accepting, so that every kube-proxy has removed it. */
    DRAIN_DELAY_MS: milliseconds.default(5_000),
    ...serviceBusEnvironment,
    ...redisEnvironment,
    ...tracingEnvironment,
  })
  .refine(...oneBus);
export type ApiEnvironment = z.infer<typeof environment>;

/** @throws {EnvironmentError} naming every variable that is wrong. */
export function readApiEnvironment(given: NodeJS.ProcessEnv = process.env): ApiEnvironment {
  return readEnvironment(environment, given);
}
