import { text } from "node:stream/consumers";
import { setTimeout as delay } from "node:timers/promises";
import * as z from "zod";
import { say } from "../../scripts/process/progress.ts";
import { createCpuQuota } from "./cpuQuota.ts";
import { cpuSeconds } from "./cpuTime.ts";
import { startProcess } from "./processes.ts";
import { serviceCommand, type Question } from "./run.ts";
import type { RatioRow } from "./ratioRow.ts";
import { withSurroundings } from "./surroundings.ts";
import { freePort } from "../../scripts/process/freePort.ts";

const POLL_MS = 3;
const READY_LIMIT_MS = 60_000;
const QUOTA_MILLICORES = 250;
/** The quota's time is given out by periods of 100 ms: what another start has used up must not be missing here. */
const QUOTA_REST_MS = 300;

/** What Node says of itself, in microseconds. */
const cpuUsage = z.object({ user: z.number(), system: z.number() });

/** How long does it take from the start of a process until it is ready, with a core to itself and with a quarter of one? */
export const start: Question = {
  name: "start",
  seconds: 60,
  answer: async (run, progress) => {
    const quota = createCpuQuota(QUOTA_MILLICORES);
    if (quota === undefined)
      say("    no CPU quota here (it takes root and the cpu controller of cgroups): its rows are left out");
    const free = { api: [] as Started[], worker: [] as Started[], node: [] as Started[] };
    const limited = { api: [] as Started[], worker: [] as Started[], node: [] as Started[] };
    try {
      await withSurroundings(run.directory, async ({ environment }) => {
        for (let repetition = 1; repetition <= run.repetitions; repetition++) {
          progress(repetition);
          for (const [times, wrapper] of [[free, []] as const, ...(quota ? [[limited, quota.wrapper] as const] : [])]) {
            for (const service of ["api", "worker"] as const) {
              times[service].push(await startService([...wrapper, ...serviceCommand(run, service)], environment));
              await delay(QUOTA_REST_MS);
            }
            times.node.push(await startNode([...wrapper, ...run.pin]));
            await delay(QUOTA_REST_MS);
          }
        }
      });
    } finally {
      quota?.remove();
    }
    const row = (service: "api" | "worker", times: typeof free, what: string, target: number): RatioRow => ({
      ...{ what: `${service}: start to ready, ${what}`, better: "less", target },
      by: times === free ? "difference" : "itself",
      measured: { unit: "ms", values: times[service].map(({ tookMs }) => tookMs) },
      reference: { what: "node -e 0, start to end", unit: "ms", values: times.node.map(({ tookMs }) => tookMs) },
    });
    return (["api", "worker"] as const).flatMap((service) => [
      row(service, free, "one core", 200),
      ...(limited.node.length === 0 ? [] : [row(service, limited, `CPU quota ${QUOTA_MILLICORES}m`, 700)]),
      {
        ...{ what: `${service}: CPU time until ready`, by: "difference", better: "less" },
        measured: { unit: "ms", values: free[service].map(({ cpuMs }) => cpuMs) },
        reference: { what: "node -e 0", unit: "ms", values: free.node.map(({ cpuMs }) => cpuMs) },
      },
    ]);
  },
};

/** Time that passed, and CPU time that was used meanwhile, which other work on the machine shows little in. */
interface Started {
  readonly tookMs: number;
  readonly cpuMs: number;
}

async function startService(
  command: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<Started> {
  const port = await freePort();
  const beginMs = performance.now();
  const service = startProcess(command, { PORT: "0", DRAIN_DELAY_MS: "0", ...environment, METRICS_PORT: String(port) });
  while (!(await isReady(port))) {
    if (performance.now() - beginMs > READY_LIMIT_MS) throw new Error(`not ready:\n${service.output()}`);
    await delay(POLL_MS);
  }
  const started = { tookMs: performance.now() - beginMs, cpuMs: cpuSeconds(service.pid) * 1_000 };
  await service.stop();
  return started;
}

async function isReady(port: number): Promise<boolean> {
  try {
    return (await fetch(`http://127.0.0.1:${port}/readyz`)).status === 200;
  } catch {
    // Nobody listens yet.
    return false;
  }
}

async function startNode(wrapper: readonly string[]): Promise<Started> {
  const beginMs = performance.now();
  const script = "process.stdout.write(JSON.stringify(process.cpuUsage()))";
  const { child } = startProcess([...wrapper, process.execPath, "-e", script]);
  if (child.stdout === null) throw new Error("the process has no standard output");
  const used = cpuUsage.parse(JSON.parse(await text(child.stdout)));
  return { tookMs: performance.now() - beginMs, cpuMs: (used.user + used.system) / 1_000 };
}
