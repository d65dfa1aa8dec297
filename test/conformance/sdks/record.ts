import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { connect, createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { queueDefinition } from "../../../src/servicebus-emulator/model/properties.ts";
import { frameCutter, shapeOf, withoutToken, type Conversation, type Step } from "../support/conversation.ts";
import { startTestBus } from "../support/testBus.ts";
import { CLIENTS, type ClientName } from "./clients.ts";

/**
 * Records what clients and the emulator say to each other, for the tests that need no client: `npm run test:sdks:record -- [CLIENT]…`.
 * To be run after a client's version or what the emulator rightly answers has changed; read the difference before it is committed.
 */

const FIXTURES = join(import.meta.dirname, "../fixtures");

const RECORDED: Readonly<Record<ClientName, readonly string[]>> = {
  "javascript-pinned": ["receive and complete", "renew a lock", "hear that a queue is missing"],
  // What is new in it names times, which are over when it is said again.
  javascript: [],
  java: ["receive and complete", "renew a lock", "hear that a queue is missing"],
  jms: [
    "receive and complete",
    "browse",
    "hear that selectors are not supported",
    "hear that transactions are not supported",
  ],
  go: ["receive and complete", "hear that a queue is missing"],
};

async function record(name: ClientName, operation: string): Promise<Conversation> {
  const client = CLIENTS[name];
  const bus = await startTestBus({ httpPort: 0, queues: client.queues.map((queue) => queueDefinition(queue)) });
  const steps: Step[] = [];
  let connections = 0;
  const proxy = createServer((near) => {
    const connection = connections++;
    const far = connect(bus.amqpPort, "127.0.0.1");
    const fromClient = frameCutter((part) => {
      steps.push({ connection, client: withoutToken(part).toString("hex") });
    });
    const fromEmulator = frameCutter((part) => {
      const shape = shapeOf(part);
      if (shape !== undefined) steps.push({ connection, ...shape });
    });
    near.on("data", (chunk) => {
      fromClient(chunk);
      far.write(chunk);
    });
    far.on("data", (chunk) => {
      fromEmulator(chunk);
      near.write(chunk);
    });
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      one.on("end", () => other.end());
      one.on("error", () => other.destroy());
    }
  }).listen(0, "127.0.0.1");
  await once(proxy, "listening");
  try {
    const results = await client.run({ bus, amqpPort: (proxy.address() as AddressInfo).port, operation });
    const [result] = results;
    if (results.length !== 1 || result?.error !== null) {
      throw new Error(`${client.name}: ${operation}: ${JSON.stringify(results)}`);
    }
    const queues = new Set<string>();
    for await (const { name: queue } of bus.admin().listQueues()) queues.add(queue);
    const isTouched = (queue: string): boolean =>
      steps.some((step) => "client" in step && step.client.includes(Buffer.from(queue).toString("hex")));
    return { client: client.name, operation, queue: [...queues].find(isTouched) ?? null, steps: closingLast(steps) };
  } finally {
    proxy.close();
    await bus.close();
  }
}

/** The client's close directly before the emulator's: what crossed it on the wire is said or not by chance. */
function closingLast(steps: readonly Step[]): Step[] {
  const closes = steps.filter((step) => "client" in step && /^.{16}005318/.test(step.client));
  return steps.flatMap((step) => {
    if (closes.includes(step)) return [];
    const isAnswer = "emulator" in step && step.emulator.startsWith("close");
    return isAnswer ? [...closes.filter(({ connection }) => connection === step.connection), step] : [step];
  });
}

const only = process.argv.slice(2);
for (const [name, operations] of Object.entries(RECORDED) as [ClientName, readonly string[]][]) {
  if (operations.length === 0 || (only.length > 0 && !only.includes(name))) continue;
  const recorded: Conversation[] = [];
  for (const operation of operations) {
    recorded.push(await record(name, operation));
    process.stdout.write(`${name}: ${operation}: ${recorded.at(-1)?.steps.length ?? 0} frames\n`);
  }
  writeFileSync(join(FIXTURES, `${name}.json`), `${JSON.stringify(recorded, undefined, 2)}\n`);
}
