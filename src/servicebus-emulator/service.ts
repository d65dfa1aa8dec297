import { EnvironmentError } from "../shared/environment.ts";
import type { Running } from "../shared/lifecycle.ts";
import type { Logger } from "../shared/logger.ts";
import { listenOperations } from "../shared/operations.ts";
import { createRegistry } from "../shared/registry.ts";
import { createKeys } from "./access/keys.ts";
import { followKeysFile } from "./config/keysFile.ts";
import { startEmulator } from "./emulator.ts";
import type { EmulatorEnvironment } from "./environment.ts";
import { DataFileError } from "./store/dataFile.ts";

/** The emulator as a process runs it, with the ports that it listens on. */
export interface RunningEmulator extends Running {
  readonly log: Logger;
  readonly amqpPort: number;
  readonly amqpsPort: number | undefined;
  readonly httpsPort: number | undefined;
  readonly httpPort: number | undefined;
  readonly metricsPort: number;
}

/**
 * Starts the emulator and its listener for operators, which answers first: with a large data file the way to readiness is seen.
 * @throws {EnvironmentError} when a port is taken or the data file cannot be used; nothing is left open then.
 */
export async function startService(environment: EmulatorEnvironment, log: Logger): Promise<RunningEmulator> {
  const { EMULATOR_HOST: host, EMULATOR_DATA_FILE: dataFile, EMULATOR_KEYS_FILE: keysFile } = environment;
  const { queues, unsupported } = environment;
  const keys = createKeys(environment.keys);
  const registry = createRegistry();
  let notReadyBecause: string | undefined = "starting";
  try {
    const operations = await listenOperations({
      port: environment.METRICS_PORT,
      host,
      registry,
      notReadyBecause: () => notReadyBecause,
    });
    try {
      const emulator = await startEmulator({
        amqpPort: environment.AMQP_PORT,
        amqpsPort: environment.AMQPS_PORT,
        httpsPort: environment.HTTPS_PORT,
        httpPort: environment.HTTP_PORT,
        host,
        queues,
        unsupported,
        keys,
        tls: environment.tls,
        dataFile,
        registry,
        log,
      });
      notReadyBecause = undefined;
      const unfollow = keysFile === undefined ? () => undefined : followKeysFile(keysFile, keys, log);
      const ports = {
        amqpPort: emulator.amqpPort,
        amqpsPort: emulator.amqpsPort,
        httpsPort: emulator.httpsPort,
        httpPort: emulator.httpPort,
        metricsPort: operations.port,
      };
      for (const [entity, feature] of unsupported) {
        log.warn(`${entity} asks for ${feature}, which this emulator does not do: it is refused`);
      }
      for (const warning of environment.warnings) log.warn(`EMULATOR_CONFIG_FILE: ${warning}`);
      if (dataFile === undefined) log.warn("no data file: messages are gone when this process ends");
      log.info({ ...ports, dataFile, queues: queues.map(({ name }) => name) }, "started");
      return {
        ...ports,
        log,
        drain: async () => {
          notReadyBecause = "draining";
          unfollow();
          await emulator.close();
          await operations.close();
        },
      };
    } catch (error) {
      await operations.close();
      throw error;
    }
  } catch (error) {
    throw explained(error, environment);
  }
}

const PORT_VARIABLES = ["AMQP_PORT", "AMQPS_PORT", "HTTPS_PORT", "HTTP_PORT", "METRICS_PORT"] as const;

/** What the environment is to blame for, as an error that says so; anything else as it is. */
function explained(error: unknown, environment: EmulatorEnvironment): unknown {
  if (error instanceof DataFileError) {
    return new EnvironmentError([`EMULATOR_DATA_FILE: ${error.message}`], { cause: error });
  }
  if (!isListenError(error)) return error;
  const { code, port } = error;
  const variable = PORT_VARIABLES.find((name) => environment[name] === port);
  const problem = (): string => {
    if (variable === undefined || port === undefined) return `EMULATOR_HOST: cannot listen: ${error.message}`;
    switch (code) {
      case "EADDRINUSE":
        return `${variable}: port ${port} is taken by another process; \`ss -ltnp 'sport = :${port}'\` names it`;
      case "EACCES":
        return `${variable}: port ${port} is not allowed to this user; want one from 1024 on`;
      default:
        return `EMULATOR_HOST, ${variable}: cannot listen: ${error.message}`;
    }
  };
  return new EnvironmentError([problem()], { cause: error });
}

interface ListenError extends Error {
  readonly code: string;
  readonly port?: number;
}

/** From the system, when it was asked to listen or to look up the address to listen on. */
function isListenError(error: unknown): error is ListenError {
  return (
    error instanceof Error && "syscall" in error && (error.syscall === "listen" || error.syscall === "getaddrinfo")
  );
}
