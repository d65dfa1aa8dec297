import { profiles, sizesOf } from "../../../loadtest/k6/lib/profiles.ts";
import { expectedSeconds, scenarioNamed, scenariosOf } from "../../../loadtest/targets/orders/scenarios/catalogue.ts";
import { impossibilities, scenarioNames } from "../../../loadtest/model/scenario.ts";

test.each(scenarioNames)("%s is declared under its own name, and with numbers that can be", (name) => {
  const scenario = scenarioNamed(name);
  expect(scenario.name).toBe(name);
  for (const profile of profiles) expect(impossibilities(scenario, sizesOf[profile])).toEqual([]);
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
  ["queue-backlog", { backlogOrders: 0 }, "queue-backlog: the load's number of iterations is 0"],
  ["soak", { soakSeconds: -5 }, "soak: the load's duration in seconds is -5"],
  ["soak", { soakSeconds: Number.NaN }, "soak: the load's duration in seconds is NaN"],
  ["api-cpu", { readSteps: [] }, "api-cpu: the load's number of iterations is 0"],
] as const)("%s with %j is impossible, and says what", (name, sizes, expected) => {
  expect(impossibilities(scenarioNamed(name), { ...sizesOf.smoke, ...sizes })).toContainEqual(
    expect.stringContaining(expected),
  );
});

test("a workload that must scale and must not is refused", () => {
  const wrong = { ...scenarioNamed("api-cpu"), mustNotScale: ["api"] as const };
  expect(impossibilities(wrong, sizesOf.smoke)).toEqual(["api-cpu: api must scale and must not"]);
});

test("a share of failures beyond all requests is refused", () => {
  const wrong = { ...scenarioNamed("spike"), objectives: { failedShare: 1.5 } };
  expect(impossibilities(wrong, sizesOf.smoke)).toEqual([
    "spike: the share of requests that may fail is 1.5, it has to be from 0 to below 1",
  ]);
});
