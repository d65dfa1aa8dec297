import { once } from "node:events";
import type { Deadlines } from "../assertions/progress.ts";
import { configurationFailures } from "../assertions/configuration.ts";
import { idleBlockers, idleSinceMs } from "../assertions/quiescence.ts";
import { abortReason } from "../model/abortReason.ts";
import { type Cause, causeOf } from "../model/cause.ts";
import type { Sample } from "../model/observed.ts";
import type { Scenario } from "../model/scenario.ts";
import type { ScenarioReport } from "../model/scenarioReport.ts";
import { autoscalingConfigOf } from "../observe/autoscalingConfig.ts";
import { assertionText } from "../report/texts/assertionTexts.ts";
import { causesText } from "../report/texts/causeTexts.ts";
import { neverStarted } from "./neverStarted.ts";
import type { ScenarioEnvironment } from "./scenarioEnvironment.ts";

export const PROGRESS_EVERY_MS = 5000;
/** How often something can be read before the live configuration has to be known. */
const FIRST_READS = 5;

/** A report where the live configuration alone fails the scenario; undefined where it is worth running, or could not be read. */
export async function ruledOutByConfiguration(
  scenario: Scenario,
  repeat: number | null,
  environment: ScenarioEnvironment,
): Promise<ScenarioReport | undefined> {
  const { target, sampler } = environment;
  for (let read = 0; read < FIRST_READS; read++) {
    if ((await nextSample(environment)) === undefined) return undefined;
    const live = autoscalingConfigOf(sampler.samples, target.workloads, environment.metricsResolutionSeconds);
    if (live === undefined) continue;
    const failures = [
      ...configurationFailures(scenario, { live, samples: sampler.samples }),
      ...target.ruledOut(scenario, live),
    ];
    if (failures.length === 0) return undefined;
    for (const failure of failures) {
      const { name, reason } = assertionText(failure);
      environment.log(`${scenario.name}: FAIL, ${name}: ${reason ?? ""}`);
    }
    return {
      ...neverStarted(scenario, repeat, sampler.samples),
      verdict: "fail",
      assertions: failures,
      autoscalingConfig: live,
    };
  }
  return undefined;
}

/** Waits until everything is idle. @returns why it never was; empty when it is. */
export async function awaitIdle(
  environment: ScenarioEnvironment,
  { quiescenceSeconds, quiescenceTimeoutSeconds }: Deadlines,
): Promise<Cause[]> {
  const { target, sampler } = environment;
  const { workloads, queues } = target;
  const system = { workloads, queues: Object.keys(queues) };
  const startMs = environment.nowMs();
  let saidMs = startMs;
  for (;;) {
    const sample = await nextSample(environment);
    if (sample === undefined) {
      const last = sampler.samples.at(-1);
      const known = last === undefined ? [] : idleBlockers(last, system);
      return [causeOf("run-interrupted", "proof", { reason: abortReason(environment.signal) }), ...known];
    }
    const since = idleSinceMs(sampler.samples, system);
    if (since !== undefined && sample.atMs - since >= quiescenceSeconds * 1000) return [];
    const blockers = idleBlockers(sample, system);
    if (sample.atMs - startMs > quiescenceTimeoutSeconds * 1000) {
      const timeout = causeOf("idle-timeout", "scenario", { seconds: quiescenceTimeoutSeconds });
      const brief = causeOf("not-idle-long-enough", "scenario", { seconds: quiescenceSeconds });
      return [timeout, ...(blockers.length === 0 ? [brief] : blockers)];
    }
    if (blockers.length > 0 && environment.nowMs() - saidMs >= PROGRESS_EVERY_MS) {
      saidMs = environment.nowMs();
      const seconds = Math.round((saidMs - startMs) / 1000);
      environment.log(`  ${seconds} s, at most ${quiescenceTimeoutSeconds} s: ${causesText(blockers)}`);
    }
  }
}

/** The sampler's next; undefined once the run is interrupted. */
export async function nextSample({
  sampler,
  signal,
}: Pick<ScenarioEnvironment, "sampler" | "signal">): Promise<Sample | undefined> {
  if (signal.aborted) return undefined;
  const sampled = new AbortController();
  const aborted = once(signal, "abort", { signal: sampled.signal }).then(
    () => undefined,
    () => undefined,
  );
  try {
    return await Promise.race([sampler.next(), aborted]);
  } finally {
    sampled.abort();
  }
}
