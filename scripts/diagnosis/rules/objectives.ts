import type { SimulatedSystem } from "../../../loadtest/dryRun/simulateSystem.ts";
import type { AssertionId } from "../../../loadtest/model/assertion.ts";
import type { CauseId } from "../../../loadtest/model/cause.ts";
import { sizesOf } from "../../../loadtest/k6/lib/profiles.ts";
import { queueBacklog } from "../../../loadtest/targets/orders/scenarios/queueBacklog.ts";
import { parseCurve } from "../../planning/curve.ts";
import { declaredSystem } from "../../planning/declaredSystem.ts";
import { dryRuns, judgedOver } from "../../planning/judge.ts";
import { type Objects, scaledWorkloads } from "../../planning/scaledWorkload.ts";
import { CliError } from "../../process/cliError.ts";
import { finding, type Finding } from "../finding.ts";
import { kindOf, subjectOf, type Deployed, type ScaledObject, type Workload } from "../view.ts";
import { refusedReplicaBounds } from "./replicaBounds.ts";

/** What the proof's scenario queue-backlog asks of the worker: nobody has to run it to learn that it cannot pass. */
const SCENARIO = { ...queueBacklog(sizesOf.smoke, ""), mustNotScale: [] };
const WORKER = "worker";

/** A window that is longer than a backlog may take to bring its replicas: the scenario's own limit. */
export const LONGEST_SCALE_OUT_SECONDS = Math.max(...SCENARIO.mustScale.map(({ within }) => within.seconds));

/** Favourable, so that what fails fails for the configuration: pods start at once, and a replica does what the proof of dev measures. */
const PODS = { messagesPerSecond: 20, concurrency: 4, startSeconds: [1], aloneStartSeconds: [] };
/** Each with other phases of poll and sync. */
const JUDGING = { runs: 3, seed: 1 };
const OBJECTIVES: ReadonlySet<AssertionId> = new Set(["first-replica-ready", "scales-out", "scales-in"]);
/** Of these there is a rule of its own. */
const OWN_RULE: ReadonlySet<CauseId> = new Set(["hpa-scale-up-disabled", "hpa-scale-up-window-exceeds-objective"]);

/** What a configuration cannot do though nothing in it is broken, in simulation. Warnings: it may be intended. */
export function objectiveFindings(deployed: Deployed): Finding[] {
  return deployed.scaledObjects.flatMap((scaled) => unreachableObjectives(scaled, deployed));
}

function unreachableObjectives(scaled: ScaledObject, deployed: Deployed): Finding[] {
  if (!(scaled.spec?.triggers ?? []).some(({ type }) => type === "azure-servicebus")) return [];
  // What KEDA refuses is never deployed.
  if (refusedReplicaBounds(scaled) !== undefined) return [];
  const simulated = simulatedWorker(scaled, deployed);
  if (simulated === undefined) return [];
  const subject = subjectOf("ScaledObject", scaled);
  return judgedOver(dryRuns(SCENARIO, simulated, JUDGING))
    .filter(({ id, holds, example }) => OBJECTIVES.has(id) && holds === 0 && example.status === "fail")
    .flatMap(({ example }): Finding[] => {
      const params = { scenario: SCENARIO.name };
      // Where the configuration alone rules it out, that is the cause; else it took a simulated run to see it.
      if (example.basis === "measurement")
        return [finding("objective-unreachable", subject, { ...params, assertion: example })];
      return example.causes
        .filter(({ id }) => !OWN_RULE.has(id))
        .map((cause) => finding("objective-unreachable", subject, { ...params, cause }));
    });
}

/** The worker under the scenario's backlog; undefined where it cannot be simulated, or does not stand there. */
function simulatedWorker(scaled: ScaledObject, { workloads }: Deployed): SimulatedSystem | undefined {
  // Whether it is paused has rules of its own.
  const objects = [objectOf("ScaledObject", scaled), ...workloads.map((one) => objectOf(kindOf(one), one))];
  try {
    const [found] = scaledWorkloads(objects).workloads;
    if (found === undefined) return undefined;
    const curve = `${SCENARIO.orders ?? 0}@0s`;
    const load = { option: curve, workload: WORKER, metric: null, parts: parseCurve(curve, curve) };
    const declared = {
      ...{ name: WORKER, object: found.object, namespace: "", container: null, idleReplicas: null },
      kind: found.kind === "StatefulSet" ? "StatefulSet" : "Deployment",
    } as const;
    return declaredSystem([declared], [{ ...found, name: WORKER }], [load], () => PODS).system;
  } catch (error) {
    if (error instanceof CliError) return undefined;
    throw error;
  }
}

/** A copy without annotations, and with its kind, which a list of the API server leaves out. */
function objectOf(kind: string, object: ScaledObject | Workload): Objects[number] {
  const copy: Objects[number] = Object.assign(structuredClone(object), { kind });
  delete copy.metadata?.annotations;
  return copy;
}
