import { messageOf } from "../../src/shared/messageOf.ts";
import { DEADLINES } from "../assertions/progress.ts";
import { causeOf } from "../model/cause.ts";
import { seededRandom } from "../model/random.ts";
import type { ScenarioReport } from "../model/scenarioReport.ts";
import type { Workload, WorkloadDeclaration } from "../model/workload.ts";
import { ownCpuTime } from "../observe/cpuTime.ts";
import { readMetricsResolutionSeconds } from "../observe/metricsResolution.ts";
import { podSources, podsSeen, readPodOwners, watchPodEnds } from "../observe/pods.ts";
import { startSampler } from "../observe/sampler.ts";
import { workloadSampling } from "../observe/workloads.ts";
import { changeLive, restartWorkload } from "./liveField.ts";
import { startLoad } from "./loads/startLoad.ts";
import { neverStarted } from "./neverStarted.ts";
import { injectOnNode } from "./nodeFault.ts";
import { podActions } from "./podActions.ts";
import type { ProofOptions, ScenarioRun } from "./proofOptions.ts";
import { runScenario } from "./runScenario.ts";
import type { ScenarioEnvironment } from "./scenarioEnvironment.ts";
import { injectOnTarget } from "./targetFault.ts";

const SAMPLING_INTERVAL_MS = 1000;
const READ_TIMEOUT_MS = 10_000;

/** A proof that has reached all that it needs. */
export interface PreparedProof {
  signal: AbortSignal;
  run(run: ScenarioRun): Promise<ScenarioReport>;
}

/** Reaches all that a proof needs. @param closers gets what has to be closed at the end. @throws where something cannot be reached. */
export async function prepareProof(options: ProofOptions, closers: (() => unknown)[]): Promise<PreparedProof> {
  const { kubeConfig, k6Path, outDir, journal } = options;
  const deadlines = { ...DEADLINES, ...options.deadlines };
  const log = options.log ?? (() => undefined);
  const signal = options.signal ?? new AbortController().signal;
  const target = await options.openTarget({ outDir, signal, log });
  closers.push(() => target.close());
  const { workloads } = target;
  const metricsResolutionSeconds = await readMetricsResolutionSeconds(kubeConfig, (error, otherwiseSeconds) => {
    log(`metrics-server's resolution is taken to be ${otherwiseSeconds} s: ${messageOf(error)}`);
  });
  const owners = await readPodOwners(kubeConfig, workloads, AbortSignal.timeout(READ_TIMEOUT_MS));
  const { sources, sampleOf } = workloadSampling(kubeConfig, target, target);
  const sampler = startSampler(sources, sampleOf, { intervalMs: SAMPLING_INTERVAL_MS });
  const pods = startSampler(
    podSources(kubeConfig, owners),
    ({ atMs, readings }) => ({ atMs, reading: podsSeen(readings) }),
    { intervalMs: SAMPLING_INTERVAL_MS },
  );
  const podEnds = watchPodEnds(kubeConfig, owners);
  closers.push(async () => {
    podEnds.stop();
    await Promise.all([sampler.stop(), pods.stop()]);
  });
  const named = (workload: Workload): WorkloadDeclaration => {
    const found = workloads.find(({ name }) => name === workload);
    if (found === undefined) throw new Error(`there is no workload ${workload}`);
    return found;
  };

  const change: ScenarioEnvironment["change"] = (field, to) => changeLive(kubeConfig, field, to, journal);
  const { killContainer } = target;
  const environment: ScenarioEnvironment = {
    target,
    sampler,
    pods,
    podEnds,
    metricsResolutionSeconds,
    nowMs: Date.now,
    cpuTime: ownCpuTime,
    startLoad: (load, name) => startLoad(load, { kubeConfig, k6Path, name, outDir }),
    change,
    restart: (workload) => restartWorkload(kubeConfig, named(workload)),
    ...podActions({ kubeConfig, owners, killContainer, random: seededRandom(options.seed), change }),
    injectOnNode: (fault) => injectOnNode(target.node, fault, journal),
    injectOnTarget: (fault) => injectOnTarget(target.faults, fault, journal),
    log,
    signal,
  };

  return {
    signal,
    run: async (scenarioRun) => {
      const { scenario, repeat } = scenarioRun;
      try {
        const told = await target.environmentOf(scenario);
        const load = { ...scenario.load, environment: { ...told, ...scenario.load.environment } };
        return await runScenario(scenarioRun, load, environment, deadlines);
      } catch (error) {
        return neverStarted(scenario, repeat, [], causeOf("proof-error", "scenario", { message: messageOf(error) }));
      }
    },
  };
}
