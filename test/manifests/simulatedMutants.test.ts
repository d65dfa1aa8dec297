import { readFileSync } from "node:fs";
import { join } from "node:path";
import { declaredSystem, underOtherManifests } from "../../scripts/planning/declaredSystem.ts";
import { parseCurve } from "../../scripts/planning/curve.ts";
import { dryRuns, judgedOver, type Judged } from "../../scripts/planning/judge.ts";
import { type Objects, scaledWorkloads } from "../../scripts/planning/scaledWorkload.ts";
import { TRIAL_SIZES } from "../../scripts/mutants/sizes.ts";
import { CATALOGUE, type ExpectedDetection } from "../../scripts/mutants/catalogue.ts";
import { ordersScenario } from "../../loadtest/targets/orders/catalogue.ts";
import { ordersWorkloads } from "../../loadtest/targets/orders/workloads.ts";
import { ROOT } from "../../scripts/process/paths.ts";
import { render } from "../support/render.ts";

/** The loads of the proof as the planner takes them, and replicas as runs of the proof have measured them. */
const LOADS = {
  "queue-backlog": { workload: "worker", metric: null, curve: `${TRIAL_SIZES.backlogOrders}@0s` },
  "api-cpu": { workload: "api", metric: "cpu", curve: "500m@0s,0@75s" },
} as const;
const PODS = { messagesPerSecond: 20, concurrency: 4, startSeconds: [3], aloneStartSeconds: [] };
const JUDGING = { runs: 10, seed: 1 };
const NAMESPACE = "orders-dev";

type SimulatedScenario = keyof typeof LOADS;
type Proof = Extract<ExpectedDetection, { by: "proof" }>;

/** What services do wrong, pods that do not start, nodes and quotas are in no simulation. */
const CAUSES_NOT_SIMULATED = [
  "metric-follows-queue",
  "completed-before-commit",
  "worker-does-not-drain",
  "pods-crash-looping",
  "pods-unschedulable",
  "replicas-refused",
];

/** What the doctor alone has to report, and no proof was run of: what simulation fails of it, with the cause. */
const DETECTED_BY_THE_DOCTOR: Readonly<Record<string, Omit<Proof, "by"> & { scenario: SimulatedScenario }>> = {
  "cpu-request-missing": failure("queue-backlog", "preconditions-met", "hpa-metric-without-reading"),
  "hpa-without-room": failure("api-cpu", "scales-in", "never-above-idle"),
  "never-at-zero": failure("queue-backlog", "scales-in", "min-replicas-above-idle"),
  "activation-too-high": failure("queue-backlog", "scales-out", "activation-threshold-not-exceeded"),
  "scale-up-disabled": failure("queue-backlog", "scales-out", "hpa-scale-up-disabled"),
  "scale-up-window-too-long": failure("queue-backlog", "scales-out", "hpa-scale-up-window-exceeds-objective"),
  "concurrency-too-low": failure("queue-backlog", "scales-out", "messages-per-replica-too-high"),
  "paused-replicas": failure("queue-backlog", "scales-out", "scaled-object-paused"),
  "paused-scale-in": failure("queue-backlog", "scales-in", "scaled-object-paused"),
  "paused-scale-out": failure("queue-backlog", "scales-out", "hpa-scale-up-disabled"),
  "wrong-queue": failure("queue-backlog", "scales-out", "hpa-metric-peak"),
};

function failure(
  scenario: SimulatedScenario,
  assertion: Proof["assertion"],
  cause: Proof["cause"],
): Omit<Proof, "by"> & { scenario: SimulatedScenario } {
  return { scenario, assertion, cause };
}

const objects = (overlay: string): Objects => render(overlay);
const baseline = systems("kustomize/overlays/dev");

function systems(overlay: string): Record<SimulatedScenario, ReturnType<typeof declaredSystem>> {
  const { workloads } = scaledWorkloads(objects(overlay));
  const of = ({ workload, metric, curve }: (typeof LOADS)[SimulatedScenario]): ReturnType<typeof declaredSystem> =>
    declaredSystem(
      ordersWorkloads(NAMESPACE),
      workloads,
      [{ option: "test", workload, metric, parts: parseCurve(curve, "test") }],
      () => PODS,
    );
  return { "queue-backlog": of(LOADS["queue-backlog"]), "api-cpu": of(LOADS["api-cpu"]) };
}

