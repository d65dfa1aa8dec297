import { declaredSystem, underOtherManifests } from "../../scripts/planning/declaredSystem.ts";
import { parseCurve } from "../../scripts/planning/curve.ts";
import { dryRuns, judgedOver, type Judged } from "../../scripts/planning/judge.ts";
import { type Objects, scaledWorkloads } from "../../scripts/planning/scaledWorkload.ts";
import { CATALOGUE, type ExpectedDetection } from "../../scripts/mutants/catalogue.ts";
import { sizesOf } from "../../loadtest/k6/lib/profiles.ts";
import { ordersScenario } from "../../loadtest/targets/orders/scenarios/catalogue.ts";
import { ordersWorkloads } from "../../loadtest/targets/orders/workloads.ts";
import { render } from "../support/render.ts";

/** The loads of the proof as the planner takes them, and replicas as runs of the proof have measured them. */
const LOADS = {
  "queue-backlog": { workload: "worker", metric: null, curve: `${sizesOf.smoke.backlogOrders}@0s` },
  "api-cpu": { workload: "api", metric: "cpu", curve: "500m@0s,0@75s" },
} as const;
const PODS = { messagesPerSecond: 20, concurrency: 4, startSeconds: [3] };
const JUDGING = { runs: 10, seed: 1 };
const NAMESPACE = "orders-dev";

type SimulatedScenario = keyof typeof LOADS;
type Proof = Extract<ExpectedDetection, { by: "proof" }>;

/** What the services themselves do wrong is in no manifest that the simulation reads. */
const OF_SERVICES = ["api-does-the-queues-work", "completes-before-fulfilling", "no-drain"];

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
  const scenario = ordersScenario(name, sizesOf.smoke, NAMESPACE);
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
    !OF_SERVICES.includes(one.name) && one.detection.scenario in LOADS,
);

test("each detection of the proof can be simulated, but for those of the services' own code", () => {
  const left = expected.filter((one) => !expressible.some(({ name }) => name === one.name));
  expect(left.map(({ name }) => name)).toEqual(OF_SERVICES);
});

test.each(expressible)("simulation says of $name what the cluster said", ({ name, detection }) => {
  const failed = judged(detection.scenario, objects(`test/mutants/${name}`)).filter(({ holds }) => holds === 0);
  const found = failed.map(({ id, example }) => ({ id, causes: example.causes.map((cause) => cause.id) }));
  expect(found).toContainEqual({
    id: detection.assertion,
    causes: expect.arrayContaining([detection.cause]) as unknown,
  });
});
