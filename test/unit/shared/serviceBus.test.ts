import { once } from "node:events";
import { createServer, Socket, type AddressInfo } from "node:net";
import type { ServiceBusClient } from "@azure/service-bus";
import { jest } from "@jest/globals";
import { createServiceBusClient } from "../../../src/shared/serviceBus.ts";
import { eventually } from "../../support/eventually.ts";

interface Inside {
  readonly _connectionContext: { readonly tokenCredential: { getToken(scope: string): Promise<unknown> } };
}

/** Where the client takes its tokens from; the SDK has no public way to ask. */
function credentialOf(client: ServiceBusClient): Inside["_connectionContext"]["tokenCredential"] {
  return (client as unknown as Inside)._connectionContext.tokenCredential;
}

test("a client with a key signs its tokens with it", async () => {
  const client = createServiceBusClient(
    {
      SERVICEBUS_CONNECTION_STRING: "Endpoint=sb://localhost;SharedAccessKeyName=api;SharedAccessKey=c2VjcmV0",
      SERVICEBUS_QUEUE: "orders",
    },
    { maxRetries: 0 },
  );
  expect(client.fullyQualifiedNamespace).toBe("localhost");
  const token = (await credentialOf(client).getToken("sb://localhost/orders")) as { token: string };
  expect(token.token).toContain("skn=api");
});

test("a client without a key asks the workload's identity for tokens", async () => {
  const before = process.env.AZURE_TOKEN_CREDENTIALS;
  // The one that pods in AKS use; there is none here.
  process.env.AZURE_TOKEN_CREDENTIALS = "WorkloadIdentityCredential";
  try {
    const client = createServiceBusClient(
      { SERVICEBUS_NAMESPACE: "ownsignal.servicebus.windows.net", SERVICEBUS_QUEUE: "orders" },
      { maxRetries: 0 },
    );
    expect(client.fullyQualifiedNamespace).toBe("ownsignal.servicebus.windows.net");
    await expect(credentialOf(client).getToken("https://servicebus.azure.net/.default")).rejects.toThrow(
      "Failed to retrieve a valid token",
    );
  } finally {
    if (before === undefined) delete process.env.AZURE_TOKEN_CREDENTIALS;
    else process.env.AZURE_TOKEN_CREDENTIALS = before;
  }
});

test("its connection sends each frame at once, without Nagle's algorithm", async () => {
  const setNoDelay = jest.spyOn(Socket.prototype, "setNoDelay");
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const client = createServiceBusClient(
    {
      SERVICEBUS_CONNECTION_STRING: `Endpoint=sb://127.0.0.1:${port};SharedAccessKeyName=api;SharedAccessKey=c2VjcmV0;UseDevelopmentEmulator=true`,
      SERVICEBUS_QUEUE: "orders",
    },
    { maxRetries: 0, timeoutInMs: 1_000 },
  );
  const accepted = once(server, "connection") as Promise<[Socket]>;
  const batch = client.createSender("orders").createMessageBatch();
  batch.catch(() => undefined);
  try {
    await eventually("Nagle's algorithm is off", () => setNoDelay.mock.calls.some(([off]) => off === true));
  } finally {
    const [socket] = await accepted;
    socket.destroy();
    server.close();
    await batch.catch(() => undefined);
    await client.close();
    setNoDelay.mockRestore();
  }
});
