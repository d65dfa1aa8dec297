import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { QUEUE } from "../jobs.ts";
import { onceOnlyClient } from "../support/clients.ts";
import { cpuSeconds } from "./cpuTime.ts";
import { orderOf } from "./loadJob.ts";
import { startServer } from "./processes.ts";
import { metric, referenceCommand, serviceCommand, type BenchRun, type Question } from "./run.ts";
import { withSurroundings, type Surroundings } from "./surroundings.ts";

const CONCURRENCY = 32;
const PROVIDER_MS = 100;
const LIMIT_PER_SECOND = (CONCURRENCY * 1_000) / PROVIDER_MS;

const WARM_UP_MS = 3_000;
const MEASURE_MS = 4_000;
const BATCH = 500;
/** More than the worker, and than the loop, takes out of the queue while it is measured. */
const MANY = 100_000;
const MANY_FOR_LOOP = 300_000;
const ENOUGH_FOR_LIMIT = 4_000;

/** How fast is one worker, and what does an order cost it? */
export const processOrders: Question = {
  name: "processOrders",
  seconds: 190,
  answer: async (run, progress) => {
    const perSecond: number[] = [];
    const worker: number[] = [];
    const loop: number[] = [];
    for (let repetition = 1; repetition <= run.repetitions; repetition++) {
      progress(repetition);
      perSecond.push((await measureWorker(run, PROVIDER_MS, ENOUGH_FOR_LIMIT)).perSecond);
      worker.push((await measureWorker(run, 0, MANY)).cpuMicroseconds);
      loop.push((await measureLoop(run)).cpuMicroseconds);
    }
    return [
      {
        ...{
          what: `worker, ${CONCURRENCY} at once, provider ${PROVIDER_MS} ms`,
          by: "ratio",
          better: "more",
          target: 0.95,
        },
        measured: { unit: "/s", values: perSecond },
        reference: { what: "the limit", unit: "/s", values: perSecond.map(() => LIMIT_PER_SECOND) },
      },
      {
        ...{ what: "worker's CPU time per order, provider 0 ms", by: "ratio", better: "less", target: 1.5 },
        measured: { unit: "µs", values: worker },
        reference: { what: "loop that receives and completes through the SDK", unit: "µs", values: loop },
      },
    ];
  },
};

interface Figures {
  readonly perSecond: number;
  readonly cpuMicroseconds: number;
}

async function measureWorker(run: BenchRun, providerMs: number, messages: number): Promise<Figures> {
  return withSurroundings(run.directory, async (surroundings) => {
    await fill(surroundings, messages);
    return measure(run, surroundings, serviceCommand(run, "worker"), {
      ...surroundings.environment,
      WORKER_CONCURRENCY: String(CONCURRENCY),
      FULFILMENT_LATENCY_MS: String(providerMs),
    });
  });
}

async function measureLoop(run: BenchRun): Promise<Figures> {
  return withSurroundings(run.directory, async (surroundings) => {
    await fill(surroundings, MANY_FOR_LOOP);
    const { amqpPort } = surroundings.emulator;
    return measure(run, surroundings, referenceCommand(run, "sdkLoop.ts", String(amqpPort), String(CONCURRENCY)), {});
  });
}

/** @throws when the queue was empty before the end. */
async function measure(
  { scale }: BenchRun,
  { emulator }: Surroundings,
  command: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<Figures> {
  const consumer = await startServer(command, environment);
  const now = async (): Promise<{ atMs: number; cpu: number; left: number }> => ({
    atMs: performance.now(),
    cpu: cpuSeconds(consumer.pid),
    left: (await messages(emulator, "active")) + (await messages(emulator, "locked")),
  });
  await delay(WARM_UP_MS * scale);
  const begin = await now();
  await delay(MEASURE_MS * scale);
  const end = await now();
  await consumer.stop();
  if (end.left === 0) throw new Error("the queue was empty before the end: there is nothing to measure");
  const orders = begin.left - end.left;
  return {
    perSecond: (orders * 1_000) / (end.atMs - begin.atMs),
    cpuMicroseconds: ((end.cpu - begin.cpu) * 1e6) / orders,
  };
}

function messages(emulator: Surroundings["emulator"], state: string): Promise<number> {
  return metric(emulator, `servicebus_emulator_messages{queue="${QUEUE}",state="${state}"}`);
}

/** Puts orders into the queue, outside of what is timed. */
async function fill({ emulator }: Surroundings, count: number): Promise<void> {
  const client = onceOnlyClient(emulator.amqpPort);
  const sender = client.createSender(QUEUE);
  for (let sent = 0; sent < count; sent += BATCH) {
    const batch = Array.from({ length: BATCH }, (_, index) => {
      const confirmationId = randomUUID();
      return { messageId: confirmationId, body: { confirmationId, ...orderOf(sent + index) } };
    });
    await sender.sendMessages(batch);
  }
  await client.close();
}