function judged(name: SimulatedScenario, mutant?: Objects): Judged[] {
  const scenario = ordersScenario(name, TRIAL_SIZES, NAMESPACE);
  const { system } = baseline[name];
  const simulated =
    mutant === undefined ? system : underOtherManifests(baseline[name], scaledWorkloads(mutant).workloads);
  return judgedOver(dryRuns(scenario, simulated, JUDGING));
}

test.each(Object.keys(LOADS) as SimulatedScenario[])("every assertion of %s holds on dev in simulation", (name) => {
  expect(judged(name).filter(({ holds, of }) => holds < of)).toEqual([]);
});

const expected = CATALOGUE.flatMap(({ name, detections }) =>
  detections.flatMap((one) => (one.by === "proof" ? [{ name, detection: one }] : [])),
);
const expressible = expected.filter(
  (one): one is { name: string; detection: Proof & { scenario: SimulatedScenario } } =>
    !CAUSES_NOT_SIMULATED.includes(one.detection.cause) && one.detection.scenario in LOADS,
);

test("nothing is left out but by its cause", () => {
  const left = expected.filter((one) => !expressible.some(({ detection }) => detection === one.detection));
  const causes = new Set(left.map(({ detection }) => detection.cause));
  expect([...causes].sort()).toEqual([...CAUSES_NOT_SIMULATED].sort());
});

test.each(Object.entries(DETECTED_BY_THE_DOCTOR))("simulation fails %s as well", (name, { assertion, ...of }) => {
  const failed = judged(of.scenario, objects(`test/mutants/${name}`)).filter(({ holds }) => holds === 0);
  expect(
    failed.map(({ id, example }) => ({ id, causes: example.causes.map(({ id: cause }) => cause) })),
  ).toContainEqual({
    id: assertion,
    causes: expect.arrayContaining([of.cause]) as unknown,
  });
});

/** Of the page: why mutants are in no simulation, and which. */
const page = readFileSync(join(ROOT, "docs/reference/mutants.md"), "utf8");
const [, section = ""] = page.split("## In simulation");
const rows = [...section.matchAll(/^\| ([^|]+?) +\| ((?:`[a-z-]+`(?:, )?)+) +\|$/gm)].map(
  ([, why = "", names = ""]) => ({
    why,
    names: [...names.matchAll(/`([a-z-]+)`/g)].map(([, name = ""]) => name),
  }),
);
const [compared, doctors, ...notSimulated] = rows;

test("every mutant of the catalogue is compared, simulated, or in no simulation for a reason on the page", () => {
  expect(compared?.names).toEqual([...new Set(expressible.map(({ name }) => name))]);
  expect(doctors?.names.toSorted()).toEqual(Object.keys(DETECTED_BY_THE_DOCTOR).sort());
  expect(rows.flatMap(({ names }) => names).sort()).toEqual(CATALOGUE.map(({ name }) => name).sort());
});

const invisible = notSimulated
  .filter(({ why }) => !why.includes("refused") && !why.includes("sidecar"))
  .flatMap(({ names }) => names)
  .filter((name) => CATALOGUE.some((one) => one.name === name && one.overlay !== false));

test.each(invisible)("simulation sees nothing of %s", (name) => {
  const mutant = objects(`test/mutants/${name}`);
  const failed = (Object.keys(LOADS) as SimulatedScenario[]).flatMap((scenario) => judged(scenario, mutant));
  expect(failed.filter(({ holds, of }) => holds < of).map(({ id }) => id)).toEqual([]);
});

test("two autoscalers of one workload are refused", () => {
  expect(() => judged("queue-backlog", objects("test/mutants/two-autoscalers"))).toThrow(
    "both scale Deployment worker",
  );
});

test.each(expressible)("simulation says of $name what the cluster said", ({ name, detection }) => {
  const failed = judged(detection.scenario, objects(`test/mutants/${name}`)).filter(({ holds }) => holds === 0);
  const found = failed.map(({ id, example }) => ({ id, causes: example.causes.map((cause) => cause.id) }));
  expect(found).toContainEqual({
    id: detection.assertion,
    causes: expect.arrayContaining([detection.cause]) as unknown,
  });
});
