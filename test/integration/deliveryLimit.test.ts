import { tmpdir } from "node:os";
import { soakDeliveryLimit } from "../slow/soak/deliveryLimit.ts";

// rhea knows 2,048 deliveries of a session at once. The long form is test/slow/soak.test.ts.
it("passes 5,000 messages through one receiver while another holds one message", async () => {
  const summary = await soakDeliveryLimit({ messages: 5_000, heldMs: 5_000, parent: tmpdir() });
  expect(summary.messages).toBeGreaterThanOrEqual(5_000);
  expect(summary.renewals).toBeGreaterThan(0);
}, 120_000);
