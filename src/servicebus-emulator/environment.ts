import { readFileSync } from "node:fs";
import { z } from "zod";
import { EnvironmentError, logLevel, port, positiveInteger, readEnvironment } from "../shared/environment.ts";
import { sharedAccessKey, type SharedAccessKey } from "./sharedAccess.ts";

/** {@link https://learn.microsoft.com/en-us/azure/service-bus-messaging/message-transfers-locks-settlement | The service's limit}. */
const MAX_LOCK_DURATION_MS = 5 * 60_000;

const queueName = z
  .string()
  .max(260)
  .regex(/^[A-Za-z0-9]([A-Za-z0-9._/-]*[A-Za-z0-9_])?$/, {
    error: "want names of letters, digits, '.', '-', '_' and '/', separated by commas",
  });

const environment = z.object({
  AMQP_PORT: port.default(5672),
  HTTPS_PORT: port.default(8443),
  METRICS_PORT: port.default(9464),
  LOG_LEVEL: logLevel.default("info"),
  EMULATOR_QUEUES: z
    .string()
    .default("orders")
    .transform((names) => names.split(",").map((name) => name.trim()))
    .pipe(z.array(queueName))
    .refine((names) => new Set(names.map((name) => name.toLowerCase())).size === names.length, {
      error: "want each name once, whatever its case",
    }),
  /** JSON: `[{"name":"api","key":"…","rights":["Send"]}]`. */
  EMULATOR_KEYS_FILE: z.string(),
  EMULATOR_TLS_CERT_FILE: z.string(),
  EMULATOR_TLS_KEY_FILE: z.string(),
  EMULATOR_LOCK_DURATION_MS: positiveInteger.max(MAX_LOCK_DURATION_MS).default(60_000),
  EMULATOR_MAX_DELIVERY_COUNT: positiveInteger.default(10),
});

export type EmulatorEnvironment = z.infer<typeof environment> & {
  readonly keys: readonly SharedAccessKey[];
  readonly tls: { readonly cert: string; readonly key: string };
};

/** Reads the environment and the files that it names. @throws {EnvironmentError} naming every variable, or the file, that is wrong. */
export function readEmulatorEnvironment(given: NodeJS.ProcessEnv = process.env): EmulatorEnvironment {
  const read = readEnvironment(environment, given);
  return {
    ...read,
    keys: readKeys(read.EMULATOR_KEYS_FILE),
    tls: {
      cert: readNamed("EMULATOR_TLS_CERT_FILE", read.EMULATOR_TLS_CERT_FILE),
      key: readNamed("EMULATOR_TLS_KEY_FILE", read.EMULATOR_TLS_KEY_FILE),
    },
  };
}

function readKeys(path: string): SharedAccessKey[] {
  const text = readNamed("EMULATOR_KEYS_FILE", path);
  const want = `want [{"name":"api","key":"<text>","rights":["Send"]}]`;
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    // The parser's message would quote the text, and with it keys.
    throw new EnvironmentError(`EMULATOR_KEYS_FILE: ${path} is not JSON; ${want}`);
  }
  const parsed = z.array(sharedAccessKey).min(1).safeParse(json);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`);
  throw new EnvironmentError(`EMULATOR_KEYS_FILE: ${path} is not usable: ${issues.join("; ")}; ${want}`);
}

function readNamed(variable: string, path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new EnvironmentError(`${variable}: cannot read ${path}: ${why}`);
  }
}
