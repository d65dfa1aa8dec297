import { type Deadlines, pendingCondition, type Progress } from "../assertions/progress.ts";
import type { Run } from "../assertions/run.ts";
import { abortReason } from "../model/abortReason.ts";
import type { AutoscalingConfig } from "../model/autoscaling.ts";
import type { Sample } from "../model/observed.ts";
import type { Load, Scenario } from "../model/scenario.ts";
import { waitedShare } from "../observe/cpuTime.ts";
import { pendingText } from "../report/texts/pendingText.ts";
import { nextSample, PROGRESS_EVERY_MS } from "./beforeLoad.ts";
import type { FaultInjector } from "./faultInjection.ts";
import { expectationLine, sampleLine } from "./progressLines.ts";
import type { ScenarioEnvironment } from "./scenarioEnvironment.ts";

/** What it takes to run a load and observe it. */
export interface LoadRun {
  scenario: Scenario;
  /** The scenario's load with all that it is told. */
  load: Load;
  /** Names the load's files. */
  name: string;
  faults: FaultInjector;
  live: AutoscalingConfig;
  /** Since when everything is idle: what is measured begins here. */
  idleSinceMs: number;
  environment: ScenarioEnvironment;
  deadlines: Deadlines;
}

/** A run, with what only the report needs. */
export interface ObservedRun {
  run: Run;
  /** When the load ended, however it ended. */
  loadEndedMs: number | null;
  /** The files with what the load put out, and its counts. */
  outputFile: string;
  summaryFile: string;
}

/** Runs the load and injects the faults until the outcome is decided; ends the load whatever happens. */
export async function observeLoad(loadRun: LoadRun): Promise<ObservedRun> {
  const { scenario, load, name, faults, live, idleSinceMs, environment, deadlines } = loadRun;
  const { sampler } = environment;
  environment.log([`${scenario.name}: the load starts`, expectationLine(scenario)].filter(Boolean).join("; "));
  const loadStartMs = environment.nowMs();
  const cpuBefore = await environment.cpuTime();
  const started = await environment.startLoad(load, name);
  const end: { atMs: number | null; broke: boolean; waitedShare: number | null } = {
    atMs: null,
    broke: false,
    waitedShare: null,
  };
  // The load is the first thing that stops when the proof does, before anything is reverted.
  const onAbort = (): void => {
    started.stop("the proof was interrupted");
  };
  environment.signal.addEventListener("abort", onAbort, { once: true });
  if (environment.signal.aborted) onAbort();
  const ended = started.result.then(async (result) => {
    end.atMs = environment.nowMs();
    end.broke = result.kind === "broke";
    if (result.kind === "broke") environment.log(`  ${result.reason}`);
    end.waitedShare = waitedShare(cpuBefore, await environment.cpuTime());
  });

  const measured = (): Sample[] => sampler.samples.filter(({ atMs }) => atMs >= idleSinceMs);
  const seen = (): Omit<Progress, "pending" | "lastInjectionMs" | "restoredMs"> => ({
    samples: measured(),
    loadStartMs,
    loadEndMs: end.atMs,
    loadBroke: end.broke,
  });
  let saidMs = loadStartMs;
  for (;;) {
    const sample = await nextSample(environment);
    if (sample === undefined) break;
    if (!end.broke) await faults.look(seen(), live);
    const { lastInjectionMs, restoredMs } = faults.done;
    const progress = { ...seen(), pending: faults.pending, lastInjectionMs, restoredMs };
    const pending = pendingCondition(scenario, progress, live, deadlines);
    if (pending === undefined) break;
    if (environment.nowMs() - saidMs >= PROGRESS_EVERY_MS) {
      saidMs = environment.nowMs();
      const seconds = Math.round((saidMs - loadStartMs) / 1000);
      environment.log(`  ${seconds} s: ${sampleLine(sample)}; waiting for ${pendingText(pending)}`);
    }
  }
  // Not only where the wait was interrupted: the load may have noticed first, and its end have ended the wait.
  const cutShort = environment.signal.aborted ? abortReason(environment.signal) : null;
  const endMs = environment.nowMs();
  started.stop("nothing was left to wait for");
  await ended;
  const result = await started.result;
  environment.signal.removeEventListener("abort", onAbort);
  const samples = measured().filter(({ atMs }) => atMs <= endMs);
  const loadEndMs = result.kind === "ran" ? end.atMs : null;
  return {
    run: { samples, loadStartMs, loadEndMs, endMs, load: result, cutShort, waitedShare: end.waitedShare },
    loadEndedMs: end.atMs,
    outputFile: started.outputFile,
    summaryFile: started.summaryFile,
  };
}
