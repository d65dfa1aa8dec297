/**
 * The JavaScript SDK against the emulator, by whatever version is installed where this runs. Prints one line of JSON for each operation.
 * BUS_AMQP is a connection string, BUS_ADMIN one for administration. ONLY_OPERATION leaves out all others.
 */
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { join } from "node:path";

const require = createRequire(join(process.cwd(), "package.json"));
const { ServiceBusAdministrationClient, ServiceBusClient } = require("@azure/service-bus");

const retryOptions = { maxRetries: 0, timeoutInMs: 10_000 };
const connect = (variable) => new ServiceBusClient(process.env[variable], { retryOptions });
const client = connect("BUS_AMQP");
const admin = new ServiceBusAdministrationClient(process.env.BUS_ADMIN);

let count = 0;
async function newQueue(options) {
  count += 1;
  const name = `javascript-${process.pid}-${count}`;
  await admin.createQueue(name, options);
  return name;
}

async function filled(bodies, options) {
  const name = await newQueue(options);
  await client.createSender(name).sendMessages(bodies.map((body) => ({ body })));
  return name;
}

async function receive(receiver, expected = 1) {
  const messages = [];
  for (let attempt = 0; messages.length < expected && attempt < 5; attempt += 1) {
    messages.push(...(await receiver.receiveMessages(expected - messages.length, { maxWaitTimeInMs: 5_000 })));
  }
  assert.equal(messages.length, expected);
  return messages;
}

const rest = async (name) => (await client.createReceiver(name).peekMessages(10)).map(({ body }) => body);

