import type { SimulatedWorkload } from "../../loadtest/dryRun/readings.ts";
import type { SimulatedSystem } from "../../loadtest/dryRun/simulateSystem.ts";
import type { WorkloadDeclaration } from "../../loadtest/model/workload.ts";
import { scaledObjectState } from "../../loadtest/observe/scaledObject.ts";
import type { PlannedWorkload } from "../../loadtest/planner/plannedWorkload.ts";
import type { Steps } from "../../loadtest/simulator/steps.ts";
import { CliError } from "../process/cliError.ts";
import { scalerOf } from "./autoscaler.ts";
import { type KnownPods, type LoadOption, plannedWorkload } from "./build.ts";
import type { PlanNote } from "./notes.ts";
import type { ScaledWorkload } from "./scaledWorkload.ts";
import { type SourceId, sourcesOf, unknownLevel } from "./sources.ts";

/** What a source shows under a load: messages that a workload works off, or a level. */
type Shows = { readonly kind: "queue"; readonly consumer: string } | { readonly kind: "level"; readonly steps: Steps };

/** The workloads of a file under the load of one of its scenarios. */
export interface DeclaredSystem {
  readonly system: SimulatedSystem;
  readonly shows: ReadonlyMap<SourceId, Shows>;
  readonly workloads: readonly ScaledWorkload[];
  readonly notes: readonly PlanNote[];
}

/** Where the load does not scale it, how long its pods would take does not count. */
const START_WITHOUT_LOAD_SECONDS = 5;

/** @throws {CliError} for what is missing or cannot be simulated. */
export function declaredSystem(
  declared: readonly WorkloadDeclaration[],
  workloads: readonly ScaledWorkload[],
  loads: readonly LoadOption[],
  knownOf: (workload: string) => KnownPods,
): DeclaredSystem {
  const shows = new Map<SourceId, Shows>();
  const notes: PlanNote[] = [];
  const planned = workloads.map((workload) => {
    const own = loads.filter((load) => load.workload === workload.name);
    const known = knownOf(workload.name);
    const startSeconds = known.startSeconds ?? (own.length === 0 ? [START_WITHOUT_LOAD_SECONDS] : null);
    const built = plannedWorkload(workload, own, { ...known, startSeconds });
    notes.push(...built.notes.filter(({ id }) => own.length > 0 || id !== "metric-without-load"));
    for (const [metric, source] of sourcesOf(workload.autoscaler, built.planned.scaler)) {
      const steps = built.planned.load.levels[metric];
      if (steps === undefined) shows.set(source, { kind: "queue", consumer: workload.name });
      else if (!shows.has(source) || (steps?.length ?? 0) > 0) shows.set(source, { kind: "level", steps: steps ?? [] });
    }
    return built.planned;
  });
  const loadSeconds = Math.max(1, ...planned.map(({ load }) => load.endSeconds));
  const simulated = workloads.flatMap((workload, index) => {
    const of = planned[index];
    return of === undefined ? [] : [[workload.name, linked(workload, of, shows)] as const];
  });
  const system = { declared, simulated: Object.fromEntries(simulated), loadSeconds };
  requireOrder(system);
  return { system, shows, workloads, notes };
}

/** The same load on other manifests: each metric shows what its source shows, whichever workload reads it. @throws {CliError} for what cannot be simulated. */
export function underOtherManifests(
  { system, shows }: DeclaredSystem,
  workloads: readonly ScaledWorkload[],
): SimulatedSystem {
  const simulated = workloads.flatMap((workload) => {
    const before = system.simulated[workload.name];
    if (before === undefined) return [];
    const { containers, graceSeconds } = workload;
    const scaler = scalerOf(workload.autoscaler, workload.name);
    return [[workload.name, linked(workload, { ...before.planned, scaler, containers, graceSeconds }, shows)] as const];
  });
  const other = { ...system, simulated: Object.fromEntries(simulated) };
  requireOrder(other);
  return other;
}

/** A load of one metric: a level, or with a container the CPU, in thousandths, that its replicas share. */
export interface OwnLoad {
  readonly metric: string;
  readonly steps: Steps;
  readonly usage: string | null;
}

/** The same workloads where nothing has a load but one metric of one of them. */
export function onlyUnder({ system, workloads }: DeclaredSystem, name: string, load: OwnLoad): DeclaredSystem {
  const shows = new Map<SourceId, Shows>();
  const planned = workloads.map((workload): PlannedWorkload => {
    const before = system.simulated[workload.name]?.planned;
    if (before === undefined) throw new Error(`${workload.name} is not simulated`);
    for (const [metric, source] of sourcesOf(workload.autoscaler, before.scaler)) {
      const isLoaded = workload.name === name && metric === load.metric;
      if (isLoaded || !shows.has(source)) shows.set(source, { kind: "level", steps: isLoaded ? load.steps : [] });
    }
    const quiet = before.load.usage.map(({ container, resource }) =>
      workload.name === name && resource === "cpu" && container === load.usage
        ? { container, resource, total: load.steps }
        : { container, resource, perPod: [] },
    );
    const endSeconds = workload.name === name ? (load.steps.at(-1)?.[0] ?? 0) : 0;
    return { ...before, service: null, load: { arrivals: [], levels: {}, usage: quiet, endSeconds } };
  });
  const simulated = workloads.flatMap((workload, index) => {
    const of = planned[index];
    return of === undefined ? [] : [[workload.name, linked(workload, of, shows)] as const];
  });
  const loadSeconds = Math.max(1, ...planned.map(({ load: { endSeconds } }) => endSeconds));
  return { system: { ...system, simulated: Object.fromEntries(simulated), loadSeconds }, shows, workloads, notes: [] };
}

function linked(
  workload: ScaledWorkload,
  planned: PlannedWorkload,
  shows: ReadonlyMap<SourceId, Shows>,
): SimulatedWorkload {
  const { autoscaler, name } = workload;
  const levels: Record<string, Steps | null> = {};
  const reads: Record<string, string> = {};
  for (const [metric, source] of sourcesOf(autoscaler, planned.scaler)) {
    const shown = shows.get(source);
    if (shown === undefined) levels[metric] = unknownLevel(source);
    else if (shown.kind === "level") levels[metric] = shown.steps;
    else if (shown.consumer !== name) reads[metric] = shown.consumer;
  }
  const { kind, name: object, spec, annotations } = autoscaler;
  return {
    planned: { ...planned, load: { ...planned.load, levels } },
    hpaName: kind === "ScaledObject" ? `keda-hpa-${object}` : object,
    scaledObject: kind === "ScaledObject" ? scaledObjectState({ metadata: { name: object, annotations }, spec }) : null,
    reads,
  };
}

/** @throws {CliError} where two workloads read each other's queues. */
function requireOrder({ simulated }: SimulatedSystem): void {
  const visit = (name: string, path: readonly string[]): void => {
    if (path.includes(name)) {
      throw new CliError(
        `${path.join(" and ")} scale on each other's queues, which cannot be simulated`,
        "give a load for one of them",
      );
    }
    for (const consumer of Object.values(simulated[name]?.reads ?? {})) visit(consumer, [...path, name]);
  };
  for (const name of Object.keys(simulated)) visit(name, []);
}
