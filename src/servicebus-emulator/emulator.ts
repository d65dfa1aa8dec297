import { isDeepStrictEqual } from "node:util";
import { Registry } from "prom-client";
import { createLogger, type Logger } from "../shared/logger.ts";
import type { Keys } from "./access/keys.ts";
import { listenAmqp } from "./amqp/amqpServer.ts";
import { createBroker } from "./broker/broker.ts";
import type { Broker } from "./broker/contract.ts";
import type { QueueDefinition } from "./model/properties.ts";
import { listenHttp } from "./https/httpServer.ts";
import { createEmulatorMetrics } from "./metrics.ts";
import { openDataFile } from "./store/dataFile.ts";
import { createReserve, NO_RESERVE } from "./store/reserve.ts";

export interface EmulatorConfig {
  /** 0 lets the system choose. */
  readonly amqpPort: number;
  /** AMQP over TLS; undefined: none. 0 lets the system choose. */
  readonly amqpsPort?: number | undefined;
  /** Administration and REST over TLS; there is none without a certificate. 0 lets the system choose. */
  readonly httpsPort: number;
  /** The same in plain HTTP; undefined: none. 0 lets the system choose. */
  readonly httpPort?: number | undefined;
  /** Address to listen on; without one, all. */
  readonly host?: string | undefined;
  /** Queues that are to be there, as they are to be; others that the data file has stay. */
  readonly queues: readonly QueueDefinition[];
  /** What people ask for that is not there, as in `topics`, by its address in lower case: it is refused by this name. */
  readonly unsupported?: ReadonlyMap<string, string>;
  readonly keys: Keys;
  /** Certificate (with its chain) and private key, as PEM; without them nothing is served over TLS. */
  readonly tls: { readonly cert: string; readonly key: string } | undefined;
  /** Where everything is kept; undefined: in memory, gone with the emulator. */
  readonly dataFile?: string | undefined;
  /** Where the metrics go. */
  readonly registry?: Registry;
  readonly log?: Logger;
  /** The clock of locks, lifetimes and schedules, in milliseconds since 1970. */
  readonly now?: () => number;
}

export interface Emulator {
  readonly amqpPort: number;
  readonly amqpsPort: number | undefined;
  readonly httpsPort: number | undefined;
  readonly httpPort: number | undefined;
  /** Ends connections with a goodbye, then closes the data file. */
  close(): Promise<void>;
}

/** The reserve takes a while to be written, and nobody should wait for it at a start; in milliseconds. */
const RESERVE_DELAY_MS = 500;

interface Closeable {
  close(): Promise<unknown>;
}

/**
 * Starts a broker with what its data file holds.
 * @throws {DataFileError} when that file cannot be used. Also when a port is taken or the certificate is unusable. Nothing is left open then.
 */
export async function startEmulator(config: EmulatorConfig): Promise<Emulator> {
  const { host, queues, unsupported = new Map<string, string>(), keys, tls, dataFile } = config;
  const { registry = new Registry(), log = createLogger("servicebus-emulator", "warn"), now = Date.now } = config;
  const metrics = createEmulatorMetrics(registry);
  const db = openDataFile(dataFile);
  const reserve = dataFile === undefined ? NO_RESERVE : createReserve(dataFile);
  const broker = createBroker({
    db,
    reserve,
    unsupported,
    events: metrics.events,
    onFailure: reportStorage(log, dataFile, metrics.storageFailed),
    now,
  });
  // In the order in which they are closed: nobody may ask a broker that is closed.
  const open: Closeable[] = [broker];
  async function listening<Server extends Closeable>(server: Promise<Server>): Promise<Server> {
    const started = await server;
    open.unshift(started);
    return started;
  }
  try {
    await establish(broker, queues);
    const http = { host, broker, keys, log, managed: metrics.managed };
    const https = tls && (await listening(listenHttp({ ...http, port: config.httpsPort, tls })));
    const plain =
      config.httpPort === undefined
        ? undefined
        : await listening(listenHttp({ ...http, port: config.httpPort, tls: undefined }));
    const amqp = await listening(listenAmqp({ port: config.amqpPort, host, broker, keys, log }));
    const amqps =
      config.amqpsPort === undefined || tls === undefined
        ? undefined
        : await listening(listenAmqp({ port: config.amqpsPort, host, broker, keys, log, tls }));
    const taking = setTimeout(() => {
      reserve.take();
    }, RESERVE_DELAY_MS);
    metrics.observe(broker, () => amqp.connectionCount + (amqps?.connectionCount ?? 0));
    return {
      amqpPort: amqp.port,
      amqpsPort: amqps?.port,
      httpsPort: https?.port,
      httpPort: plain?.port,
      close: async () => {
        clearTimeout(taking);
        await Promise.all([amqp.close(), amqps?.close(), https?.close(), plain?.close()]);
        await broker.close();
      },
    };
  } catch (error) {
    for (const one of open) await one.close();
    throw error;
  }
}

/** Makes the queues that are not there, and changes those that are different. */
async function establish(broker: Broker, queues: readonly QueueDefinition[]): Promise<void> {
  await Promise.all(
    queues.map(async (definition) => {
      const queue = broker.find(definition.name)?.queue;
      if (queue === undefined) await broker.createQueue(definition);
      else if (!isDeepStrictEqual(queue.properties, definition.properties)) {
        await broker.updateQueue(queue, definition.properties);
      }
    }),
  );
}

/** How often a failure that goes on is told, in milliseconds. */
const FAILURE_LOG_INTERVAL_MS = 10_000;

/** Counts every failure and tells one now and then: with a full disk there is one at each try. */
function reportStorage(log: Logger, dataFile: string | undefined, count: () => void): (error: unknown) => void {
  let toldAtMs = -Infinity;
  let untold = 0;
  return (error) => {
    count();
    untold += 1;
    if (performance.now() - toldAtMs < FAILURE_LOG_INTERVAL_MS) return;
    log.error(
      { err: error, dataFile, failures: untold },
      "cannot write the data file; what was to be written was refused",
    );
    toldAtMs = performance.now();
    untold = 0;
  };
}
