import { type AutoscalingConfig, scalingOf } from "../model/autoscaling.ts";
import { replicasOf } from "../model/observed.ts";
import { valueOf } from "../model/reading.ts";
import type { Workload } from "../model/workload.ts";
import {
  type FaultInjection,
  faultOf,
  type KillAction,
  type LiveField,
  type PodSelection,
  type Scenario,
  type Trigger,
} from "../model/scenario.ts";
import type { Fault } from "../model/fault.ts";
import type { NodeFault } from "../model/nodeFault.ts";
import type { TargetFault } from "../model/targetFault.ts";
import type { LiveChange } from "./liveField.ts";
import type { Progress } from "../assertions/progress.ts";
import { nothingInjected, type InjectedFaults } from "../assertions/faults.ts";
import { faultText } from "../report/texts/faultTexts.ts";
import { requestErrorMessage } from "../observe/rejection.ts";

/** A pod. */
export interface PodName {
  namespace: string;
  pod: string;
}

/** A pod that was to be killed, with why its eviction was refused where it was. */
export interface Attempt extends PodName {
  refusedBecause: string | null;
}

/** As often as `kubectl drain` asks. */
const EVICT_AGAIN_MS = 5000;

/** What can be done to the running system. */
export interface ClusterActions {
  change(field: LiveField, to: number | string | boolean): Promise<LiveChange>;
  /**
   * Kills ready pods, or a container of each.
   * @throws when it cannot be done here, or none is ready.
   */
  kill(action: KillAction): Promise<Attempt[]>;
  /** Evicts a pod, or finds it gone. @returns why it was refused; null where it was not. */
  evict(pod: PodName): Promise<string | null>;
  /** Makes the nodes that ready pods run on unschedulable; one that is so already is left alone. @throws when none is ready. */
  cordon(pods: PodSelection): Promise<LiveChange[]>;
  /** Runs a command in a ready pod. @returns the pod's name. @throws when it cannot be started. */
  exec(pods: PodSelection, command: readonly [string, ...string[]]): Promise<string>;
  /** Replaces the pods of a workload one after the other, as `kubectl rollout restart` does. */
  restart(workload: Workload): Promise<void>;
  /** @throws when it cannot be done here. */
  injectOnNode(fault: NodeFault): Promise<LiveChange>;
  /** @throws where the target has no such fault. */
  injectOnTarget(fault: TargetFault): Promise<LiveChange>;
  nowMs(): number;
  log(line: string): void;
}

/** Injects the faults that a scenario declares, in order, each when its trigger is seen. */
export interface FaultInjector {
  /** The fault that is injected next; undefined when all are. */
  readonly pending: Fault | undefined;
  readonly done: InjectedFaults;
  /** Injects what comes before the load. @throws when that fails: without it the load would be another one. */
  prepare(): Promise<void>;
  /** Injects the next fault where the newest sample shows its trigger. */
  look(progress: Omit<Progress, "pending" | "lastInjectionMs" | "restoredMs">, live: AutoscalingConfig): Promise<void>;
  /** Reverts whatever is still changed, whatever happened. Never rejects: what could not be reverted is in `done`. */
  restore(): Promise<void>;
}

