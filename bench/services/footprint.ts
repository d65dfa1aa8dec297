import { stat } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { SERVICES } from "../../scripts/images/bundle.ts";
import { residentBytes } from "../support/emulatorProcess.ts";
import { bundleOf, startProcess, startServer } from "./processes.ts";
import type { RatioRow } from "./ratioRow.ts";
import { serviceCommand, type Question } from "./run.ts";
import { withSurroundings } from "./surroundings.ts";

const MEBIBYTE = 2 ** 20;
const SETTLE_MS = 5_000;

/** How large is a service, as an image and in memory? */
export const footprint: Question = {
  name: "footprint",
  seconds: 50,
  answer: async (run, progress) => {
    const resident = { api: [] as number[], worker: [] as number[], node: [] as number[] };
    for (let repetition = 1; repetition <= run.repetitions; repetition++) {
      progress(repetition);
      await withSurroundings(run.directory, async ({ environment }) => {
        const running = {
          api: await startServer(serviceCommand(run, "api"), environment),
          worker: await startServer(serviceCommand(run, "worker"), environment),
          node: startProcess([...run.pin, process.execPath, "-e", "setInterval(() => {}, 1e9)"]),
        };
        await delay(SETTLE_MS);
        for (const name of ["api", "worker", "node"] as const) {
          resident[name].push(residentBytes(running[name].pid) / MEBIBYTE);
          await running[name].stop();
        }
      });
    }
    const bytes = await Promise.all(SERVICES.map(async (service) => (await stat(bundleOf(service))).size));
    return [
      ...(["api", "worker"] as const).map((service): RatioRow => ({
        ...{ what: `${service}: resident, idle and connected`, by: "difference", better: "less", target: 45 },
        measured: { unit: "MiB", values: resident[service] },
        reference: { what: "node -e 'setInterval(() => {}, 1e9)'", unit: "MiB", values: resident.node },
      })),
      {
        ...{ what: "image above its base, the largest of four", by: "itself", better: "less", target: 8 },
        measured: { unit: "MiB", values: [Math.max(...bytes) / MEBIBYTE] },
      },
    ];
  },
};
