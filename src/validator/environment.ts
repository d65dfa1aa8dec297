import { z } from "zod";
import { logLevel, port, readEnvironment } from "../shared/environment.ts";

const environment = z.object({
  PORT: port.default(8081),
  METRICS_PORT: port.default(9465),
  LOG_LEVEL: logLevel.default("info"),
});
export type ValidatorEnvironment = z.infer<typeof environment>;

/** @throws {EnvironmentError} naming every variable that is wrong. */
export function readValidatorEnvironment(given: NodeJS.ProcessEnv = process.env): ValidatorEnvironment {
  return readEnvironment(environment, given);
}
