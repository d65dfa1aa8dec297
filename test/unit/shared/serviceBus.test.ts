import type { ServiceBusClient } from "@azure/service-bus";
import { createServiceBusClient } from "../../../src/shared/serviceBus.ts";

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
