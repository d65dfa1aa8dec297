import { type Assertion, inconclusive, passed } from "../model/assertion.ts";
import { causeOf } from "../model/cause.ts";
import type { Fault } from "../model/fault.ts";
import { faultOf, type Scenario } from "../model/scenario.ts";
import { interruption, type Run } from "./run.ts";

/** What became of a scenario's fault injections. */
export interface InjectedFaults {
  /** What was due and was not injected, with why. */
  skipped: { fault: Fault; why: string }[];
  lastInjectionMs: number | null;
  restoredMs: number | null;
  /** What is still changed: what reverts it by hand, and why it could not be reverted. */
  unrevertedChanges: { revertCommand: string; why: string }[];
  killed: { pod: string; atMs: number }[];
  /** Evictions that were asked for, each with why it was refused where it was. */
  evictions: { pod: string; refusedBecause: string | null; atMs: number }[];
  /** Every fault, when it was injected. */
  injected: { fault: Fault; atMs: number }[];
}

/** Of a run in which no fault has been injected yet; a new one each time, since the injector adds to it. */
export function nothingInjected(): InjectedFaults {
  return {
    skipped: [],
    lastInjectionMs: null,
    restoredMs: null,
    unrevertedChanges: [],
    killed: [],
    evictions: [],
    injected: [],
  };
}

/** Every declared fault was injected and reverted; else the load was another one. Nothing is claimed of a scenario that has none. */
export function faultsInjected(scenario: Scenario, done: InjectedFaults, run: Run): Assertion[] {
  if (scenario.faultInjections.length === 0) return [];
  const expected = { faults: scenario.faultInjections.map(faultOf) };
  const claim = { id: "faults-injected-and-reverted", subject: "scenario", expected } as const;
  const measured = {
    notInjected: done.skipped.map(({ fault }) => fault),
    notReverted: done.unrevertedChanges.length,
    killedPods: done.killed.map(({ pod }) => pod),
  };
  if (done.unrevertedChanges.length > 0) {
    const causes = done.unrevertedChanges.map(({ revertCommand, why }) =>
      causeOf("change-not-reverted", "scenario", { revertCommand, error: why }),
    );
    return [inconclusive(claim, measured, ...causes)];
  }
  const [first] = done.skipped;
  if (first === undefined) return [passed(claim, measured)];
  return [inconclusive(claim, measured, interruption(run) ?? causeOf("fault-not-injected", "scenario", first))];
}
