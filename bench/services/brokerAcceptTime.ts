import { setTimeout as delay } from "node:timers/promises";
import { QUEUE } from "../jobs.ts";
import { onceOnlyClient } from "../support/clients.ts";
import { orderOf } from "./loadJob.ts";
import { percentile } from "./percentile.ts";

const INTERVAL_MS = 10;

/** How long the broker takes to accept one message from the SDK, asked again and again for so long, beside whatever else it has to do. */
export async function brokerAcceptTime(amqpPort: number, forMs: number): Promise<{ p50Ms: number; p99Ms: number }> {
  const client = onceOnlyClient(amqpPort);
  const sender = client.createSender(QUEUE);
  const tookMs: number[] = [];
  try {
    await sender.sendMessages({ body: orderOf(0) });
    const endMs = performance.now() + forMs;
    while (performance.now() < endMs) {
      const beginMs = performance.now();
      await sender.sendMessages({ body: orderOf(0) });
      tookMs.push(performance.now() - beginMs);
      await delay(INTERVAL_MS);
    }
  } finally {
    await client.close();
  }
  return { p50Ms: percentile(tookMs, 0.5), p99Ms: percentile(tookMs, 0.99) };
}
