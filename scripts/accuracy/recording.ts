import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import * as z from "zod";
import { type ScenarioReport, scenarioReport } from "../../loadtest/model/scenarioReport.ts";
import { ACCURACY } from "./configurations.ts";

export const WORKLOAD = "worker";

const reducedScenario = scenarioReport.pick({
  name: true,
  verdict: true,
  mustScale: true,
  queue: true,
  autoscalingConfig: true,
  loadStartedAt: true,
  loadEndedAt: true,
  endedAt: true,
  ledger: true,
  pods: true,
  samples: true,
});

/** The spec of the ScaledObject that was deployed: a report does not tell all of it. */
const recording = reducedScenario.extend({ scaledObject: z.record(z.string(), z.unknown()) });

/** The parts of a scenario's report that a forecast is held against, of the worker alone. */
export type ReducedScenario = Pick<ScenarioReport, keyof z.infer<typeof reducedScenario>>;
export type RecordedScenario = ReducedScenario & Pick<z.infer<typeof recording>, "scaledObject">;

export function reduced(scenario: ScenarioReport): ReducedScenario {
  return {
    name: scenario.name,
    verdict: scenario.verdict,
    mustScale: scenario.mustScale,
    queue: scenario.queue,
    autoscalingConfig: scenario.autoscalingConfig,
    loadStartedAt: scenario.loadStartedAt,
    loadEndedAt: scenario.loadEndedAt,
    endedAt: scenario.endedAt,
    ledger: scenario.ledger,
    pods: scenario.pods.filter(({ workload }) => workload === WORKLOAD),
    samples: scenario.samples.map((sample) => ({
      ...sample,
      workloads: Object.fromEntries(Object.entries(sample.workloads).filter(([name]) => name === WORKLOAD)),
    })),
  };
}

export const RECORDINGS = join(ACCURACY, "recordings");

export async function writeRecording(run: string, scenario: RecordedScenario, folder = RECORDINGS): Promise<void> {
  const path = join(folder, `${run}.json.gz`);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, gzipSync(JSON.stringify(scenario), { level: 9 }));
}

/** @throws {Error} for what is no recording of this version. */
export async function readRecording(run: string, folder = RECORDINGS): Promise<RecordedScenario> {
  const text = gunzipSync(await readFile(join(folder, `${run}.json.gz`))).toString("utf8");
  return recording.parse(JSON.parse(text));
}
