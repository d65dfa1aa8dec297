import { parseServiceBusConnectionString, ServiceBusClient } from "@azure/service-bus";
import type { RetryOptions } from "@azure/service-bus";
import { z } from "zod";

/** Where the bus is and which queue, as an environment's shape. */
export const serviceBusEnvironment = {
  SERVICEBUS_CONNECTION_STRING: z.string().refine(isConnectionString, {
    error: "want Endpoint=sb://host;SharedAccessKeyName=name;SharedAccessKey=key",
  }),
  SERVICEBUS_QUEUE: z.string().min(1).default("orders"),
};

export interface ServiceBusEnvironment {
  readonly SERVICEBUS_CONNECTION_STRING: string;
  readonly SERVICEBUS_QUEUE: string;
}

/** The one place that knows how one authenticates to the bus. Connects on first use, and again by itself. */
export function createServiceBusClient(
  environment: ServiceBusEnvironment,
  retryOptions: RetryOptions,
): ServiceBusClient {
  // A copy, because the SDK fills its defaults into the object that it is given.
  return new ServiceBusClient(environment.SERVICEBUS_CONNECTION_STRING, { retryOptions: { ...retryOptions } });
}

function isConnectionString(text: string): boolean {
  try {
    const { endpoint, sharedAccessKey, sharedAccessKeyName } = parseServiceBusConnectionString(text);
    return endpoint !== "" && sharedAccessKey !== undefined && sharedAccessKeyName !== undefined;
  } catch {
    return false;
  }
}
