import { once } from "node:events";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import * as z from "zod";
import { readEmulatorEnvironment, type EmulatorEnvironment } from "../../src/servicebus-emulator/environment.ts";
import { startService, type RunningEmulator } from "../../src/servicebus-emulator/service.ts";
import { EnvironmentError } from "../../src/shared/environment.ts";
import { createLogger } from "../../src/shared/logger.ts";
import { ensureEmulatorState, type EmulatorState } from "./state.ts";
import { CACHE } from "../process/paths.ts";
import { makeCertificateOnDemand } from "../setup/certificateOnDemand.ts";
import { CliError } from "../process/cliError.ts";
import { messageOf } from "../../src/shared/messageOf.ts";
import { say } from "../process/progress.ts";

const DIRECTORY = join(CACHE, "emulator");
const DEFAULT_AMQP_PORT = 5672;
/** Where clients look for the administration of an emulator. */
const DEFAULT_HTTP_PORT = 5300;

/** Options that are a variable of the emulator's environment under another name. */
const VARIABLES = {
  config: "EMULATOR_CONFIG_FILE",
  data: "EMULATOR_DATA_FILE",
  host: "EMULATOR_HOST",
  port: "AMQP_PORT",
  "amqps-port": "AMQPS_PORT",
  "https-port": "HTTPS_PORT",
  "http-port": "HTTP_PORT",
  key: "EMULATOR_KEY",
  "metrics-port": "METRICS_PORT",
} as const;

const PORT_FIX =
  "stop that process, or give other ports: --port, --https-port, --http-port, --metrics-port. 5672 and 5300 are also RabbitMQ's and those of Microsoft's emulator";

const LEVELS: Readonly<Record<number, string>> = { 20: "debug", 30: "info", 40: "warning", 50: "error", 60: "error" };

const logLine = z.looseObject({ level: z.number(), msg: z.string(), err: z.object({ stack: z.string() }).optional() });

/** The log as a person reads it: on standard error, a line each. */
const plainLog = {
  write: (line: string): void => {
    const { level, msg, err, ...rest } = logLine.parse(JSON.parse(line));
    const more = Object.entries(rest).filter(([name]) => name !== "time" && name !== "service");
    const details = more.length === 0 ? "" : ` ${JSON.stringify(Object.fromEntries(more))}`;
    say(`${LEVELS[level] ?? level}: ${msg}${details}${err === undefined ? "" : `\n${err.stack}`}`);
  },
};

const help = (command: string): string => `Azure Service Bus on this machine, for queues.

  ${command} [options]

  --config <file>     queues, in the form of Microsoft's emulator (Config.json); without it one queue, orders
  --data <file>       where messages are kept; without it ${join(DIRECTORY, "servicebus.db")}
  --in-memory         keep messages in memory, so that they are gone at the end
  --port <n>          AMQP; without it ${DEFAULT_AMQP_PORT}
  --amqps-port <n>    AMQP over TLS; without it there is none
  --https-port <n>    administration and REST, over TLS; without it 8443
  --http-port <n>     administration and /health in plain HTTP; without it ${DEFAULT_HTTP_PORT}, where clients look for it
  --metrics-port <n>  /metrics, /livez, /readyz; without it 9464
  --key <text>        a key that may do all, instead of the one that is made; SAS_KEY_VALUE is that of Microsoft's emulator
  --host <address>    address to listen on; without it 127.0.0.1; 0.0.0.0 lets containers and other machines in
  --help              this

LOG_LEVEL=info or debug says more. Keys and certificates are made once and kept in ${DIRECTORY}.
`;

/** How it was called: the command to show in messages, and the folder that paths are relative to. */
export interface EmulatorCall {
  command: string;
  directory: string;
}

/**
 * Runs the emulator until the process is told to stop.
 * @returns the exit code.
 */
export async function runEmulator(args: readonly string[], call: EmulatorCall): Promise<number> {
  const given = parseCommandLine(args, call);
  if (given === undefined) {
    process.stdout.write(help(call.command));
    return 0;
  }
  const state = await ensureEmulatorState(DIRECTORY, makeCertificateOnDemand);
  const running = await start(call, {
    EMULATOR_HOST: "127.0.0.1",
    LOG_LEVEL: process.env.LOG_LEVEL ?? "warn",
    HTTP_PORT: String(DEFAULT_HTTP_PORT),
    ...("EMULATOR_KEY" in given.environment ? {} : { EMULATOR_KEYS_FILE: state.keysFile }),
    EMULATOR_TLS_CERT_FILE: state.certificateFile,
    EMULATOR_TLS_KEY_FILE: state.privateKeyFile,
    ...(given.inMemory ? {} : { EMULATOR_DATA_FILE: state.dataFile }),
    ...given.environment,
  });
  // Before the address is printed: who reads it may send a signal at once.
  const stopped = Promise.race([once(process, "SIGINT"), once(process, "SIGTERM")]);
  process.stdout.write(welcome(running, state));
  await stopped;
  await running.drain(new AbortController().signal);
  return 0;
}

