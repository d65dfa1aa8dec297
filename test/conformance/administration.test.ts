import type { ServiceBusAdministrationClient } from "@azure/service-bus";
import { eventually, startTestBus, type TestBus } from "./support/testBus.ts";

/** Management over HTTPS as the JavaScript client does it. */

const NEVER = "P10675199DT2H48M5.4775807S";

let bus: TestBus;
let admin: ServiceBusAdministrationClient;

afterEach(async () => {
  await bus.close();
});

async function error(promise: Promise<unknown>): Promise<{ code: string; statusCode: number; message: string }> {
  const reason: unknown = await promise.then(
    () => undefined,
    (rejected: unknown) => rejected,
  );
  if (reason instanceof Error) return reason as Error & { code: string; statusCode: number };
  throw new Error("it did not fail");
}

describe("queues", () => {
  beforeEach(async () => {
    bus = await startTestBus();
    admin = bus.admin();
  });

  it("are created with the service's defaults, and can be used at once", async () => {
    const created = await admin.createQueue("fresh");
    expect(created).toMatchObject({
      name: "fresh",
      lockDuration: "PT1M",
      maxSizeInMegabytes: 1_024,
      requiresDuplicateDetection: false,
      requiresSession: false,
      defaultMessageTimeToLive: NEVER,
      deadLetteringOnMessageExpiration: false,
      duplicateDetectionHistoryTimeWindow: "PT10M",
      maxDeliveryCount: 10,
      enableBatchedOperations: true,
      status: "Active",
      autoDeleteOnIdle: NEVER,
      enablePartitioning: false,
      availabilityStatus: "Available",
      enableExpress: false,
    });
    expect(created.forwardTo).toBeUndefined();
    expect(created.userMetadata).toBeUndefined();
    await bus.client().createSender("fresh").sendMessages({ body: "a" });
    expect(await admin.getQueueRuntimeProperties("fresh")).toMatchObject({
      activeMessageCount: 1,
      totalMessageCount: 1,
    });
  });

  it("are created as requested, read, and the same for every way of asking", async () => {
    const requested = {
      lockDuration: "PT1M30S",
      maxSizeInMegabytes: 2_048,
      requiresDuplicateDetection: true,
      defaultMessageTimeToLive: "P3DT4H",
      deadLetteringOnMessageExpiration: true,
      duplicateDetectionHistoryTimeWindow: "PT20S",
      maxDeliveryCount: 7,
      status: "SendDisabled" as const,
      userMetadata: `of <"us" & 'them'> €`,
    };
    expect(await admin.createQueue("requested", { ...requested, enableBatchedOperations: false })).toMatchObject(
      requested,
    );
    expect(await admin.getQueue("requested")).toMatchObject({ name: "requested", ...requested });
    expect(await admin.getQueue("REQUESTED")).toMatchObject({ name: "requested", ...requested });
    const listed = [];
    for await (const queue of admin.listQueues()) listed.push(queue);
    expect(listed).toMatchObject([{ name: "orders" }, { name: "requested", ...requested }]);
  });

  it("take effect as described", async () => {
    await admin.createQueue("strict", { maxDeliveryCount: 1, requiresDuplicateDetection: true });
    const client = bus.client();
    await client.createSender("strict").sendMessages([
      { body: 1, messageId: "a" },
      { body: 2, messageId: "a" },
    ]);
    expect(await admin.getQueueRuntimeProperties("strict")).toMatchObject({ totalMessageCount: 1 });
    const receiver = client.createReceiver("strict");
    const [message] = await receiver.receiveMessages(1);
    if (message === undefined) throw new Error("no message");
    await receiver.abandonMessage(message);
    await eventually("it is dead-lettered", async () => {
      return (await admin.getQueueRuntimeProperties("strict")).deadLetterMessageCount === 1;
    });
  });

  it("are changed, what is left out going back to its default", async () => {
    await admin.createQueue("changing", { maxDeliveryCount: 3, userMetadata: "old", requiresDuplicateDetection: true });
    const queue = await admin.getQueue("changing");
    queue.lockDuration = "PT5S";
    expect(await admin.updateQueue(queue)).toMatchObject({
      lockDuration: "PT5S",
      maxDeliveryCount: 3,
      userMetadata: "old",
    });
    Reflect.deleteProperty(queue, "userMetadata");
    expect((await admin.updateQueue(queue)).userMetadata).toBeUndefined();
    expect(await admin.getQueue("changing")).toMatchObject({ lockDuration: "PT5S", requiresDuplicateDetection: true });
    const runtime = await admin.getQueueRuntimeProperties("changing");
    expect(runtime.modifiedAt.getTime()).toBeGreaterThanOrEqual(runtime.createdAt.getTime());
  });

  it("take no messages any more when they are disabled", async () => {
    const queue = await admin.getQueue("orders");
    await admin.updateQueue({ ...queue, status: "Disabled" });
    const refused = await error(bus.client().createSender("orders").sendMessages({ body: "a" }));
    expect(refused.code).toBe("MessagingEntityDisabled");
    await admin.updateQueue({ ...queue, status: "Active" });
    await bus.client().createSender("orders").sendMessages({ body: "a" });
  });

  it("are deleted with their messages", async () => {
    await bus.client().createSender("orders").sendMessages({ body: "a" });
    await admin.deleteQueue("Orders");
    expect(await admin.queueExists("orders")).toBe(false);
    await admin.createQueue("orders");
    expect(await admin.getQueueRuntimeProperties("orders")).toMatchObject({ totalMessageCount: 0 });
  });

  it("may have slashes in their names, and any case", async () => {
    await admin.createQueue("team/Orders.v-1_x");
    expect(await admin.queueExists("TEAM/orders.v-1_x")).toBe(true);
    expect((await admin.getQueue("team/orders.v-1_x")).name).toBe("team/Orders.v-1_x");
    await bus.client().createSender("team/Orders.v-1_x").sendMessages({ body: "a" });
    const sent = await bus.http({ method: "POST", path: "/team%2Forders.v-1_x/messages", body: "b" });
    expect(sent.status).toBe(201);
    expect(await admin.getQueueRuntimeProperties("team/orders.v-1_x")).toMatchObject({ activeMessageCount: 2 });
    expect((await error(admin.createQueue("Team/ORDERS.v-1_x"))).code).toBe("MessageEntityAlreadyExistsError");
    await admin.deleteQueue("team/orders.v-1_x");
  });

  it("that are there already are not created again, nor changed", async () => {
    const refused = await error(admin.createQueue("orders", { maxDeliveryCount: 3 }));
    expect(refused).toMatchObject({ code: "MessageEntityAlreadyExistsError", statusCode: 409 });
    expect(refused.message).toMatch(/^SubCode=40900\. Conflict\./);
    expect((await admin.getQueue("orders")).maxDeliveryCount).toBe(10);
    const both = await Promise.allSettled([admin.createQueue("race"), admin.createQueue("race")]);
    expect(both.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
  });

  it("that are not there cannot be read, changed or deleted", async () => {
    expect(await admin.queueExists("nowhere")).toBe(false);
    expect((await error(admin.getQueue("nowhere"))).code).toBe("MessageEntityNotFoundError");
    expect((await error(admin.getQueueRuntimeProperties("nowhere"))).code).toBe("MessageEntityNotFoundError");
    const queue = await admin.getQueue("orders");
    expect(await error(admin.updateQueue({ ...queue, name: "nowhere" }))).toMatchObject({
      code: "MessageEntityNotFoundError",
      statusCode: 404,
    });
    expect(await error(admin.deleteQueue("nowhere"))).toMatchObject({
      code: "MessageEntityNotFoundError",
      statusCode: 404,
    });
    expect(await admin.queueExists("nowhere")).toBe(false);
  });

  it.each([
    ["a name with a space", "a b", {}, 400, /the queue's name "a b" is not valid: want letters/i],
    ["a name that is too long", "x".repeat(261), {}, 400, /260/],
    ["a lock that is too long", "a", { lockDuration: "P25D" }, 400, /LockDuration must be at most PT5M.*was P25D/],
    [
      "a duration that is none",
      "a",
      { defaultMessageTimeToLive: "1 day" },
      400,
      /DefaultMessageTimeToLive must be a duration/,
    ],
    ["no deliveries", "a", { maxDeliveryCount: 0 }, 400, /MaxDeliveryCount must be at least 1/],
    ["sessions", "a", { requiresSession: true }, 501, /RequiresSession/],
    ["partitions", "a", { enablePartitioning: true }, 501, /EnablePartitioning/],
    ["forwarding", "a", { forwardTo: "orders" }, 501, /\(ForwardTo\)/],
    [
      "forwarding of dead letters",
      "a",
      { forwardDeadLetteredMessagesTo: "orders" },
      501,
      /\(ForwardDeadLetteredMessagesTo\)/,
    ],
    ["an end when idle too soon", "a", { autoDeleteOnIdle: "PT1M" }, 400, /AutoDeleteOnIdle must be at least PT5M/],
    [
      "keys of its own",
      "a",
      {
        authorizationRules: [
          {
            claimType: "SharedAccessKey",
            accessRights: ["Send" as const],
            keyName: "k",
            primaryKey: "p",
            secondaryKey: "s",
          },
        ],
      },
      501,
      /AuthorizationRules/,
    ],
  ])("are not created with %s", async (_, name, options, statusCode, message) => {
    const refused = await error(admin.createQueue(name, options));
    expect(refused).toMatchObject({ statusCode, code: statusCode === 400 ? "ServiceError" : "NotImplemented" });
    expect(refused.message).toMatch(message);
    expect(await admin.queueExists("a")).toBe(false);
  });

  it("do not start or stop to detect duplicates", async () => {
    const queue = await admin.getQueue("orders");
    const refused = await error(admin.updateQueue({ ...queue, requiresDuplicateDetection: true }));
    expect(refused).toMatchObject({ statusCode: 400, code: "ServiceError" });
    expect(refused.message).toMatch(/RequiresDuplicateDetection property of an existing Queue cannot be changed/);
  });

  it("are not changed under a version", async () => {
    const answer = await bus.http({
      method: "PUT",
      path: "/orders",
      headers: { "if-match": `"1"` },
      body: "<entry><content><QueueDescription/></content></entry>",
    });
    expect(answer.status).toBe(412);
    expect(answer.body).toMatch(/If-Match must be/);
  });

  it("are not managed with a key that may not", async () => {
    for (const key of ["api", "worker"] as const) {
      const denied = { code: "UnauthorizedRequestError", statusCode: 401 };
      const client = bus.admin(key);
      const queue = await admin.getQueue("orders");
      expect(await error(client.createQueue("other"))).toMatchObject(denied);
      expect(await error(client.updateQueue(queue))).toMatchObject(denied);
      expect(await error(client.deleteQueue("orders"))).toMatchObject(denied);
      expect(await error(client.getQueue("orders"))).toMatchObject(denied);
      expect(await error(client.listQueues().next())).toMatchObject(denied);
      expect(await error(client.getNamespaceProperties())).toMatchObject(denied);
    }
    expect((await admin.getQueueRuntimeProperties("orders")).name).toBe("orders");
  });
});

describe("runtime properties", () => {
  beforeEach(async () => {
    bus = await startTestBus();
    admin = bus.admin();
  });

  it("count locked and deferred messages as active, the others by themselves", async () => {
    const client = bus.client();
    const sender = client.createSender("orders");
    await sender.sendMessages(["a", "b", "c", "d"].map((body) => ({ body })));
    await sender.scheduleMessages([{ body: "e" }, { body: "f" }], new Date(Date.now() + 3_600_000));
    const receiver = client.createReceiver("orders");
    const [first, second, third] = await receiver.receiveMessages(3, { maxWaitTimeInMs: 5_000 });
    if (first === undefined || second === undefined || third === undefined) throw new Error("no messages");
    await receiver.deadLetterMessage(first);
    await receiver.deferMessage(second);
    const runtime = await admin.getQueueRuntimeProperties("orders");
    expect(runtime).toMatchObject({
      name: "orders",
      activeMessageCount: 3,
      deadLetterMessageCount: 1,
      scheduledMessageCount: 2,
      transferMessageCount: 0,
      transferDeadLetterMessageCount: 0,
      totalMessageCount: 6,
    });
    expect(runtime.sizeInBytes).toBeGreaterThan(0);
    expect(Math.abs(Date.now() - runtime.createdAt.getTime())).toBeLessThan(60_000);
    expect(Math.abs(Date.now() - runtime.accessedAt.getTime())).toBeLessThan(60_000);
  });
});
