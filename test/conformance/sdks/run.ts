import { queueDefinition } from "../../../src/servicebus-emulator/model/properties.ts";
import { recordResults } from "../support/sdkResults.ts";
import { startTestBus } from "../support/testBus.ts";
import { CLIENTS } from "./clients.ts";

/**
 * Runs the SDKs that the other tests leave out against an emulator, and records what became of each operation: the newest JavaScript beta, Java
 * and qpid-jms. Wants Maven, Java 17, and `unshare` with `ip` for the Java administration client. `npm run test:sdks`; names of clients run only those.
 */

/** The gate runs it. */
const LEFT_OUT = "go";

let failures = 0;
const only = process.argv.slice(2);
for (const [name, client] of Object.entries(CLIENTS)) {
  if (only.length > 0 ? !only.includes(name) : name === LEFT_OUT) continue;
  const bus = await startTestBus({ httpPort: 0, queues: client.queues.map((queue) => queueDefinition(queue)) });
  const results = await client.run({ bus, amqpPort: bus.amqpPort, operation: undefined });
  await bus.close();
  recordResults(client.name, results);
  for (const { operation, error } of results) {
    process.stdout.write(`${client.name}: ${operation}: ${error === null ? "works" : `FAILS: ${error}`}\n`);
    if (error !== null) failures += 1;
  }
  if (results.length === 0) failures += 1;
}
process.exitCode = failures === 0 ? 0 : 1;