/** Undefined when it asks for help. @throws {CliError} when it is wrong. */
function parseCommandLine(
  args: readonly string[],
  { command, directory }: EmulatorCall,
): { inMemory: boolean; environment: NodeJS.ProcessEnv } | undefined {
  const withValue = Object.fromEntries(Object.keys(VARIABLES).map((option) => [option, { type: "string" }]));
  let values;
  try {
    ({ values } = parseArgs({
      args: [...args],
      options: {
        ...(withValue as Record<keyof typeof VARIABLES, { type: "string" }>),
        "in-memory": { type: "boolean" },
        help: { type: "boolean" },
      },
    }));
  } catch (error) {
    throw new CliError(messageOf(error), `${command} --help shows the options`);
  }
  const { "in-memory": inMemory = false, help = false, ...others } = values;
  if (help) return undefined;
  if (inMemory && others.data !== undefined) {
    throw new CliError("--in-memory and --data contradict each other", "give one of them");
  }
  const environment: NodeJS.ProcessEnv = {};
  for (const [option, variable] of Object.entries(VARIABLES)) {
    const value = others[option as keyof typeof VARIABLES];
    if (value === undefined) continue;
    const isPath = option === "config" || option === "data";
    environment[variable] = isPath ? resolve(directory, value) : value;
  }
  return { inMemory, environment };
}

/** @throws {CliError} that names options, and not the variables of the environment that they set. */
async function start(
  { command }: EmulatorCall,
  variables: NodeJS.ProcessEnv,
): Promise<RunningEmulator & { environment: EmulatorEnvironment }> {
  try {
    const environment = readEmulatorEnvironment(variables);
    const running = await startService(environment, createLogger("emulator", environment.LOG_LEVEL, plainLog));
    return { ...running, environment };
  } catch (error) {
    if (!(error instanceof EnvironmentError)) throw error;
    let what = error.problems.join("\n");
    for (const [option, variable] of Object.entries(VARIABLES)) what = what.replaceAll(variable, `--${option}`);
    throw new CliError(what, what.includes(" is taken ") ? PORT_FIX : `${command} --help shows the options`, {
      cause: error,
    });
  }
}

function welcome(
  { amqpPort, amqpsPort, httpsPort = 0, httpPort, metricsPort, environment }: Awaited<ReturnType<typeof start>>,
  { keysFile, authorityFile }: EmulatorState,
): string {
  const { queues, keys, EMULATOR_DATA_FILE: dataFile, EMULATOR_KEY: fixedKey } = environment;
  const [key = { name: "", key: "" }] = keys;
  const connection = (port: number, standardPort?: number): string =>
    `Endpoint=sb://localhost${port === standardPort ? "" : `:${port}`};SharedAccessKeyName=${key.name};SharedAccessKey=${key.key}`;
  return `Azure Service Bus emulator with ${queues.length === 1 ? "queue" : "queues"} ${queues.map(({ name }) => name).join(", ")}.

To send and receive, with any Azure SDK:
  ${connection(amqpPort, DEFAULT_AMQP_PORT)};UseDevelopmentEmulator=true
To administer, for KEDA and for REST, over TLS:
  ${connection(httpsPort, 443)}
  and trust ${authorityFile} (NODE_EXTRA_CA_CERTS for Node, SSL_CERT_FILE for Go)
${
  httpPort === undefined
    ? ""
    : `Administration for clients that know UseDevelopmentEmulator, and /health, in plain HTTP on port ${httpPort}.
`
}${
    amqpsPort === undefined
      ? ""
      : `AMQP over TLS is on port ${amqpsPort}, with the same authority.
`
  }
Messages are ${dataFile === undefined ? "in memory only" : `kept in ${dataFile}`}, the key ${fixedKey === undefined ? `in ${keysFile}` : "is the one given"}.
Metrics and health: http://localhost:${metricsPort}/metrics. Ctrl-C stops it.
`;
}
