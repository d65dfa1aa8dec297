import { declaredSystem, underOtherManifests } from "../../scripts/planning/declaredSystem.ts";
import { parseCurve } from "../../scripts/planning/curve.ts";
import { dryRuns, judgedOver, type Judged } from "../../scripts/planning/judge.ts";
import { type Objects, scaledWorkloads } from "../../scripts/planning/scaledWorkload.ts";
import { TRIAL_SIZES } from "../../scripts/mutants/sizes.ts";
import { CATALOGUE, type ExpectedDetection } from "../../scripts/mutants/catalogue.ts";
import { ordersScenario } from "../../loadtest/targets/orders/catalogue.ts";
import { ordersWorkloads } from "../../loadtest/targets/orders/workloads.ts";
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

test.each(expressible)("simulation says of $name what the cluster said", ({ name, detection }) => {
  const failed = judged(detection.scenario, objects(`test/mutants/${name}`)).filter(({ holds }) => holds === 0);
  const found = failed.map(({ id, example }) => ({ id, causes: example.causes.map((cause) => cause.id) }));
  expect(found).toContainEqual({
    id: detection.assertion,
    causes: expect.arrayContaining([detection.cause]) as unknown,
  });
});
