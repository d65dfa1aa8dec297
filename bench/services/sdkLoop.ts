import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { QUEUE } from "../jobs.ts";
import { onceOnlyClient } from "../support/clients.ts";

/**
 * What the SDK alone takes to receive messages and complete them: `node bench/services/sdkLoop.ts AMQP_PORT CONCURRENT_CALLS`. Prints a line
 * like the worker's when it runs.
 */
const receiver = onceOnlyClient(Number(process.argv[2])).createReceiver(QUEUE);
receiver.subscribe(
  {
    processMessage: (message) => receiver.completeMessage(message),
    processError: ({ error }) => {
      throw error;
    },
  },
  { maxConcurrentCalls: Number(process.argv[3]), autoCompleteMessages: false },
);
// Keeps nothing up to date; it is there so that the line below can name a port.
const server = createServer().listen(0, "127.0.0.1", () => {
  process.stdout.write(`${JSON.stringify({ msg: "started", metricsPort: (server.address() as AddressInfo).port })}\n`);
});
