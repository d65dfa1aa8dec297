import { Registry } from "prom-client";
import { createLogger, type Logger } from "../shared/logger.ts";
import { listenAmqp } from "./amqpServer.ts";
import { createBroker } from "./broker.ts";
import { listenHttps } from "./httpsServer.ts";
import { createEmulatorMetrics } from "./metrics.ts";
import type { SharedAccessKey } from "./sharedAccess.ts";

export interface EmulatorConfig {
  /** 0 lets the system choose. */
  readonly amqpPort: number;
  /** 0 lets the system choose. */
  readonly httpsPort: number;
  /** Address to listen on; without one, all. */
  readonly host?: string;
  readonly queues: readonly string[];
  readonly keys: readonly SharedAccessKey[];
  /** Certificate (with its chain) and private key, as PEM. */
  readonly tls: { readonly cert: string; readonly key: string };
  readonly lockDurationMs?: number;
  readonly maxDeliveryCount?: number;
  /** Where the metrics go. */
  readonly registry?: Registry;
  readonly log?: Logger;
}

export interface Emulator {
  readonly amqpPort: number;
  readonly httpsPort: number;
  /** Ends connections with a goodbye. Messages are gone with the emulator. */
  close(): Promise<void>;
}

/** Starts a broker, empty. @throws when a port is taken or the certificate is unusable; nothing is left open then. */
export async function startEmulator(config: EmulatorConfig): Promise<Emulator> {
  const { host, queues, keys, tls, lockDurationMs = 60_000, maxDeliveryCount = 10 } = config;
  const { registry = new Registry(), log = createLogger("servicebus-emulator", "warn") } = config;
  const metrics = createEmulatorMetrics(registry);
  const broker = createBroker({ queues, lockDurationMs, maxDeliveryCount, events: metrics.events });
  try {
    const https = await listenHttps({ port: config.httpsPort, host, tls, broker, keys, log });
    try {
      const amqp = await listenAmqp({ port: config.amqpPort, host, broker, keys, log });
      metrics.observe(broker, () => amqp.connectionCount);
      return {
        amqpPort: amqp.port,
        httpsPort: https.port,
        close: async () => {
          await Promise.all([amqp.close(), https.close()]);
          broker.close();
        },
      };
    } catch (error) {
      await https.close();
      throw error;
    }
  } catch (error) {
    broker.close();
    throw error;
  }
}
