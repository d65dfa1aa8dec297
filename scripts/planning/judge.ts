import type { Declaration, DeclaredScenario } from "../../loadtest/declaration/declaration.ts";
import { configOf, dryRun } from "../../loadtest/dryRun/dryRun.ts";
import { drawnOf, type SimulatedSystem } from "../../loadtest/dryRun/simulateSystem.ts";
import type { Assertion, AssertionId } from "../../loadtest/model/assertion.ts";
import type { Scenario } from "../../loadtest/model/scenario.ts";
import type { Interval } from "../../loadtest/model/forecast.ts";
import { intervalOf } from "../../loadtest/planner/interval.ts";
import { seededRandom } from "../../loadtest/model/random.ts";
import { declaredScenarios } from "../../loadtest/targets/declared/scenarios.ts";

/** One assertion over many simulated runs. */
export interface Judged {
  readonly id: AssertionId;
  readonly subject: string;
  readonly holds: number;
  readonly of: number;
  /** What it measured, where that is one number; null where it is none. */
  readonly measured: Interval | null;
  /** The first that did not hold, else the first. */
  readonly example: Assertion;
}

export interface Judging {
  readonly runs: number;
  readonly seed: number;
}

/** A scenario of a file with its numbers, those that the manifests give filled in as from live objects. */
export function scenarioFor(
  declaration: Declaration,
  declared: DeclaredScenario,
  namespace: string,
  system: SimulatedSystem,
): Scenario {
  const live = configOf(system, drawnOf(system, seededRandom(0))) ?? null;
  const [first] = declaredScenarios({ ...declaration, scenarios: [declared] }, { namespace, live }).scenarios;
  if (first === undefined) throw new Error(`scenario ${declared.name} was not made`);
  return first.scenario;
}

/** What the assertions of a scenario say, run by run. The same inputs and seed give the same. */
export function dryRuns(scenario: Scenario, system: SimulatedSystem, { runs, seed }: Judging): Assertion[][] {
  const random = seededRandom(seed);
  return Array.from({ length: runs }, () => dryRun(scenario, system, drawnOf(system, random)));
}

/** Each assertion of any run; one that is missing in a run did not hold in it. */
export function judgedOver(all: readonly (readonly Assertion[])[]): Judged[] {
  const byKey = new Map<string, Assertion[]>();
  for (const assertion of all.flat()) {
    const key = `${assertion.id} ${assertion.subject}`;
    byKey.set(key, [...(byKey.get(key) ?? []), assertion]);
  }
  return [...byKey.values()].flatMap((same): Judged[] => {
    const example = same.find(({ status }) => status !== "pass") ?? same[0];
    if (example === undefined) return [];
    const { id, subject } = example;
    const numbers = same.map(measuredNumber);
    return [
      {
        ...{ id, subject, example, of: all.length },
        holds: same.filter(({ status }) => status === "pass").length,
        measured: numbers.every((one) => one == null) ? null : intervalOf(numbers.map((one) => one ?? null)),
      },
    ];
  });
}

/** Seconds, replicas or a share; null where it did not happen, undefined where the assertion measures no one number. */
function measuredNumber({ measured }: Assertion): number | null | undefined {
  if (measured === null) return null;
  if ("reachedAfterSeconds" in measured) return measured.reachedAfterSeconds;
  if ("afterSeconds" in measured) return measured.afterSeconds;
  if ("directionChanges" in measured) return measured.directionChanges;
  return "value" in measured ? measured.value : undefined;
}

/** An assertion detects what it fails for in every run; the proof also reports what keeps it from its load. */
export function detects({ holds, of, example }: Judged): boolean {
  return holds === 0 && of > 0 && (example.status === "fail" || example.id === "preconditions-met");
}
