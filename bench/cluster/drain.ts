import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { hostPort } from "../../loadtest/model/endpoint.ts";
import { queueSource, readBusAccess } from "../../loadtest/targets/orders/serviceBus/queue.ts";
import { run } from "../../scripts/process/command.ts";
import { ROOT } from "../../scripts/process/paths.ts";
import type { ProofCluster } from "../../scripts/proof/proofCluster.ts";
import { toolset } from "../../scripts/toolsets/toolsets.ts";

const EVERY_MS = 100;
const ANSWER_MS = 10_000;
/** Of the slowest: one worker at half of its pace. */
const LONGEST_SECONDS = 900;

/**
 * Puts orders on the queue at once, of which workers are ready.
 * @returns seconds from the first look that saw a message until the queue is empty, within a tenth of a second.
 * @throws {Error} where it is not empty after a quarter of an hour.
 */
export async function drainSeconds(
  { kubeConfig, namespace, reach }: Pick<ProofCluster, "kubeConfig" | "namespace" | "reach">,
  orders: number,
): Promise<number> {
  const access = await readBusAccess(kubeConfig, namespace);
  const bus = await reach("servicebus-emulator", 443);
  const read = queueSource(access, "orders", bus);
  const active = async (): Promise<number> => {
    const queue = await read(AbortSignal.timeout(ANSWER_MS));
    if (queue === undefined) throw new Error("the bus has no queue orders");
    return queue.active;
  };
  const folder = await mkdtemp(join(tmpdir(), "ownsignal-drain-"));
  try {
    const authority = join(folder, "ca.pem");
    if (access.ca !== undefined) await writeFile(authority, access.ca);
    const { login } = access;
    if (login.kind !== "key") throw new Error("the bus has no shared key");
    const k6 = (await toolset("k6")).binary("k6");
    const sending = run(
      k6,
      ["run", "--quiet", "--no-usage-report", "--address=", join(ROOT, "loadtest/k6/queue-backlog.ts")],
      {
        env: {
          SERVICEBUS_CONNECTION_STRING: login.connectionString,
          SERVICEBUS_ADDRESS: hostPort(bus),
          ORDERS: String(orders),
          ...(access.ca === undefined ? {} : { SSL_CERT_FILE: authority }),
        },
      },
    );
    const load: { isSent: boolean } = { isSent: false };
    const all = sending.then(() => (load.isSent = true));
    // It is told below, when the waiting has ended.
    all.catch(() => undefined);
    const deadlineMs = Date.now() + LONGEST_SECONDS * 1000;
    let beganMs: number | undefined;
    for (;;) {
      const askedMs = Date.now();
      const waiting = await active();
      if (waiting > 0) beganMs ??= askedMs;
      if (waiting === 0 && load.isSent && beganMs !== undefined) {
        await all;
        return (askedMs - beganMs) / 1000;
      }
      if (askedMs > deadlineMs) throw new Error(`${waiting} of ${orders} orders are left after ${LONGEST_SECONDS} s`);
      await Promise.race([delay(EVERY_MS), ...(load.isSent ? [] : [all])]);
    }
  } finally {
    read.close();
    await bus.close();
    await rm(folder, { recursive: true });
  }
}
