import { z } from "zod";
import { logLevel, milliseconds, port, readEnvironment } from "../shared/environment.ts";
import { redisEnvironment } from "../shared/redis.ts";
import { serviceBusEnvironment } from "../shared/serviceBus.ts";

const environment = z.object({
  PORT: port.default(8080),
  METRICS_PORT: port.default(9464),
  LOG_LEVEL: logLevel.default("info"),
  VALIDATOR_URL: z.url({ protocol: /^http$/, error: "want http://host:port" }).default("http://127.0.0.1:8081"),
  /** How long a draining API goes on accepting, so that every kube-proxy has heard of it. */
  DRAIN_DELAY_MS: milliseconds.default(5_000),
  ...serviceBusEnvironment,
  ...redisEnvironment,
});
export type ApiEnvironment = z.infer<typeof environment>;

/** @throws {EnvironmentError} naming every variable that is wrong. */
export function readApiEnvironment(given: NodeJS.ProcessEnv = process.env): ApiEnvironment {
  return readEnvironment(environment, given);
}
