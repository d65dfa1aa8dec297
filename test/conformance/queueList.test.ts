import type { ServiceBusAdministrationClient } from "@azure/service-bus";
import { queueDefinition } from "../../src/servicebus-emulator/model/properties.ts";
import { startTestBus, type TestBus } from "./support/testBus.ts";

/** Management over HTTPS as the JavaScript client does it. */

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

describe("the list of queues", () => {
  const names = Array.from({ length: 205 }, (_, index) => `queue-${String(index).padStart(3, "0")}`);

  beforeEach(async () => {
    bus = await startTestBus({ queues: names.map((name) => queueDefinition(name)) });
    admin = bus.admin();
  });

  it("comes in pages, to its end", async () => {
    const pages: string[][] = [];
    for await (const page of admin.listQueuesRuntimeProperties().byPage()) pages.push(page.map(({ name }) => name));
    expect(pages.map((page) => page.length)).toEqual([100, 100, 5]);
    expect(pages.flat()).toEqual(names);
    const small: number[] = [];
    for await (const page of admin.listQueues().byPage({ maxPageSize: 50 })) small.push(page.length);
    expect(small).toEqual([50, 50, 50, 50, 5]);
  });

  it("ends with an empty page for who does not follow its links, as the Go client", async () => {
    for (const [query, count] of [
      ["$skip=200", 5],
      ["$skip=205", 0],
      ["$skip=999999999", 0],
      ["$top=0", 0],
      ["$skip=100&$top=1000", 100],
    ] as const) {
      const { status, type, body } = await bus.http({ path: `/$Resources/Queues?api-version=2021-05&${query}` });
      expect([status, type]).toEqual([200, "application/atom+xml;type=feed;charset=utf-8"]);
      expect([query, body.split("<entry>").length - 1]).toEqual([query, count]);
    }
  });

  it("is whole while queues come and go", async () => {
    const changing = (async () => {
      for (let round = 0; round < 20; round += 1) {
        await admin.createQueue(`z-${round}`);
        await admin.deleteQueue(`z-${round}`);
      }
    })();
    for (let round = 0; round < 5; round += 1) {
      const seen: string[] = [];
      for await (const { name } of admin.listQueuesRuntimeProperties()) seen.push(name);
      // What comes and goes has names behind all others.
      expect(seen.filter((name) => !name.startsWith("z-"))).toEqual(names);
    }
    await changing;
  });
});

describe("the namespace", () => {
  it("tells of itself", async () => {
    bus = await startTestBus();
    const namespace = await bus.admin().getNamespaceProperties();
    expect(namespace).toMatchObject({ name: "servicebus-emulator", messagingSku: "Premium", messagingUnits: 1 });
    expect(Date.now() - namespace.createdAt.getTime()).toBeLessThan(60_000);
  });

  it("has no topics, subscriptions or rules, and says so", async () => {
    bus = await startTestBus({ unsupported: new Map([["news", "topics"]]) });
    admin = bus.admin();
    const client = admin;
    for (const [attempt, feature] of [
      [client.createTopic("t"), /^Topics are not implemented/],
      [client.getTopic("news"), /^"news" needs topics: not implemented/],
      [client.deleteTopic("news"), /^"news" needs topics: not implemented/],
      [client.createQueue("news"), /^"news" needs topics: not implemented/],
      [client.listTopics().next(), /^Topics are not implemented/],
      [client.createSubscription("news", "s"), /^Subscriptions are not implemented/],
      [client.listSubscriptions("news").next(), /^Subscriptions are not implemented/],
      [client.getRule("news", "s", "r"), /^Rules are not implemented/],
    ] as const) {
      const refused = await error(attempt);
      expect(refused).toMatchObject({ code: "NotImplemented", statusCode: 501 });
      expect(refused.message).toMatch(feature);
    }
    expect(await client.topicExists("news")).toBe(false);
  });
});

it("writes what the Go client needs: id, title, dates, counts", async () => {
  bus = await startTestBus();
  const { status, type, body } = await bus.http({ path: "/orders?api-version=2017-04" });
  expect(status).toBe(200);
  expect(type).toBe("application/atom+xml;type=entry;charset=utf-8");
  expect(body).toMatch(
    /^<entry xmlns="http:\/\/www.w3.org\/2005\/Atom"><id>https:\/\/localhost:\d+\/orders\?api-version=2017-04<\/id>/,
  );
  for (const name of [
    "title",
    "published",
    "updated",
    "CreatedAt",
    "UpdatedAt",
    "AccessedAt",
    "d2p1:ActiveMessageCount",
  ]) {
    expect(body).toMatch(new RegExp(`<${name}[^>]*>[^<]+</${name}>`));
  }
});
