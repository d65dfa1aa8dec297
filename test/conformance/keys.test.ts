import type { ServiceBusSender } from "@azure/service-bus";
import type { SharedAccessKey } from "../../src/servicebus-emulator/access/sharedAccess.ts";
import { eventually, KEYS, startTestBus, type TestBus } from "./support/testBus.ts";

let bus: TestBus;
beforeEach(async () => {
  bus = await startTestBus();
});
afterEach(() => bus.close());

/** The keys with what differs in that of `api`. */
function withApi(changes: Partial<SharedAccessKey>): SharedAccessKey[] {
  return KEYS.map((key): SharedAccessKey =>
    key.name === "api" ? { ...key, rights: [...key.rights], ...changes } : { ...key, rights: [...key.rights] },
  );
}

/** A send over the link that is open, or by the SDK's next one. */
async function sends(sender: ServiceBusSender): Promise<string> {
  try {
    await sender.sendMessages({ body: "x" });
    return "sent";
  } catch (error) {
    return error instanceof Object && "code" in error ? String(error.code) : String(error);
  }
}

test("a client goes on with either key while both are there, and with the one that is left", async () => {
  bus.keys.replace(withApi({ secondaryKey: "second" }));
  const [first, second] = [
    bus.client("api").createSender("orders"),
    bus.client("api", "second").createSender("orders"),
  ];
  expect([await sends(first), await sends(second)]).toEqual(["sent", "sent"]);
  bus.keys.replace(withApi({ key: "new", secondaryKey: "second" }));
  expect(await sends(second)).toBe("sent");
  expect(await sends(first)).toBe("UnauthorizedAccess");
  expect(await sends(bus.client("api", "new").createSender("orders"))).toBe("sent");
});

test("a client whose tokens end every second renews them, over the same connection", async () => {
  const sender = bus.client("api").createSender("orders");
  expect(await sends(sender)).toBe("sent");
  bus.keys.replace(withApi({ maxTokenSeconds: 1 }));
  const endsAtMs = Date.now() + 3_000;
  let sent = 0;
  await eventually("three seconds of sends have gone", async () => {
    if ((await sends(sender)) === "sent") sent++;
    return Date.now() > endsAtMs;
  });
  expect(sent).toBeGreaterThan(3);
  expect(await sends(sender)).toBe("sent");
});
