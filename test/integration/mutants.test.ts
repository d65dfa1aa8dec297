import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:https";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { bundle } from "../../scripts/images/bundle.ts";
import { orderKey } from "../../src/shared/order.ts";
import { localhostCertificate } from "../support/certificate.ts";
import { startTestEmulator, type TestEmulator } from "../support/emulator.ts";
import { eventually } from "../support/eventually.ts";
import { orderMessage } from "../support/orders.ts";
import { startProcess } from "../support/process.ts";
import { startRedis, type TestRedis } from "../support/redis.ts";
import type { TestService } from "../support/service.ts";
import { createResources, type Resources } from "../support/resources.ts";
import { startWorker } from "./support/worker.ts";

let bundles: string;
let resources: Resources;
let redis: TestRedis;
let emulator: TestEmulator;

beforeAll(async () => {
  bundles = await mkdtemp(join(tmpdir(), "ownsignal-bundles-"));
  await bundle(bundles);
});

afterAll(() => rm(bundles, { recursive: true, force: true }));

beforeEach(async () => {
  resources = createResources();
  redis = resources.add(await startRedis());
  emulator = resources.add(await startTestEmulator());
});

afterEach(() => resources.close());

function preload(mutant: string): string {
  return `--import=${resolve(import.meta.dirname, "../mutants", mutant, "preload.mjs")}`;
}

/** The worker as its image has it, with one order in flight that never ends, and the mutant that its code is changed by. */
async function busyWorker(mutant: string | undefined): Promise<{ worker: TestService; orderId: string }> {
  const environment = {
    WORKER_CONCURRENCY: "1",
    FULFILMENT_LATENCY_MS: "600000",
    ...(mutant === undefined ? {} : { NODE_OPTIONS: preload(mutant) }),
  };
  const worker = await startWorker(resources, emulator, redis, environment, join(bundles, "worker.cjs"));
  const message = orderMessage();
  await emulator.send(message);
  await eventually("the worker holds it", async () => (await worker.metric("orders_in_flight")) === 1);
  return { worker, orderId: message.messageId };
}

async function onTheQueue(): Promise<number> {
  const text = await (await fetch(`${emulator.operationsUrl()}/metrics`)).text();
  const states = [...text.matchAll(/^servicebus_emulator_messages\{queue="orders",state="(active|locked)"\} (\d+)$/gm)];
  if (states.length !== 2) throw new Error(`the emulator does not say how many messages it has:\n${text}`);
  return states.reduce((sum, [, , count]) => sum + Number(count), 0);
}

test("completes-before-fulfilling loses the message in flight at a kill", async () => {
  const { worker, orderId } = await busyWorker("completes-before-fulfilling");
  await eventually("its message is gone", async () => (await onTheQueue()) === 0);
  await worker.end("SIGKILL");
  expect(await redis.client.hget(orderKey(orderId), "status")).toBeNull();
  expect(await onTheQueue()).toBe(0);
});

test("no-drain leaves the message in flight locked at SIGTERM", async () => {
  const { worker } = await busyWorker("no-drain");
  expect(await worker.end("SIGTERM")).toBe(143);
  expect(await onTheQueue()).toBe(1);
  // Still locked: no other receiver gets it.
  expect(await emulator.takeActive()).toEqual([]);
});

test("the unmodified worker keeps the message until the order is processed, and abandons it at SIGTERM", async () => {
  const { worker, orderId } = await busyWorker(undefined);
  expect(await onTheQueue()).toBe(1);
  worker.signal("SIGTERM");
  // A second one forces the drain, which would wait for the provider.
  await eventually("it drains", () => worker.output().includes("draining"));
  worker.signal("SIGTERM");
  expect(await worker.exited).toBe(0);
  expect((await emulator.takeActive()).map(({ messageId }) => messageId)).toEqual([orderId]);
});

test.each(["completes-before-fulfilling", "no-drain"])(
  "%s fails when the code that it modifies has changed",
  async (mutant) => {
    const program = join(bundles, "other.cjs");
    await writeFile(program, "");
    const child = startProcess(process.execPath, [program], { environment: { NODE_OPTIONS: preload(mutant) } });
    expect(await child.exited).toBe(1);
    expect(child.output()).toContain("this mutant is stale");
  },
);

test("api-does-the-queues-work uses CPU while the queue holds messages, and only then", async () => {
  const { certificate, key, authority } = await localhostCertificate();
  let waiting = 0;
  const bus = createServer({ cert: certificate, key }, (_request, answer) => {
    answer.end(`<d2p1:ActiveMessageCount>${waiting}</d2p1:ActiveMessageCount>`);
  }).listen(0);
  resources.add(bus);
  await once(bus, "listening");
  const authorityFile = join(bundles, "ca.crt");
  await writeFile(authorityFile, authority);
  const program = join(bundles, "idle.cjs");
  // What it uses of a core, in per cent, four times a second.
  await writeFile(
    program,
    `let last = process.cpuUsage();
     setInterval(() => {
       const used = process.cpuUsage(last);
       last = process.cpuUsage();
       console.log("cpu " + Math.round((used.user + used.system) / 2500));
     }, 250);`,
  );
  const { port } = bus.address() as AddressInfo;
  const child = startProcess(process.execPath, [program], {
    environment: {
      NODE_OPTIONS: preload("api-does-the-queues-work"),
      NODE_EXTRA_CA_CERTS: authorityFile,
      MUTANT_CONNECTION_STRING: `Endpoint=sb://localhost:${port};SharedAccessKeyName=loadtest;SharedAccessKey=a2V5`,
    },
  });
  resources.add({ close: () => child.end("SIGKILL") });
  const now = (): number => Number([...child.output().matchAll(/^cpu (\d+)$/gm)].at(-1)?.[1] ?? NaN);

  await eventually("it is idle", () => now() < 10);
  waiting = 4000;
  await eventually("it works", () => now() > 30);
  waiting = 0;
  await eventually("it is idle again", () => now() < 10);
  expect(child.output()).not.toContain("mutant:");
});
