import type { TokenCredential } from "@azure/identity";
import { parseServiceBusConnectionString, ServiceBusClient } from "@azure/service-bus";
import type { RetryOptions } from "@azure/service-bus";
import * as z from "zod";

/** Where the bus is and which queue, as an environment's shape; to be refined by {@link oneBus}. */
export const serviceBusEnvironment = {
  /** With a key in it: the emulator, or a namespace that still takes keys. */
  SERVICEBUS_CONNECTION_STRING: z
    .string()
    .refine(isConnectionString, { error: "want Endpoint=sb://host;SharedAccessKeyName=name;SharedAccessKey=key" })
    .optional(),
  /** Host name of the namespace, for the passwordless way: who this is comes from the workload's identity. */
  SERVICEBUS_NAMESPACE: z
    .string()
    .regex(/^[a-z0-9-]+(\.[a-z0-9-]+)+$/i, { error: "want a host name, as name.servicebus.windows.net" })
    .optional(),
  SERVICEBUS_QUEUE: z.string().min(1).default("orders"),
};

export interface ServiceBusEnvironment {
  readonly SERVICEBUS_CONNECTION_STRING?: string | undefined;
  readonly SERVICEBUS_NAMESPACE?: string | undefined;
  readonly SERVICEBUS_QUEUE: string;
}

/** Refines an environment with {@link serviceBusEnvironment} in it, `z.object({ … }).refine(...oneBus)`: either way to the bus, not both. */
export const oneBus: [(given: ServiceBusEnvironment) => boolean, z.core.$ZodCustomParams] = [
  (given) => (given.SERVICEBUS_CONNECTION_STRING === undefined) !== (given.SERVICEBUS_NAMESPACE === undefined),
  {
    path: ["SERVICEBUS_CONNECTION_STRING"],
    error: "want either this or SERVICEBUS_NAMESPACE",
    // Said beside whatever else is wrong with the environment, unless these two are wrong in themselves.
    when: ({ issues }) => !issues.some(({ path = [] }) => String(path[0]).startsWith("SERVICEBUS_")),
  },
];

/** The one place that knows how one authenticates to the bus. Connects on first use, and again by itself. */
export function createServiceBusClient(
  environment: ServiceBusEnvironment,
  retryOptions: RetryOptions,
): ServiceBusClient {
  const { SERVICEBUS_CONNECTION_STRING: connectionString, SERVICEBUS_NAMESPACE: namespace } = environment;
  // A copy, because the SDK fills its defaults into the object that it is given.
  const options = { retryOptions: { ...retryOptions } };
  const client =
    connectionString === undefined
      ? new ServiceBusClient(namespace ?? "", workloadIdentity, options)
      : new ServiceBusClient(connectionString, options);
  sendFramesAtOnce(client);
  return client;
}

/**
 * Turns Nagle's algorithm off, which the AMQP library leaves on and for which the SDK has no setting: a frame that follows one without an
 * answer waits for the peer's delayed acknowledgement, 40 ms on Linux, and two of them do while a link is opened. The SDK's own next
 * connection, after this one is lost, has it on again.
 */
function sendFramesAtOnce(client: ServiceBusClient): void {
  const { _connectionContext: context } = client as unknown as {
    _connectionContext: { connection: { options: { tcp_no_delay?: boolean } } };
  };
  context.connection.options.tcp_no_delay = true;
}

let credential: Promise<TokenCredential> | undefined;

/** Loaded when the first token is needed: with a connection string it never is, and it would double the time that a start takes. */
const workloadIdentity: TokenCredential = {
  getToken: async (scopes, options) => {
    credential ??= import("./workloadIdentity.ts").then(({ createCredential }) => createCredential());
    return (await credential).getToken(scopes, options);
  },
};

function isConnectionString(text: string): boolean {
  try {
    const { endpoint, sharedAccessKey, sharedAccessKeyName } = parseServiceBusConnectionString(text);
    return endpoint !== "" && sharedAccessKey !== undefined && sharedAccessKeyName !== undefined;
  } catch {
    return false;
  }
}