const OPERATIONS = {
  send: async () => {
    const name = await newQueue();
    await client
      .createSender(name)
      .sendMessages({ body: { a: 1 }, messageId: "m", subject: "s", timeToLive: 3_600_000 });
    const [message] = await receive(client.createReceiver(name));
    assert.deepEqual([message.body, message.messageId, message.subject], [{ a: 1 }, "m", "s"]);
  },
  "send a batch": async () => {
    const name = await filled(["0", "1", "2"]);
    const messages = await receive(client.createReceiver(name), 3);
    assert.deepEqual(
      messages.map(({ body }) => body),
      ["0", "1", "2"],
    );
  },
  "send a value and a sequence": async () => {
    const name = await newQueue();
    const sender = client.createSender(name);
    await sender.sendMessages({ body: { a: 1 }, bodyType: "value" });
    await sender.sendMessages({ body: [1, 2], bodyType: "sequence" });
    const [value, sequence] = await receive(client.createReceiver(name), 2);
    assert.deepEqual([value.body, sequence.body], [{ a: 1 }, [1, 2]]);
  },
  "receive and complete": async () => {
    const name = await filled(["a", "b"]);
    const receiver = client.createReceiver(name);
    for (const message of await receive(receiver, 2)) await receiver.completeMessage(message);
    assert.deepEqual(await rest(name), []);
  },
  "receive and delete": async () => {
    const name = await filled(["a"]);
    await receive(client.createReceiver(name, { receiveMode: "receiveAndDelete" }));
    assert.deepEqual(await rest(name), []);
  },
  "receive more than 1 MiB": async () => {
    const name = await newQueue();
    const sender = client.createSender(name);
    for (let index = 0; index < 30; index += 1) await sender.sendMessages({ body: Buffer.alloc(100_000) });
    await receive(client.createReceiver(name), 30);
  },
  abandon: async () => {
    const name = await filled(["a"]);
    const receiver = client.createReceiver(name);
    const [message] = await receive(receiver);
    await receiver.abandonMessage(message);
    const [again] = await receive(receiver);
    assert.equal(again.deliveryCount, 1);
  },
  "dead-letter": async () => {
    const name = await filled(["a"]);
    const receiver = client.createReceiver(name);
    const [message] = await receive(receiver);
    await receiver.deadLetterMessage(message, { deadLetterReason: "r", deadLetterErrorDescription: "d" });
    const [dead] = await receive(client.createReceiver(name, { subQueueType: "deadLetter" }));
    assert.deepEqual([dead.deadLetterReason, dead.deadLetterErrorDescription, dead.deadLetterSource], ["r", "d", name]);
  },
  defer: async () => {
    const name = await filled(["a"]);
    const receiver = client.createReceiver(name);
    const [message] = await receive(receiver);
    await receiver.deferMessage(message);
    const [deferred] = await receiver.receiveDeferredMessages(message.sequenceNumber);
    await receiver.completeMessage(deferred);
    assert.deepEqual(await rest(name), []);
  },
  "renew a lock": async () => {
    const name = await filled(["a"]);
    const receiver = client.createReceiver(name);
    const [message] = await receive(receiver);
    const before = message.lockedUntilUtc;
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.ok((await receiver.renewMessageLock(message)) > before);
  },
  "lose a lock": async () => {
    const name = await filled(["a"]);
    const receiver = client.createReceiver(name);
    const [message] = await receive(receiver);
    await receiver.completeMessage(message);
    await assert.rejects(receiver.renewMessageLock(message));
  },
  peek: async () => {
    assert.deepEqual(await rest(await filled(["a", "b"])), ["a", "b"]);
  },
  "schedule and cancel": async () => {
    const name = await newQueue();
    const sender = client.createSender(name);
    const due = new Date(Date.now() + 3_600_000);
    const [first] = await sender.scheduleMessages([{ body: "a" }, { body: "b" }], due);
    await sender.cancelScheduledMessages(first);
    const [message] = await client.createReceiver(name).peekMessages(10);
    assert.deepEqual([message.body, message.state], ["b", "scheduled"]);
  },
  "delete a batch and purge": async () => {
    const name = await filled(["a", "b", "c"]);
    const receiver = client.createReceiver(name, { receiveMode: "receiveAndDelete" });
    if (receiver.purgeMessages === undefined) return "not in this version";
    const beforeEnqueueTime = new Date(Date.now() + 60_000);
    assert.equal(await receiver.deleteMessages({ maxMessageCount: 1, beforeEnqueueTime }), 1);
    assert.equal(await receiver.purgeMessages({ beforeEnqueueTime }), 2);
    assert.deepEqual(await rest(name), []);
  },
  "hear that a message is too large": async () => {
    const name = await newQueue();
    const sent = client.createSender(name).sendMessages({ body: Buffer.alloc(1_500_000) });
    await assert.rejects(sent, { code: "MessageSizeExceeded" });
  },
  "hear that a queue is missing": async () => {
    await assert.rejects(client.createSender("missing").sendMessages({ body: "a" }), {
      code: "MessagingEntityNotFound",
    });
  },
  "hear that a key is wrong": async () => {
    const other = connect("BUS_AMQP_WRONG_KEY");
    await assert.rejects(other.createSender(await newQueue()).sendMessages({ body: "a" }), {
      code: "UnauthorizedAccess",
    });
    await other.close();
  },
  "hear that a right is missing": async () => {
    const other = connect("BUS_AMQP_LISTEN_ONLY");
    await assert.rejects(other.createSender(await newQueue()).sendMessages({ body: "a" }), /Send/);
    await other.close();
  },
  "hear that sessions are not supported": async () => {
    await assert.rejects(client.acceptSession(await newQueue(), "s"));
  },
  "administer queues": async () => {
    const name = await newQueue({ maxDeliveryCount: 5 });
    const queue = await admin.getQueue(name);
    assert.equal((await admin.updateQueue({ ...queue, maxDeliveryCount: 6 })).maxDeliveryCount, 6);
    assert.equal((await admin.getQueueRuntimeProperties(name)).activeMessageCount, 0);
    await admin.deleteQueue(name);
    assert.equal(await admin.queueExists(name), false);
  },
};

for (const [operation, run] of Object.entries(OPERATIONS)) {
  if (operation !== (process.env.ONLY_OPERATION ?? operation)) continue;
  let result;
  try {
    result = { operation, error: null, note: await run() };
  } catch (error) {
    result = { operation, error: String(error?.stack ?? error).slice(0, 3_000) };
  }
  process.stdout.write(`${JSON.stringify(result)}\n`);
}
await client.close();
