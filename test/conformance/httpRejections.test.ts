import type { Queue } from "../../src/servicebus-emulator/broker/contract.ts";
import { type BrokerErrorReason, BrokerError } from "../../src/servicebus-emulator/model/brokerError.ts";
import { broker, http, startHttps, stopAfterEach } from "./support/httpsServer.ts";

/** The HTTPS side alone: what it answers when the broker refuses or fails. */
stopAfterEach();

describe("what the broker refuses", () => {
  const reasons: [BrokerErrorReason, number][] = [
    ["storage-full", 503],
    ["storage-failed", 503],
    ["quota-exceeded", 403],
    ["entity-disabled", 403],
    ["entity-gone", 404],
  ];
  test.each(reasons)("%s is %d to who sends", async (reason, status) => {
    await startHttps((real) => {
      const queue = (): Queue => {
        const found = real.find("orders")?.queue;
        if (found === undefined) throw new Error("no queue");
        return Object.assign(Object.create(found) as Queue, {
          enqueue: () => Promise.reject(new BrokerError(reason, `because of ${reason}`)),
        });
      };
      return {
        ...real,
        queues: real.queues,
        find: (path) => {
          const located = real.find(path);
          return located && { ...located, queue: queue(), entity: queue().main };
        },
      };
    });
    const answer = await http({ method: "POST", path: "/orders/messages", body: "x" });
    expect(answer.status).toBe(status);
    expect(answer.body).toMatch(`<Detail>because of ${reason} TrackingId:`);
  });

  test("a queue that is full, or that does not take messages, says so", async () => {
    await startHttps();
    const { queue } = broker.find("orders") ?? {};
    if (queue === undefined) throw new Error("no queue");
    await broker.updateQueue(queue, { ...queue.properties, status: "SendDisabled" });
    expect(await http({ method: "POST", path: "/orders/messages", body: "x" })).toMatchObject({
      status: 403,
      body: expect.stringMatching(/SendDisabled/) as string,
    });
    await broker.updateQueue(queue, { ...queue.properties, status: "Active", maxSizeMegabytes: 1 });
    const large = Buffer.alloc(1024 * 1024 - 1_000);
    expect((await http({ method: "POST", path: "/orders/messages", body: large })).status).toBe(201);
    expect((await http({ method: "POST", path: "/orders/messages", body: large })).status).toBe(201);
    expect(await http({ method: "POST", path: "/orders/messages", body: "x" })).toMatchObject({
      status: 403,
      body: expect.stringMatching(/1 MB/) as string,
    });
  });

  test("a failure of the emulator's own is 500, and tells the client nothing of it", async () => {
    await startHttps((real) => ({
      ...real,
      find: () => {
        throw new Error("secret");
      },
    }));
    const answer = await http({ path: "/orders" });
    expect(answer.status).toBe(500);
    expect(answer.body).toMatch(/its log says why/);
    expect(answer.body).not.toMatch(/secret/);
  });
});
