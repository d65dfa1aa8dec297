import { profiles, sizesOf } from "../../../loadtest/k6/lib/profiles.ts";
import { expectedSeconds, ordersScenario, scenariosOf } from "../../../loadtest/targets/orders/catalogue.ts";
import { impossibilities } from "../../../loadtest/model/scenario.ts";
import { type ScenarioName, scenarioNames } from "../../../loadtest/targets/orders/scenarios/names.ts";

const declared = (name: ScenarioName, sizes = sizesOf.smoke) => ordersScenario(name, sizes, "orders-dev");

test.each(scenarioNames)("%s is declared under its own name, and with numbers that can be", (name) => {
  for (const profile of profiles) {
    const scenario = declared(name, sizesOf[profile]);
    expect(scenario.name).toBe(name);
    expect(impossibilities(scenario)).toEqual([]);
  }
});

test("every scenario is in a profile, and smoke is the core three in less than eight minutes", () => {
  expect(new Set(profiles.flatMap((profile) => scenariosOf(profile)))).toEqual(new Set(scenarioNames));
  expect(scenariosOf("smoke")).toEqual(["queue-backlog", "api-cpu", "end-to-end"]);
  expect(expectedSeconds("smoke")).toBeLessThan(8 * 60);
});

test("a soak takes as long as it is told to", () => {
  expect(expectedSeconds("soak", ["soak"], { soakSeconds: 60 })).toBe(expectedSeconds("soak") - 540);
});

test.each([
  ["queue-backlog", { backlogOrders: 0 }, "queue-backlog: what the load has to deliver is 0"],
  ["soak", { soakSeconds: -5 }, "soak: the load's duration in seconds is -5"],
  ["soak", { soakSeconds: Number.NaN }, "soak: the load's duration in seconds is NaN"],
  ["api-cpu", { readSteps: [] }, "api-cpu: what the load has to deliver is 0"],
] as const)("%s with %j is impossible, and says what", (name, sizes, expected) => {
  expect(impossibilities(declared(name, { ...sizesOf.smoke, ...sizes }))).toContainEqual(
    expect.stringContaining(expected),
  );
});

test("a workload that must scale and must not is refused", () => {
  const wrong = { ...declared("api-cpu"), mustNotScale: ["api"] };
  expect(impossibilities(wrong)).toEqual(["api-cpu: api must scale and must not"]);
});

test("a share of failures beyond all requests is refused", () => {
  const spike = declared("spike");
  const wrong = { ...spike, objectives: { ...spike.objectives, failedShare: 1.5 } };
  expect(impossibilities(wrong)).toEqual([
    "spike: the share of requests that may fail is 1.5, it has to be from 0 to below 1",
  ]);
});
