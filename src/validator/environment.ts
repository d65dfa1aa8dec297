import * as z from "zod";
import { logLevel, port, readEnvironment } from "../shared/environment.ts";

const environment = z.object({
  PORT: port.default(8081),
  METRICS_PORT: port.default(9465),
  LOG_LEVEL: logLevel.default("info"),
  /** Path of a JSON file with what may be ordered; the default rules without one. */
  VALIDATOR_RULES_FILE: z.string().optional(),
});
export type ValidatorEnvironment = z.infer<typeof environment>;

/** @throws {EnvironmentError} naming every variable that is wrong. */
export function readValidatorEnvironment(given: NodeJS.ProcessEnv = process.env): ValidatorEnvironment {
  return readEnvironment(environment, given);
}
