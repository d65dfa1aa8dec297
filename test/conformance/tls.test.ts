import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { ServiceBusClient } from "@azure/service-bus";
import { localhostCertificate } from "../support/certificate.ts";
import { connectSocket } from "./support/rawSocket.ts";
import { startTestBus, type TestBus } from "./support/testBus.ts";

let bus: TestBus;
let trusted: string[];

beforeAll(async () => {
  bus = await startTestBus({ amqpsPort: 0 });
  // The SDK has no option for it.
  trusted = getCACertificates();
});

afterAll(async () => {
  setDefaultCACertificates(trusted);
  await bus.close();
});

function client(): ServiceBusClient {
  const connectionString = `Endpoint=sb://localhost:${bus.amqpsPort ?? 0};SharedAccessKeyName=all;SharedAccessKey=key of all`;
  return new ServiceBusClient(connectionString, { retryOptions: { maxRetries: 0, timeoutInMs: 5_000 } });
}

it("the SDK sends and receives over TLS, as with Azure", async () => {
  const { authority } = await localhostCertificate();
  setDefaultCACertificates([...trusted, authority]);
  const secure = client();
  try {
    await secure.createSender("orders").sendMessages({ body: "over TLS" });
    const receiver = secure.createReceiver("orders");
    const [message] = await receiver.receiveMessages(1);
    expect(message?.body).toBe("over TLS");
    if (message !== undefined) await receiver.completeMessage(message);
  } finally {
    await secure.close();
    setDefaultCACertificates(trusted);
  }
});

it("the SDK trusts nobody whom it does not know", async () => {
  const distrustful = client();
  try {
    await expect(distrustful.createSender("orders").sendMessages({ body: "x" })).rejects.toThrow();
  } finally {
    await distrustful.close();
  }
});

it("a client that speaks plainly is hung up on, and others are not", async () => {
  const socket = await connectSocket(bus.amqpsPort ?? 0);
  socket.send(Buffer.from("AMQP\x00\x01\x00\x00", "latin1"));
  await socket.closed();
  await bus.client().createSender("orders").sendMessages({ body: "plain, on its own port" });
});
