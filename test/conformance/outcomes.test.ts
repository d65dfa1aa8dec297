import { once } from "node:events";
import type { AddressInfo } from "node:net";
import rhea, { type Delivery, type EventContext } from "rhea";
import { eventually, startTestBus } from "./support/testBus.ts";

/*
 * rhea 3.0.5, which is under the SDK, sends the first two outcomes of a flush both with the first's, as a client and as a server: see docs/decisions/0001-patch-rhea.md.
 * Without patches/rhea+3.0.5.patch each of these fails.
 */

test("rhea: outcomes that a server settles in one tick reach the client as they were", async () => {
  const expected = [
    "rejected first",
    "accepted",
    "rejected second",
    "rejected third",
    "accepted",
    "accepted",
    "released",
  ];
  const server = rhea.create_container();
  const listener = server.listen({ port: 0, host: "127.0.0.1" });
  await once(listener, "listening");
  const deliveries: Delivery[] = [];
  server.on("receiver_open", ({ receiver }: EventContext) => {
    receiver?.set_target({ address: "any" });
    receiver?.add_credit(expected.length);
  });
  server.options = { autoaccept: false };
  server.on("message", ({ delivery }: EventContext) => {
    if (delivery !== undefined) deliveries.push(delivery);
    if (deliveries.length < expected.length) return;
    deliveries.forEach((received, index) => {
      const [outcome, condition = ""] = expected[index]?.split(" ") ?? [];
      if (outcome === "accepted") received.accept();
      else if (outcome === "released") received.release({ delivery_failed: false });
      else received.reject({ condition, description: condition });
    });
  });

  const client = rhea.create_container();
  const connection = client.connect({
    port: (listener.address() as AddressInfo).port,
    host: "127.0.0.1",
    reconnect: false,
  });
  const sender = connection.open_sender({ target: "any", autosettle: true });
  try {
    await once(sender, "sendable");
    const seen = new Map<number, string>();
    for (const outcome of ["accepted", "rejected", "released"] as const) {
      sender.on(outcome, ({ delivery }: EventContext) => {
        const error = (delivery?.remote_state as { error?: { condition: string } } | undefined)?.error;
        seen.set(delivery?.id ?? -1, error === undefined ? outcome : `${outcome} ${error.condition}`);
      });
    }
    const sent = expected.map((body) => sender.send({ body }).id);
    await eventually("every outcome", () => seen.size === expected.length);
    expect(sent.map((id) => seen.get(id))).toEqual(expected);
  } finally {
    connection.close();
    listener.close();
  }
});

test("the SDK: of good and bad messages in turn, settled at once, each ends where it belongs, with its own reason", async () => {
  const count = 1_000;
  const bus = await startTestBus();
  try {
    const sender = bus.client().createSender("orders");
    const ids = Array.from({ length: count }, (_, index) => `${index % 2 === 0 ? "good" : "bad"}-${index}`);
    await sender.sendMessages(ids.map((messageId) => ({ messageId, body: messageId })));
    const receiver = bus.client().createReceiver("orders");
    const completed = new Set<string>();
    const deadLettered = new Set<string>();
    const errors: unknown[] = [];
    const subscription = receiver.subscribe(
      {
        processMessage: async (message) => {
          const id = String(message.messageId);
          if (id.startsWith("good")) {
            await receiver.completeMessage(message);
            completed.add(id);
          } else {
            await receiver.deadLetterMessage(message, {
              deadLetterReason: `reason of ${id}`,
              deadLetterErrorDescription: "",
            });
            deadLettered.add(id);
          }
        },
        processError: ({ error }) => {
          errors.push(error);
          return Promise.resolve();
        },
      },
      { maxConcurrentCalls: 64, autoCompleteMessages: false },
    );
    await eventually(
      "every settlement",
      () => completed.size + deadLettered.size === count || errors.length > 0,
      30_000,
    );
    expect(errors).toEqual([]);
    await subscription.close();

    const dead = bus.client().createReceiver("orders", { subQueueType: "deadLetter", receiveMode: "receiveAndDelete" });
    const found = new Map<string, string | undefined>();
    for (;;) {
      const messages = await dead.receiveMessages(count, { maxWaitTimeInMs: 1_000 });
      if (messages.length === 0) break;
      for (const { messageId, deadLetterReason } of messages) found.set(String(messageId), deadLetterReason);
    }
    expect([...found.keys()].sort()).toEqual([...deadLettered].sort());
    expect([...found].filter(([id, reason]) => reason !== `reason of ${id}`)).toEqual([]);
  } finally {
    await bus.close();
  }
});
