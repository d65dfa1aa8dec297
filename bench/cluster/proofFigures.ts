import type { Report } from "../../loadtest/model/report.ts";
import type { ScenarioReport } from "../../loadtest/model/scenarioReport.ts";
import type { TimingId } from "../../loadtest/model/timing.ts";
import { seededRandom } from "../../loadtest/model/random.ts";
import type { PlannedWorkload } from "../../loadtest/planner/plannedWorkload.ts";
import { type SimulatedRun, simulateWorkload } from "../../loadtest/planner/simulateWorkload.ts";
import { drawn } from "../../loadtest/planner/variation.ts";
import { plannedWorkload } from "../../scripts/planning/build.ts";
import { loadInReport, podsInReport, workloadInReport } from "../../scripts/planning/recorded.ts";
import { median } from "../table.ts";
import type { ProofFigures } from "./results.ts";

const WORKER = "worker";
/** Of dev's workers: WORKER_CONCURRENCY there. */
const CONCURRENCY = 4;
const RUNS = 100;
const SEED = 1;

/**
 * The figures of a proof that passed.
 * @param seconds that the command took.
 * @throws {Error} naming what the report does not have.
 */
export function figuresOf(report: Pick<Report, "scenarios">, seconds: number): ProofFigures {
  const backlog = scenarioNamed(report, "queue-backlog");
  const measured = (id: TimingId): number => timed(backlog, WORKER, id).measuredSeconds;
  const [firstReady, allDesired, allReady, drained] = [
    measured("first-ready"),
    measured("all-desired"),
    measured("all-ready"),
    measured("drained"),
  ];
  const pods = backlog.podSeconds.find(({ workload }) => workload === WORKER);
  if (pods?.clairvoyant == null) throw new Error("queue-backlog has no pod-seconds of a clairvoyant baseline");
  const { measuredSeconds, lowerBoundSeconds } = timed(scenarioNamed(report, "api-cpu"), "api", "scale-decision");
  if (lowerBoundSeconds === null) throw new Error("api-cpu has no lower bound of the API's scale decision");
  const expected = expectedTimes(backlog);
  return {
    firstReady: { measuredSeconds: firstReady, referenceSeconds: expected.firstReady },
    allDesired: { measuredSeconds: allDesired, referenceSeconds: expected.allDesired },
    allReady: { measuredSeconds: allReady, referenceSeconds: expected.allReady },
    drained: { measuredSeconds: drained, referenceSeconds: expected.drained },
    podSeconds: { measured: pods.measured, clairvoyant: pods.clairvoyant, fixed: pods.fixed },
    apiDesired: { measuredSeconds, referenceSeconds: lowerBoundSeconds },
    own: { measuredSeconds: seconds - scalingSeconds(report), referenceSeconds: seconds },
  };
}

function scenarioNamed({ scenarios }: Pick<Report, "scenarios">, name: string): ScenarioReport {
  const found = scenarios.find((one) => one.name === name);
  if (found === undefined) throw new Error(`the report has no scenario ${name}`);
  return found;
}

function timed(
  { name, timings }: ScenarioReport,
  workload: string,
  id: TimingId,
): { measuredSeconds: number; lowerBoundSeconds: number | null } {
  const found = timings.find((one) => one.workload === workload && one.id === id);
  if (found?.measuredSeconds == null) throw new Error(`${name} has not measured ${id} of ${workload}`);
  return { measuredSeconds: found.measuredSeconds, lowerBoundSeconds: found.lowerBoundSeconds };
}

/** Seconds from each load's start until everything was idle again: the load, pods that start, and the windows of the configuration. */
function scalingSeconds({ scenarios }: Pick<Report, "scenarios">): number {
  return scenarios.reduce((sum, { podSeconds }) => sum + Math.max(0, ...podSeconds.map((one) => one.windowSeconds)), 0);
}

/** Medians over simulated runs in which sync and poll fall evenly over their periods, with pod starts and pace as in this run; in seconds. */
function expectedTimes(scenario: ScenarioReport): Record<"firstReady" | "allDesired" | "allReady" | "drained", number> {
  const planned = plannedOf(scenario);
  const random = seededRandom(SEED);
  const forSeconds = Math.ceil((Date.parse(scenario.endedAt) - Date.parse(scenario.loadStartedAt ?? "")) / 1000) * 2;
  const runs = Array.from({ length: RUNS }, () => simulateWorkload(planned, drawn(planned, random), forSeconds));
  const peak = (run: SimulatedRun): number => Math.max(...run.seconds.map(({ desired }) => desired));
  const medianOf = (first: (run: SimulatedRun) => number): number => {
    const seconds = runs.map(first);
    if (seconds.includes(-1))
      throw new Error(`a simulated run of ${scenario.name} does not end within ${forSeconds} s`);
    return median(seconds);
  };
  return {
    firstReady: medianOf(({ seconds }) => seconds.findIndex(({ ready }) => ready > 0)),
    allDesired: medianOf((run) => run.seconds.findIndex(({ desired }) => desired >= peak(run))),
    allReady: medianOf((run) => run.seconds.findIndex(({ ready }) => ready >= peak(run))),
    drained: medianOf(({ seconds }) =>
      seconds.findIndex(({ active }, second) => second >= planned.load.endSeconds && active === 0),
    ),
  };
}

function plannedOf(scenario: ScenarioReport): PlannedWorkload {
  const pods = podsInReport({ scenarios: [scenario] }, WORKER);
  const known = { ...pods, concurrency: CONCURRENCY };
  return plannedWorkload(workloadInReport(scenario, WORKER), [loadInReport(scenario, WORKER)], known).planned;
}
