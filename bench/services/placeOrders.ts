import * as z from "zod";
import { metric, load, printed, referenceCommand, serviceCommand, type BenchRun, type Question } from "./run.ts";
import { brokerAcceptTime } from "./brokerAcceptTime.ts";
import { startServer } from "./processes.ts";
import type { RatioRow } from "./ratioRow.ts";
import { withSurroundings } from "./surroundings.ts";

/** Below MAX_ORDERS_WAITING, and enough that none of the answers leaves the server without work. */
const CONNECTIONS = 128;
const PER_SECOND = 1_000;

/** How long the publisher is driven by itself. */
const WAIT_MS = 3_000;

const saturated = { kind: "placeOrders", connections: CONNECTIONS, warmUpMs: 4_000, measureMs: 5_000 } as const;
const steady = { ...saturated, perSecond: PER_SECOND, warmUpMs: 1_000 } as const;

/** What does `POST /api/v1/orders` cost, with the validator and the broker real, and how long does it take? */
export const placeOrders: Question = {
  name: "placeOrders",
  seconds: 280,
  answer: async (run, progress) => {
    const api: ApiFigures[] = [];
    const together: BareFigures[] = [];
    const atOnce: BareFigures[] = [];
    for (let repetition = 1; repetition <= run.repetitions; repetition++) {
      progress(repetition);
      api.push(await measureApi(run));
      together.push(await measureBare(run, "together"));
      atOnce.push(await measureBare(run, "at-once"));
    }
    return rowsOf(api, together, atOnce);
  },
};

interface BareFigures {
  readonly perCpuSecond: number;
  readonly steadyPerCpuSecond: number;
}

interface ApiFigures extends BareFigures {
  readonly ordersPerBatch: number;
  readonly halfLoadP99Ms: number;
  readonly acceptP99Ms: number;
  readonly waitP50Ms: number;
}

async function measureApi(run: BenchRun): Promise<ApiFigures> {
  return withSurroundings(run.directory, async ({ environment, emulator }) => {
    const api = await startServer(serviceCommand(run, "api"), environment);
    const batches = async (): Promise<[orders: number, batches: number]> => [
      await metric(api, "order_publish_batch_size_sum"),
      await metric(api, "order_publish_batch_size_count"),
    ];
    const saturation = await load(run, api, saturated);
    const [orders, count] = await batches();
    const atSteady = await load(run, api, steady);
    const perSecond = saturation.answers / saturation.seconds / 2;
    const [half, acceptMs] = await Promise.all([
      load(run, api, { ...steady, perSecond }),
      brokerAcceptTime(emulator.amqpPort, (steady.warmUpMs + steady.measureMs) * run.scale),
    ]);
    await api.stop();
    const waitFor = [emulator.amqpPort, CONNECTIONS, WAIT_MS * run.scale].map(String);
    const waitP50Ms = z.number().parse(await printed(referenceCommand(run, "publisherWait.ts", ...waitFor)));
    return {
      perCpuSecond: saturation.answers / saturation.cpuSeconds,
      steadyPerCpuSecond: atSteady.answers / atSteady.cpuSeconds,
      ordersPerBatch: orders / count,
      halfLoadP99Ms: half.p99Ms,
      acceptP99Ms: acceptMs.p99Ms,
      waitP50Ms,
    };
  });
}

async function measureBare(run: BenchRun, mode: "together" | "at-once"): Promise<BareFigures> {
  const server = await startServer(referenceCommand(run, "bareExpress.ts", mode));
  const saturation = await load(run, server, saturated);
  const atSteady = await load(run, server, steady);
  await server.stop();
  return {
    perCpuSecond: saturation.answers / saturation.cpuSeconds,
    steadyPerCpuSecond: atSteady.answers / atSteady.cpuSeconds,
  };
}

function rowsOf(
  api: readonly ApiFigures[],
  together: readonly BareFigures[],
  atOnce: readonly BareFigures[],
): RatioRow[] {
  const rate = (
    what: string,
    of: (figures: BareFigures) => number,
    [name, bare]: readonly [string, readonly BareFigures[]],
    target?: number,
  ): RatioRow => ({
    ...{ what, by: "ratio", better: "more" },
    ...(target === undefined ? {} : { target }),
    measured: { unit: "/CPU-s", values: api.map(of) },
    reference: { what: `bare Express, answers ${name}`, unit: "/CPU-s", values: bare.map(of) },
  });
  const [every2Ms, immediately] = [["every 2 ms", together] as const, ["at once", atOnce] as const];
  const saturation = "POST, saturated";
  const steadily = `POST at ${PER_SECOND.toLocaleString("en")}/s`;
  return [
    rate(saturation, ({ perCpuSecond }) => perCpuSecond, every2Ms, 0.5),
    rate(saturation, ({ perCpuSecond }) => perCpuSecond, immediately),
    rate(steadily, ({ steadyPerCpuSecond }) => steadyPerCpuSecond, every2Ms, 0.5),
    rate(steadily, ({ steadyPerCpuSecond }) => steadyPerCpuSecond, immediately),
    {
      ...{ what: "POST p99 at half of saturation", by: "ratio", better: "less", target: 2.5 },
      measured: { unit: "ms", values: api.map(({ halfLoadP99Ms }) => halfLoadP99Ms) },
      reference: {
        ...{ what: "broker's accept time of one message meanwhile, p99", unit: "ms" },
        values: api.map(({ acceptP99Ms }) => acceptP99Ms),
      },
    },
    {
      ...{ what: "orders in a Service Bus batch, saturated", by: "itself", better: "more", target: 20 },
      measured: { unit: "orders", values: api.map(({ ordersPerBatch }) => ordersPerBatch) },
    },
    {
      ...{
        what: `wait for a batch, p50, publisher alone with ${CONNECTIONS} at once`,
        by: "itself",
        better: "less",
        target: 5,
      },
      measured: { unit: "ms", values: api.map(({ waitP50Ms }) => waitP50Ms) },
    },
  ];
}
