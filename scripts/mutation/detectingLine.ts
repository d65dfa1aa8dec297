import type { Scenario, ScalingExpectation } from "../../loadtest/model/scenario.ts";
import { drawnOf, simulateSystem, type SimulatedSystem } from "../../loadtest/dryRun/simulateSystem.ts";
import { idleReplicasOf } from "../../loadtest/planner/plannedWorkload.ts";
import { seededRandom } from "../../loadtest/model/random.ts";
import type { StatisticId } from "../../loadtest/model/forecast.ts";
import { statisticsOf } from "../../loadtest/planner/statistics.ts";
import { detects, dryRuns, type Judged, judgedOver, type Judging } from "../planning/judge.ts";
import { underOtherManifests } from "../planning/declaredSystem.ts";
import type { Mutant } from "./mutant.ts";
import { ownScenario } from "./ownScenario.ts";
import type { SimulatedMutant } from "./simulatedMutant.ts";

/** A line for autoscaling.yaml, and where it belongs. */
export interface DetectingLine {
  readonly scenario: string;
  /** As in `scenarios[0].mustScale`. */
  readonly path: string;
  readonly line: string;
}

interface Amendment extends Omit<DetectingLine, "scenario"> {
  readonly scenario: Scenario;
}

/** How long a workload is looked at for a suggestion, beyond its load. */
const LOOK_SECONDS = 900;
/** Room for a slower machine. */
const ROOM = 1.5;

/**
 * A line that the manifests as they are pass in every run, and the mutant in none: both are simulated with it. The workload of the mutant comes first.
 * @returns null where none of those that are tried does.
 */
export function detectingLine(
  { workload: mutated }: Mutant,
  simulated: readonly SimulatedMutant[],
  judging: Judging,
): DetectingLine | null {
  for (const { of, scenario, system } of simulated) {
    const names = Object.keys(of.declared.system.simulated).sort(
      (a, b) => Number(b === mutated) - Number(a === mutated),
    );
    for (const workload of names) {
      const sound = statisticsIn(of.declared.system, workload, judging);
      for (const amendment of amendments(scenario, of.index, workload, sound)) {
        if (tellsApart(amendment.scenario, of.declared.system, system, judging))
          return { scenario: scenario.name, path: amendment.path, line: amendment.line };
      }
    }
  }
  return lineOfAnotherScenario(simulated, judging);
}

/** Whether a scenario holds on the manifests as they are in every run, and fails on a mutant in every run. */
function tellsApart(scenario: Scenario, sound: SimulatedSystem, mutant: SimulatedSystem, judging: Judging): boolean {
  const all = (one: SimulatedSystem): Judged[] => judgedOver(dryRuns(scenario, one, judging));
  return all(sound).every(({ holds, of }) => holds === of) && all(mutant).some(detects);
}

/** A scenario for a workload that the file's loads do not scale. */
function lineOfAnotherScenario(simulated: readonly SimulatedMutant[], judging: Judging): DetectingLine | null {
  const [first] = simulated;
  if (first === undefined) return null;
  const underTest = simulated.flatMap(({ scenario }) => scenario.mustScale.map(({ workload }) => workload));
  const names = first.of.declared.workloads.map(({ name }) => name);
  for (const workload of names.filter((name) => !underTest.includes(name))) {
    const own = ownScenario(first.of, workload);
    if (own === null) continue;
    const mutant = underOtherManifests(own.declared, first.scaled);
    const sound = statisticsIn(own.declared.system, workload, judging);
    const { scenario } = own;
    const candidates: Amendment[] = [
      { scenario, path: "", line: `atLeast: ${own.replicas}` },
      ...amendments(scenario, 0, workload, sound).map((one) => ({
        ...one,
        line: `atLeast: ${own.replicas}, ${one.line}`,
      })),
    ];
    for (const { scenario: amended, line } of candidates) {
      if (!tellsApart(amended, own.declared.system, mutant, judging)) continue;
      const others = scenario.mustNotScale.length === 0 ? "" : `, mustNotScale: [${scenario.mustNotScale.join(", ")}]`;
      const mustScale = `mustScale: [{ workload: ${workload}, ${line} }]`;
      return {
        scenario: workload,
        path: "scenarios",
        line: `- { name: ${workload}, load: LOAD, ${mustScale}${others} }`,
      };
    }
  }
  return null;
}