export function createFaultInjector(scenario: Scenario, actions: ClusterActions): FaultInjector {
  const due = [...scenario.faultInjections];
  /** By the fault that made them. */
  const changes: LiveChange[][] = [];
  const done = nothingInjected();
  /** Refused so far. */
  let evicting: PodName[] = [];
  let evictedMs = 0;
  let lastMs: number | null = null;

  async function inject(injection: FaultInjection): Promise<void> {
    const { action } = injection;
    actions.log(`  ${faultText(faultOf(injection))}`);
    switch (action.kind) {
      case "set":
        changes.push([await actions.change(action.field, action.to)]);
        break;
      case "kill":
        for (const attempt of await actions.kill(action)) {
          if (action.how === "evict") noteEviction(attempt);
          else done.killed.push({ pod: attempt.pod, atMs: actions.nowMs() });
        }
        evictedMs = actions.nowMs();
        break;
      case "cordon":
        changes.push(await actions.cordon(action.pods));
        break;
      case "exec":
        done.killed.push({ pod: await actions.exec(action.pods, action.command), atMs: actions.nowMs() });
        break;
      case "node":
        changes.push([await actions.injectOnNode(action.fault)]);
        break;
      case "target":
        changes.push([await actions.injectOnTarget(action.fault)]);
        break;
      case "restart":
        await actions.restart(action.workload);
        break;
      case "restore":
        await restore(action.only === "last" ? changes.splice(-1) : changes.splice(0));
        break;
    }
    lastMs = actions.nowMs();
    done.injected.push({ fault: faultOf(injection), atMs: lastMs });
  }

  function noteEviction({ namespace, pod, refusedBecause }: Attempt): void {
    done.evictions.push({ pod, refusedBecause, atMs: actions.nowMs() });
    if (refusedBecause === null) {
      done.killed.push({ pod, atMs: actions.nowMs() });
      return;
    }
    actions.log(`  ${pod} was not evicted, and will be asked for again: ${refusedBecause}`);
    evicting.push({ namespace, pod });
  }

  /** Asks again for what a PodDisruptionBudget refused. */
  async function evictAgain(): Promise<void> {
    if (evicting.length === 0 || actions.nowMs() - evictedMs < EVICT_AGAIN_MS) return;
    const refused = evicting;
    evicting = [];
    for (const pod of refused) {
      const refusedBecause = await actions.evict(pod).catch(requestErrorMessage);
      noteEviction({ ...pod, refusedBecause });
    }
    evictedMs = actions.nowMs();
  }

  async function restore(reverted: readonly (readonly LiveChange[])[]): Promise<void> {
    if (reverted.length === 0) return;
    for (const change of reverted.flat().reverse()) {
      try {
        await change.undo();
      } catch (error) {
        done.unrevertedChanges.push({ revertCommand: change.revertCommand, why: requestErrorMessage(error) });
        actions.log(
          `  a change could not be reverted (${requestErrorMessage(error)}); to revert it: ${change.revertCommand}`,
        );
      }
    }
    if (done.unrevertedChanges.length === 0) done.restoredMs = actions.nowMs();
  }

  function giveUp(why: string): void {
    for (const injection of due.splice(0)) done.skipped.push({ fault: faultOf(injection), why });
  }

  return {
    get pending() {
      return due[0] === undefined ? undefined : faultOf(due[0]);
    },
    done,
    prepare: async () => {
      for (let [next] = due; next?.trigger.kind === "before the load"; [next] = due) {
        due.shift();
        await inject(next);
      }
    },
    look: async (progress, live) => {
      await evictAgain();
      const [next] = due;
      if (next === undefined) return;
      const sinceMs = Math.max(lastMs ?? 0, progress.loadStartMs);
      if (triggered(next.trigger, progress, live, { sinceMs, nowMs: actions.nowMs() })) {
        due.shift();
        try {
          await inject(next);
          done.lastInjectionMs = actions.nowMs();
        } catch (error) {
          done.skipped.push({ fault: faultOf(next), why: requestErrorMessage(error) });
          giveUp("the fault before it was not injected");
        }
      } else if ((progress.samples.at(-1)?.atMs ?? 0) > sinceMs + next.withinSeconds * 1000) {
        giveUp(`its trigger was not seen within ${next.withinSeconds} s`);
      }
    },
    restore: async () => {
      giveUp("the run ended before its trigger was seen");
      await restore(changes.splice(0));
    },
  };
}

function triggered(
  when: Trigger,
  progress: Omit<Progress, "pending" | "lastInjectionMs" | "restoredMs">,
  live: AutoscalingConfig,
  { sinceMs, nowMs }: { sinceMs: number; nowMs: number },
): boolean {
  // These need nothing of the cluster, which may not answer.
  if (when.kind === "into the load") return nowMs >= progress.loadStartMs + when.seconds * 1000;
  if (when.kind === "after the fault before") return nowMs >= sinceMs + when.seconds * 1000;
  const sample = progress.samples.at(-1);
  // What was seen before the last fault was injected shows nothing of its effect.
  if (sample === undefined || sample.atMs < sinceMs) return false;
  switch (when.kind) {
    case "before the load":
      return true;
    case "ready": {
      const state = valueOf(replicasOf(sample, when.workload));
      return state !== undefined && state.ready >= when.atLeast;
    }
    case "desired": {
      const state = valueOf(replicasOf(sample, when.workload));
      return state !== undefined && state.desired <= when.atMost;
    }
    case "after the load":
      return progress.loadEndMs !== null && sample.atMs >= progress.loadEndMs + when.seconds * 1000;
    case "polls": {
      const pollingIntervalSeconds = scalingOf(live, when.workload).keda?.pollingIntervalSeconds ?? 0;
      const waitMs = (when.polls * pollingIntervalSeconds + when.seconds) * 1000;
      return progress.loadEndMs !== null && sample.atMs >= progress.loadEndMs + waitMs;
    }
  }
}
