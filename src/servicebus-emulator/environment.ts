import { readFileSync } from "node:fs";
import { createSecureContext } from "node:tls";
import * as z from "zod";
import { EnvironmentError, logLevel, port, positiveInteger, readEnvironment } from "../shared/environment.ts";
import type { SharedAccessKey } from "./access/sharedAccess.ts";
import { parseKeys } from "./config/keysFile.ts";
import { MAX_LOCK_DURATION_MS, queueDefinition, queueName } from "./model/properties.ts";
import { messageOf } from "../shared/messageOf.ts";
import { ConfigFileError, parseConfigFile, type ConfiguredEntities } from "./config/configFile.ts";

const DEFAULT_QUEUE = "orders";

const variables = z.object({
  AMQP_PORT: port.default(5672),
  /** AMQP over TLS; without it there is none. */
  AMQPS_PORT: port.optional(),
  HTTPS_PORT: port.default(8443),
  /** Administration and health in plain HTTP; without it there is none. */
  HTTP_PORT: port.optional(),
  METRICS_PORT: port.default(9464),
  LOG_LEVEL: logLevel.default("info"),
  /** Address to listen on, with all ports; without it, all. */
  EMULATOR_HOST: z.string().optional(),
  /** Where messages are kept; without it in memory, and gone with the process. */
  EMULATOR_DATA_FILE: z.string().optional(),
  /** Entities in the official emulator's form. */
  EMULATOR_CONFIG_FILE: z.string().optional(),
  EMULATOR_QUEUES: z
    .string()
    .transform((names) => names.split(",").map((name) => name.trim()))
    .pipe(z.array(queueName, { error: "want names, separated by commas" }))
    .refine((names) => new Set(names.map((name) => name.toLowerCase())).size === names.length, {
      error: "want each name once, whatever its case",
    })
    .optional(),
  EMULATOR_LOCK_DURATION_MS: positiveInteger.max(MAX_LOCK_DURATION_MS).optional(),
  EMULATOR_MAX_DELIVERY_COUNT: positiveInteger.optional(),
  /** JSON: `[{"name":"api","key":"…","rights":["Send"]}]`. Followed while the emulator runs. */
  EMULATOR_KEYS_FILE: z.string().optional(),
  /** Instead: a key that may do all, under Azure's own name for it. */
  EMULATOR_KEY: z.string().optional(),
  EMULATOR_TLS_CERT_FILE: z.string().optional(),
  EMULATOR_TLS_KEY_FILE: z.string().optional(),
});

/** Azure's own name for the key of a namespace that may do all. */
const ROOT_KEY_NAME = "RootManageSharedAccessKey";

/** What says the queues where no file does; beside one they would have no effect. */
const LIST_VARIABLES = ["EMULATOR_QUEUES", "EMULATOR_LOCK_DURATION_MS", "EMULATOR_MAX_DELIVERY_COUNT"] as const;
type Variables = z.infer<typeof variables>;

export interface EmulatorEnvironment extends Variables, ConfiguredEntities {
  readonly keys: readonly SharedAccessKey[];
  /** Certificate, with its chain, and private key, as PEM; undefined: nothing is served over TLS. */
  readonly tls: { readonly cert: string; readonly key: string } | undefined;
}