/** The most and the least of each statistic over the runs; null where it did not happen in one. */
interface Sound {
  readonly idle: number;
  readonly most: (id: StatisticId) => number | null;
  readonly leastPeak: number;
}

function statisticsIn(system: SimulatedSystem, workload: string, { runs, seed }: Judging): Sound {
  const planned = system.simulated[workload]?.planned;
  if (planned === undefined) return { idle: 0, most: () => null, leastPeak: 0 };
  const random = seededRandom(seed);
  const all = Array.from({ length: runs }, () => {
    const simulated = simulateSystem(system, drawnOf(system, random), Math.ceil(system.loadSeconds) + LOOK_SECONDS);
    const run = simulated[workload];
    if (run === undefined) throw new Error(`${workload} was not simulated`);
    return { statistics: statisticsOf(planned, run), ready: Math.max(...run.seconds.map(({ ready }) => ready)) };
  });
  return {
    idle: idleReplicasOf(planned),
    most: (id) => {
      const values = all.map(({ statistics }) => statistics[id]);
      return values.includes(null) ? null : Math.max(...values.map(Number));
    },
    leastPeak: Math.min(...all.map(({ ready }) => ready)),
  };
}

/** A time that leaves room, in steps of 5 s. */
const withRoom = (seconds: number): number => Math.max(5, Math.ceil((seconds * ROOM) / 5) * 5);

function amendments(
  scenario: Scenario,
  index: number,
  workload: string,
  { idle, most, leastPeak }: Sound,
): Amendment[] {
  const path = `scenarios[${index}].`;
  const position = scenario.mustScale.findIndex((one) => one.workload === workload);
  const expected = scenario.mustScale[position];
  if (expected === undefined) {
    if (scenario.mustNotScale.includes(workload)) return [];
    if (leastPeak <= idle) {
      const mustNotScale = [...scenario.mustNotScale, workload];
      return [{ scenario: { ...scenario, mustNotScale }, path: `${path}mustNotScale`, line: `- ${workload}` }];
    }
    const all = most("allReadySeconds");
    if (all === null) return [];
    const within = withRoom(all);
    const added: ScalingExpectation = {
      ...{
        workload,
        metric: { kind: "any", name: null },
        atLeast: leastPeak,
        within: { seconds: within, after: "load-start" },
      },
      scaleIn: { asserted: false, watchSeconds: 0 },
    };
    return [
      {
        scenario: { ...scenario, mustScale: [...scenario.mustScale, added] },
        ...{
          path: `${path}mustScale`,
          line: `- { workload: ${workload}, atLeast: ${leastPeak}, within: ${within}s, backToIdle: false }`,
        },
      },
    ];
  }
  const here = `${path}mustScale[${position}]`;
  const amended = (line: string, of: Partial<ScalingExpectation>): Amendment => ({
    scenario: {
      ...scenario,
      mustScale: scenario.mustScale.map((one, at) => (at === position ? { ...one, ...of } : one)),
    },
    ...{ path: here, line },
  });
  const [first, all, back] = [most("firstReadySeconds"), most("allReadySeconds"), most("idleSeconds")];
  const within = all === null ? expected.within.seconds : Math.max(expected.within.seconds, withRoom(all));
  return [
    ...(leastPeak > expected.atLeast
      ? [amended(`atLeast: ${leastPeak}`, { atLeast: leastPeak, within: { ...expected.within, seconds: within } })]
      : []),
    ...(first === null ? [] : [amended(`firstWithin: ${withRoom(first)}s`, { firstWithinSeconds: withRoom(first) })]),
    ...(all === null
      ? []
      : [amended(`within: ${withRoom(all)}s`, { within: { seconds: withRoom(all), after: "load-start" } })]),
    ...(back === null
      ? []
      : [amended(`backToIdle: ${withRoom(back)}s`, { scaleIn: { asserted: true, objectiveSeconds: withRoom(back) } })]),
  ];
}
