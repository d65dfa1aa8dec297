import { join } from "node:path";
import { messageOf } from "../../src/shared/messageOf.ts";
import type { Cluster } from "../cluster/provider.ts";
import { rendered, withLiveImages } from "../mutants/variant.ts";
import { scalerOf } from "../planning/autoscaler.ts";
import { podsInReport } from "../planning/recorded.ts";
import { DEV_NAMESPACE } from "../process/paths.ts";
import { say, step } from "../process/progress.ts";
import { ACCURACY, overlayOf } from "./configurations.ts";
import { appendEvent, calibrationOf, readEvents } from "./events.ts";
import { forecastRun, modelDigest, plannedRun, withScaledObjectOf, workerIn } from "./forecast.ts";
import { deployObjects, proveRun, waitByChance, whyVoid } from "./measure.ts";
import { reduced, WORKLOAD, writeRecording } from "./recording.ts";
import type { Run } from "./runs.ts";

export const EVENTS = join(ACCURACY, "events.jsonl");

/**
 * Deploys a configuration, writes down its forecast, sends the load and records what comes of it.
 * @returns whether it was recorded; what was not is tried again by the next call.
 */
export async function measureOne(run: Run, cluster: Cluster): Promise<boolean> {
  try {
    const objects = await rendered(overlayOf(run.configuration));
    const worker = workerIn(objects, run.settings);
    const deployed = withScaledObjectOf(worker, objects);
    await step("deploying it", async () =>
      deployObjects(cluster, await withLiveImages(cluster, deployed, DEV_NAMESPACE)),
    );
    const calibration = calibrationOf(await readEvents(EVENTS));
    if (run.series === "forecast") {
      if (calibration === null) return await voided(run, "nothing was measured yet that it could be calibrated by");
      await appendEvent(EVENTS, {
        ...{ kind: "forecast", run: run.name, madeAt: new Date().toISOString(), model: await modelDigest() },
        ...{ calibration, ...forecastRun(plannedRun(worker, calibration)) },
      });
    }
    const scaler = scalerOf(worker.autoscaler, worker.name);
    const waitedSeconds = await waitByChance(scaler);
    const report = await step("proving it", () => proveRun(cluster, run.name));
    const [scenario] = report.scenarios;
    const why = whyVoid(scenario, scaler);
    if (scenario?.loadStartedAt == null || why !== undefined) return await voided(run, why ?? "it has no scenario");
    await writeRecording(run.name, { ...reduced(scenario), scaledObject: worker.autoscaler.spec });
    const { messagesPerSecond, startSeconds, aloneStartSeconds } = podsInReport(report, WORKLOAD);
    await appendEvent(EVENTS, {
      ...{ kind: "recorded", run: run.name, loadStartedAt: scenario.loadStartedAt, waitedSeconds },
      ...{ messagesPerSecond, startSeconds: [...(startSeconds ?? [])], aloneStartSeconds: [...aloneStartSeconds] },
    });
    return true;
  } catch (error) {
    return voided(run, messageOf(error));
  }
}

async function voided({ name }: Run, why: string): Promise<false> {
  say(`    ${name} shows nothing: ${why}`);
  await appendEvent(EVENTS, { kind: "void", run: name, at: new Date().toISOString(), why });
  return false;
}
