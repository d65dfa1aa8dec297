import type { AutoscalingConfig } from "../model/autoscaling.ts";
import { deploymentOf } from "../model/observed.ts";
import { valueOf } from "../model/reading.ts";
import type { Workload } from "../model/workload.ts";
import type { FaultInjection, LiveField, Scenario, Trigger } from "../model/scenario.ts";
import type { LiveChange } from "./patchField.ts";
import type { Progress } from "../assertions/progress.ts";
import type { InjectedFaults } from "../assertions/evaluateScenario.ts";
import { messageOf } from "../../src/shared/messageOf.ts";

/** What can be done to the running system. */
export interface ClusterActions {
  change(field: LiveField, to: number): Promise<LiveChange>;
  /** Kills a container of a ready pod of the workload by SIGKILL. @returns the pod's name. @throws when it cannot be done here. */
  kill(workload: Workload): Promise<string>;
  /** Replaces the pods of a workload one after the other, as `kubectl rollout restart` does. */
  restart(workload: Workload): Promise<void>;
  nowMs(): number;
  log(line: string): void;
}

/** Does what a scenario declares to be done on purpose, in order, each when its trigger is seen. */
export interface FaultInjector {
  /** What is still to be done, in words; undefined when nothing is. */
  readonly pending: string | undefined;
  readonly done: InjectedFaults;
  /** Done before the load. @throws when it cannot be done: without it the load would be another one. */
  prepare(): Promise<void>;
  /** Does what the newest sample calls for. */
  look(course: Omit<Progress, "pending" | "lastInjectionMs" | "restoredMs">, live: AutoscalingConfig): Promise<void>;
  /** Restores whatever is still changed, whatever happened. Never rejects: what could not be restored is in `done`. */
  restore(): Promise<void>;
}

export function createFaultInjector(scenario: Scenario, hands: ClusterActions): FaultInjector {
  const due = [...scenario.faultInjections];
  const changes: LiveChange[] = [];
  const done: InjectedFaults = {
    skipped: [],
    lastInjectionMs: null,
    restoredMs: null,
    unrevertedChanges: [],
    killed: [],
  };
  let lastMs: number | null = null;

  async function act({ action, description }: FaultInjection): Promise<void> {
    hands.log(`  ${description}`);
    switch (action.kind) {
      case "set":
        changes.push(await hands.change(action.field, action.to));
        break;
      case "kill":
        done.killed.push({ pod: await hands.kill(action.workload), atMs: hands.nowMs() });
        break;
      case "restore":
        await restore();
        break;
    }
    lastMs = hands.nowMs();
  }

  async function restore(): Promise<void> {
    if (changes.length === 0) return;
    for (const change of changes.splice(0).reverse()) {
      try {
        await change.undo();
      } catch (error) {
        done.unrevertedChanges.push({ revertCommand: change.revertCommand, why: messageOf(error) });
        hands.log(
          `  what was changed on purpose could not be restored (${messageOf(error)}); to do it: ${change.revertCommand}`,
        );
      }
    }
    if (done.unrevertedChanges.length === 0) done.restoredMs = hands.nowMs();
  }

  function giveUp(why: string): void {
    for (const { description } of due.splice(0)) done.skipped.push({ description, why });
  }

  return {
    get pending() {
      return due[0] === undefined ? undefined : `the moment for this: ${due[0].description}`;
    },
    done,
    prepare: async () => {
      for (let [next] = due; next?.trigger.kind === "before the load"; [next] = due) {
        due.shift();
        await act(next);
      }
    },
    look: async (course, live) => {
      const [next] = due;
      if (next === undefined) return;
      const sinceMs = Math.max(lastMs ?? 0, course.loadStartMs);
      if (triggered(next.trigger, course, live, sinceMs)) {
        due.shift();
        try {
          await act(next);
          done.lastInjectionMs = hands.nowMs();
        } catch (error) {
          done.skipped.push({ description: next.description, why: messageOf(error) });
          giveUp("what has to come before it was not done");
        }
      } else if ((course.samples.at(-1)?.atMs ?? 0) > sinceMs + next.withinSeconds * 1000) {
        giveUp(`its moment did not come within ${next.withinSeconds} s`);
      }
    },
    restore: async () => {
      giveUp("the run ended before its moment came");
      await restore();
    },
  };
}

function triggered(
  when: Trigger,
  course: Omit<Progress, "pending" | "lastInjectionMs" | "restoredMs">,
  live: AutoscalingConfig,
  sinceMs: number,
): boolean {
  const sample = course.samples.at(-1);
  // What was seen before the last thing was done shows nothing of what came of it.
  if (sample === undefined || sample.atMs < sinceMs) return false;
  switch (when.kind) {
    case "before the load":
      return true;
    case "ready": {
      const state = valueOf(deploymentOf(sample, when.workload));
      return state !== undefined && state.ready >= when.atLeast;
    }
    case "desired": {
      const state = valueOf(deploymentOf(sample, when.workload));
      return state !== undefined && state.desired <= when.atMost;
    }
    case "polls": {
      const waitMs = (when.polls * live.workerPollingIntervalSeconds + when.seconds) * 1000;
      return course.loadEndMs !== null && sample.atMs >= course.loadEndMs + waitMs;
    }
  }
}
