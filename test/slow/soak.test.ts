import { tmpdir } from "node:os";
import { soakDeliveryLimit } from "./soak/deliveryLimit.ts";
import { say } from "../support/progress.ts";

const MEBIBYTE = 2 ** 20;

it("one receiver gets 100,000 messages once each while another renews the lock of one message for three minutes", async () => {
  say("soak: at least 100,000 messages and 3 min");
  const summary = await soakDeliveryLimit({ messages: 100_000, heldMs: 180_000, parent: tmpdir() });
  say(`soak: ${JSON.stringify(summary)}`);
  expect(summary.messages).toBeGreaterThanOrEqual(100_000);
  expect(summary.renewals).toBeGreaterThan(10);
  const [first = 0, , last = 0] = summary.residentBytes;
  // Tens of thousands of messages lie between: a hundred bytes kept of each would show.
  expect(last - first).toBeLessThan(24 * MEBIBYTE);
});
