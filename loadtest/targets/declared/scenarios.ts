import type {
  Declaration,
  DeclaredFault,
  DeclaredLoad,
  DeclaredMetric,
  DeclaredPods,
  DeclaredScaling,
  DeclaredScenario,
  FieldPath,
} from "../../declaration/declaration.ts";
import type { AutoscalingConfig } from "../../model/autoscaling.ts";
import type { MetricSelector } from "../../model/metric.ts";
import type {
  FaultInjection,
  Load,
  LoadProgram,
  Objectives,
  PodSelection,
  ScalingExpectation,
  Scenario,
} from "../../model/scenario.ts";
import { scaleInDefault, scaleOutDefault } from "./liveDefaults.ts";

/** How long a way back that is not asserted is looked at. */
const WATCH_SECONDS = 45;
/** Before a load: everything idle for a while. */
const IDLE_SECONDS = 15;

/** A default that the live objects gave, to be printed before a run. */
export interface LiveDefaultLine {
  path: string;
  value: string;
  why: string;
}

/** Where the declared system is, and what its live objects say; null where that was not read. */
export interface DeclaredSurroundings {
  namespace: string;
  live: AutoscalingConfig | null;
}

/** The declared scenarios with all their numbers, and which of these the live objects gave. */
export function declaredScenarios(
  declaration: Declaration,
  at: DeclaredSurroundings,
): { scenarios: { scenario: Scenario; repeats: number }[]; defaults: LiveDefaultLine[] } {
  const defaults: LiveDefaultLine[] = [];
  const scenarios = declaration.scenarios.map((declared) => ({
    scenario: scenarioOf(declared, { ...at, folder: declaration.folder }, (path, value, why) => {
      defaults.push({ path: `scenario ${declared.name}: ${path}`, value, why });
    }),
    repeats: declared.repeats,
  }));
  return { scenarios, defaults };
}

type Fill = (path: string, value: string, why: string) => void;

function scenarioOf(declared: DeclaredScenario, at: DeclaredSurroundings & { folder: string }, fill: Fill): Scenario {
  const load = loadOf(declared.load, at);
  const mustScale = declared.mustScale.map((scaling, index) =>
    expectationOf(scaling, at.live, (path, value, why) => {
      fill(`mustScale[${index}].${path}`, value, why);
    }),
  );
  const backSeconds = Math.max(
    0,
    ...mustScale.map(({ scaleIn }) => (scaleIn.asserted ? scaleIn.objectiveSeconds / 2 : 0)),
  );
  return {
    name: declared.name,
    summary: declared.summary ?? summaryOf(declared),
    load,
    reaches: declared.load.kind === "k6" ? mustScale.map(({ workload }) => workload) : [],
    queue: null,
    mustScale,
    mustNotScale: declared.mustNotScale,
    objectives: objectivesOf(declared),
    faultInjections: declared.faults.map((fault) => faultOf(fault, at.namespace)),
    expectedSeconds: IDLE_SECONDS + load.seconds + backSeconds,
  };
}

function summaryOf({ load, mustScale, mustNotScale }: DeclaredScenario): string {
  const scale = mustScale.map(({ workload, atLeast }) => `${workload} scales to at least ${atLeast}`);
  const stay =
    mustNotScale.length === 0
      ? []
      : [`${mustNotScale.join(" and ")} ${mustNotScale.length === 1 ? "does" : "do"} not scale`];
  return `load ${load.name}: ${[...scale, ...stay].join(", ")}`;
}

function loadOf(load: DeclaredLoad, at: { namespace: string; folder: string }): Load {
  const plain = load.kind === "k6" || load.kind === "command" ? textsIn(load.environment) : {};
  if (load.kind === "none") {
    const { seconds } = load;
    return { program: { kind: "none" }, environment: {}, delivered: null, seconds, timeoutSeconds: seconds };
  }
  const { timeoutSeconds } = load;
  return {
    program: programOf(load, at),
    environment: plain,
    delivered: load.kind === "k6" ? load.iterations : load.count,
    seconds: timeoutSeconds,
    timeoutSeconds,
  };
}

function programOf(
  load: Exclude<DeclaredLoad, { kind: "none" }>,
  { namespace, folder }: { namespace: string; folder: string },
): LoadProgram {
  switch (load.kind) {
    case "k6":
      return { kind: "k6", script: load.script };
    case "command":
      return { kind: "command", command: load.command, folder };
    case "job":
      return { kind: "job", manifest: load.manifest, namespace };
  }
}

