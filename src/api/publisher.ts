import type { ServiceBusClient, ServiceBusSender } from "@azure/service-bus";
import type { Logger } from "../shared/logger.ts";
import type { OrderMessage } from "../shared/order.ts";
import { createServiceBusClient, type ServiceBusEnvironment } from "../shared/serviceBus.ts";

/** An order that the broker has not taken by then is refused; a client is told within about 2 s. */
const SEND_TIMEOUT_MS = 1_800;

/** The broker did not take the message, or did not say so in time. */
export class BrokerAwayError extends Error {
  override readonly name = "BrokerAwayError";
}

/** Puts orders on the queue. */
export interface Publisher {
  /**
   * Resolves when the broker has stored the order.
   * @throws {BrokerAwayError} within 2 s when it has not, or not said so: the order may still turn up.
   */
  publish(order: OrderMessage): Promise<void>;
  close(): Promise<void>;
}

interface Connection {
  readonly client: ServiceBusClient;
  readonly sender: ServiceBusSender;
}

export function connectPublisher(environment: ServiceBusEnvironment, log: Logger): Publisher {
  let connection = connect();

  function connect(): Connection {
    // Without retries: the client of the API knows better whether its order is still wanted.
    const client = createServiceBusClient(environment, { maxRetries: 0, timeoutInMs: SEND_TIMEOUT_MS });
    return { client, sender: client.createSender(environment.SERVICEBUS_QUEUE) };
  }

  /**
   * A connection that hangs is not given up by the SDK for 60 s, and every send queues behind it; so the first send that
   * got no answer replaces it. Sends that are still under way on the old one get their time before it is closed.
   */
  function replace(failed: Connection): void {
    if (connection !== failed) return;
    connection = connect();
    setTimeout(() => void close(failed), SEND_TIMEOUT_MS).unref();
  }

  async function close({ client, sender }: Connection): Promise<void> {
    try {
      await sender.close();
      await client.close();
    } catch (error) {
      log.debug({ err: error }, "a connection to the broker did not close cleanly");
    }
  }

  return {
    publish: async (order) => {
      const used = connection;
      const started = performance.now();
      try {
        await used.sender.sendMessages({
          messageId: order.confirmationId,
          contentType: "application/json",
          body: order,
        });
      } catch (error) {
        // An error that came sooner was noticed by the SDK, which then connects anew by itself.
        // Timers may be a little early.
        if (performance.now() - started > 0.95 * SEND_TIMEOUT_MS) replace(used);
        throw new BrokerAwayError("the broker did not take the order", { cause: error });
      }
    },
    close: () => close(connection),
  };
}
