import { load, referenceCommand, serviceCommand, type BenchRun, type Question } from "./run.ts";
import { orderOf, STORED_ORDERS, storedOrderId } from "./loadJob.ts";
import { startServer } from "./processes.ts";
import { withSurroundings } from "./surroundings.ts";

const saturated = { kind: "readOrders", connections: 64, warmUpMs: 3_000, measureMs: 4_000 } as const;

/** What does `GET /api/v1/orders/{confirmationId}` cost, with Redis real? */
export const readOrders: Question = {
  name: "readOrders",
  seconds: 85,
  answer: async (run, progress) => {
    const api: number[] = [];
    const bare: number[] = [];
    for (let repetition = 1; repetition <= run.repetitions; repetition++) {
      progress(repetition);
      api.push(await measureApi(run));
      const server = await startServer(referenceCommand(run, "bareExpress.ts", "at-once"));
      const { answers, cpuSeconds } = await load(run, server, saturated);
      await server.stop();
      bare.push(answers / cpuSeconds);
    }
    return [
      {
        ...{ what: "GET, saturated", by: "ratio", better: "more", target: 0.8 },
        measured: { unit: "/CPU-s", values: api },
        reference: { what: "bare Express, answers in the next turn", unit: "/CPU-s", values: bare },
      },
    ];
  },
};

async function measureApi(run: BenchRun): Promise<number> {
  return withSurroundings(run.directory, async ({ environment, redis }) => {
    for (let index = 0; index < STORED_ORDERS; index++) {
      const stored = { ...orderOf(index), status: "accepted", acceptedAt: new Date().toISOString() };
      await redis.hset(`order:${storedOrderId(index)}`, stored);
    }
    const api = await startServer(serviceCommand(run, "api"), environment);
    const { answers, cpuSeconds } = await load(run, api, saturated);
    await api.stop();
    return answers / cpuSeconds;
  });
}