/** What needs no cluster to be known; addresses and secrets are added when the load runs. */
function textsIn(environment: Extract<DeclaredLoad, { kind: "k6" }>["environment"]): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).flatMap(([name, value]) => (value.kind === "text" ? [[name, value.text]] : [])),
  );
}

function expectationOf(declared: DeclaredScaling, live: AutoscalingConfig | null, fill: Fill): ScalingExpectation {
  const { workload, atLeast, firstWithinSeconds } = declared;
  const known = live !== null && workload in live.workloads;
  const out = known ? scaleOutDefault(live, workload) : { seconds: 1, why: "" };
  const back = known ? scaleInDefault(live, workload) : { seconds: 1, why: "" };
  if (declared.within.seconds === null && known) fill("within", `${out.seconds}s`, out.why);
  if (declared.backToIdle.asserted && declared.backToIdle.seconds === null && known) {
    fill("backToIdle", `${back.seconds}s`, back.why);
  }
  return {
    workload,
    metric: selectorOf(declared.metric),
    atLeast,
    within: { seconds: declared.within.seconds ?? out.seconds, after: declared.within.after },
    ...(firstWithinSeconds === null ? {} : { firstWithinSeconds }),
    scaleIn: declared.backToIdle.asserted
      ? { asserted: true, objectiveSeconds: declared.backToIdle.seconds ?? back.seconds }
      : { asserted: false, watchSeconds: WATCH_SECONDS },
  };
}

function selectorOf(metric: DeclaredMetric | null): MetricSelector {
  if (metric === null) return { kind: "any", name: null };
  if (metric.kind === "named") return { kind: "any", name: metric.name };
  return { kind: "resource", name: metric.name, ...(metric.container === null ? {} : { container: metric.container }) };
}

function objectivesOf({ objectives }: DeclaredScenario): Objectives {
  const { requests, directionChanges, elasticity } = objectives;
  return {
    failedShare: requests?.failedShare ?? null,
    latencyP95Ms: requests?.latencyP95Ms ?? null,
    directionChanges,
    elasticity: {
      underProvisioned: elasticity.underProvisionedReplicas,
      overProvisioned: elasticity.overProvisionedReplicas,
      underProvisionedTime: elasticity.underProvisionedTimeShare,
      overProvisionedTime: elasticity.overProvisionedTimeShare,
    },
  };
}

function faultOf({ when, action, withinSeconds }: DeclaredFault, namespace: string): FaultInjection {
  return { trigger: triggerOf(when), action: actionOf(action, namespace), withinSeconds };
}

function triggerOf(when: DeclaredFault["when"]): FaultInjection["trigger"] {
  switch (when.kind) {
    case "before-load":
      return { kind: "before the load" };
    case "into-load":
      return { kind: "into the load", seconds: when.seconds };
    case "after-fault":
      return { kind: "after the fault before", seconds: when.seconds };
    case "after-load-end":
      return { kind: "after the load", seconds: when.seconds };
    case "ready":
    case "desired":
      return when;
  }
}

function actionOf(action: DeclaredFault["action"], namespace: string): FaultInjection["action"] {
  switch (action.kind) {
    case "set": {
      const { kind, name, namespace: own } = action.object;
      const object = { kind, name, namespace: own ?? namespace };
      return { kind: "set", field: { object, paths: [formatPath(action.field)] }, to: action.to };
    }
    case "kill":
      return { ...action, pods: podsOf(action.pods, namespace), container: null };
    case "exec":
      return { ...action, pods: podsOf(action.pods, namespace) };
    case "cordon":
      return { kind: "cordon", pods: podsOf(action.pods, namespace) };
    case "restart":
      return { kind: "restart", workload: action.workload };
    case "restore":
      return { kind: "restore" };
  }
}

function podsOf(pods: DeclaredPods, namespace: string): PodSelection {
  if ("workload" in pods) return pods;
  return { labels: pods.labels, namespace: pods.namespace ?? namespace, main: null };
}

function formatPath(path: FieldPath): string {
  return path
    .map((step, index) => {
      if (typeof step === "number") return `[${step}]`;
      return /^[A-Za-z0-9_-]+$/.test(step) ? `${index === 0 ? "" : "."}${step}` : `["${step}"]`;
    })
    .join("");
}