/** Reads the environment and the files that it names. @throws {EnvironmentError} naming everything that is wrong, in all of them. */
export function readEmulatorEnvironment(given: NodeJS.ProcessEnv = process.env): EmulatorEnvironment {
  const problems: string[] = [];
  function attempt<Value>(read: () => Value): Value | undefined {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof EnvironmentError)) throw error;
      problems.push(...error.problems);
      return undefined;
    }
  }
  const isGiven = (variable: keyof Variables): boolean => (given[variable] ?? "") !== "";
  /** Undefined also when the variable is not given: whether it has to be is said by the variables themselves. */
  function fromFile<Value>(variable: keyof Variables, parse: (text: string, path: string) => Value): Value | undefined {
    const path = given[variable] ?? "";
    return isGiven(variable) ? attempt(() => parse(readNamed(variable, path), path)) : undefined;
  }

  const read = attempt(() => readEnvironment(variables, given));
  const keysOfFile = fromFile("EMULATOR_KEYS_FILE", parseKeys);
  const cert = fromFile("EMULATOR_TLS_CERT_FILE", (text) => text);
  const key = fromFile("EMULATOR_TLS_KEY_FILE", (text) => text);
  if (cert !== undefined && key !== undefined) {
    attempt(() => {
      checkTls(cert, key);
    });
  }
  const configured = fromFile("EMULATOR_CONFIG_FILE", parseConfig);
  if (isGiven("EMULATOR_CONFIG_FILE")) {
    for (const variable of LIST_VARIABLES.filter(isGiven)) {
      problems.push(`${variable}: cannot be given beside EMULATOR_CONFIG_FILE; want it said in that file`);
    }
  }
  problems.push(...missing(isGiven));
  const fixedKey = given.EMULATOR_KEY ?? "";
  const keys = fixedKey === "" ? keysOfFile : [{ name: ROOT_KEY_NAME, key: fixedKey, rights: ["Manage" as const] }];
  if (problems.length > 0 || read === undefined || keys === undefined) throw new EnvironmentError(problems);
  const tls = cert === undefined || key === undefined ? undefined : { cert, key };
  return { ...read, ...(configured ?? listed(read)), keys, tls };
}

/** What is not given, or given twice. */
function missing(isGiven: (variable: keyof Variables) => boolean): string[] {
  const problems: string[] = [];
  if (isGiven("EMULATOR_KEYS_FILE") === isGiven("EMULATOR_KEY")) {
    const got = isGiven("EMULATOR_KEY") ? "both" : "nothing";
    problems.push(`EMULATOR_KEYS_FILE, EMULATOR_KEY: want one of them (got ${got})`);
  }
  const [certificate, key] = [isGiven("EMULATOR_TLS_CERT_FILE"), isGiven("EMULATOR_TLS_KEY_FILE")];
  if (certificate !== key) {
    problems.push("EMULATOR_TLS_CERT_FILE, EMULATOR_TLS_KEY_FILE: want both or neither (got one)");
  } else if (!certificate && !isGiven("HTTP_PORT")) {
    problems.push(
      "EMULATOR_TLS_CERT_FILE, EMULATOR_TLS_KEY_FILE, HTTP_PORT: want a certificate, or a port for plain HTTP (got nothing)",
    );
  } else if (!certificate && isGiven("AMQPS_PORT")) {
    problems.push("AMQPS_PORT: wants EMULATOR_TLS_CERT_FILE and EMULATOR_TLS_KEY_FILE (got nothing)");
  }
  return problems;
}

function listed(read: Variables): ConfiguredEntities {
  const { EMULATOR_LOCK_DURATION_MS: lockDurationMs, EMULATOR_MAX_DELIVERY_COUNT: maxDeliveryCount } = read;
  const given = {
    ...(lockDurationMs === undefined ? {} : { lockDurationMs }),
    ...(maxDeliveryCount === undefined ? {} : { maxDeliveryCount }),
  };
  const names = read.EMULATOR_QUEUES ?? [DEFAULT_QUEUE];
  return { queues: names.map((name) => queueDefinition(name, given)), unsupported: new Map(), warnings: [] };
}

function parseConfig(text: string, path: string): ConfiguredEntities {
  try {
    return parseConfigFile(text);
  } catch (error) {
    if (!(error instanceof ConfigFileError)) throw error;
    const problems = error.problems.map((problem) => `  ${problem}`);
    throw new EnvironmentError([`EMULATOR_CONFIG_FILE: ${path} is not usable:`, ...problems], { cause: error });
  }
}

function checkTls(cert: string, key: string): void {
  try {
    createSecureContext({ cert, key });
  } catch (error) {
    const want = "want a certificate and the private key that belongs to it, both PEM";
    const problem = `EMULATOR_TLS_CERT_FILE, EMULATOR_TLS_KEY_FILE: not usable together: ${messageOf(error)}; ${want}`;
    throw new EnvironmentError([problem], { cause: error });
  }
}

function readNamed(variable: string, path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new EnvironmentError([`${variable}: cannot read ${path}: ${messageOf(error)}`], { cause: error });
  }
}
