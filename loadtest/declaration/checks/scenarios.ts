import type * as z from "zod";
import { load } from "../schema/load.ts";
import { scenario as schema } from "../schema/scenario.ts";
import { branchOf, valueAt } from "./branch.ts";
import { faultProblems } from "./faults.ts";
import type { Path, Problem } from "./problem.ts";
import { select, selectTexts } from "./select.ts";

type Scenario = z.output<typeof schema>;

const ELASTICITY = ["underProvisionedTime", "overProvisionedTime", "underProvisioned", "overProvisioned"] as const;

const value = (path: Path, message: string, fix: string): Problem => ({ path, at: "value", message, fix });
const key = (path: Path, message: string, fix: string): Problem => ({ path, at: "key", message, fix });

/** What the fields of a scenario say of each other and cannot both be true. One whose own shape is wrong is left out. */
export function scenarioProblems(file: unknown): Problem[] {
  return select(file, "scenarios.*").flatMap((found) => {
    const { data: scenario } = schema.safeParse(found.value);
    if (scenario === undefined) return [];
    const { present } = branchOf(load, valueAt(file, ["loads", scenario.load]));
    return [
      ...scalingProblems(scenario, found.path),
      ...mustScaleProblems(scenario, found.path),
      ...objectiveProblems(scenario, present.length === 1 ? present[0] : undefined, found.path),
      ...faultProblems(scenario.faults ?? [], [...found.path, "faults"]),
    ];
  });
}

function scalingProblems({ mustScale = [], mustNotScale = [] }: Scenario, path: Path): Problem[] {
  if (mustScale.length + mustNotScale.length === 0) {
    return [key(path, "asserts nothing", "add mustScale or mustNotScale with at least one workload")];
  }
  return mustNotScale.flatMap((workload, index) => {
    const here = [...path, "mustNotScale", index];
    if (mustScale.some((other) => other.workload === workload)) {
      return [value(here, `${workload} must scale and must not`, "remove it from mustScale or from mustNotScale")];
    }
    return mustNotScale.indexOf(workload) < index ? [value(here, `${workload} stands here twice`, "remove one")] : [];
  });
}

function mustScaleProblems({ mustScale = [] }: Scenario, path: Path): Problem[] {
  return mustScale.flatMap((expected, index) => {
    const here = [...path, "mustScale", index];
    const found: Problem[] = [];
    const { workload, metric, container, within, firstWithin } = expected;
    if (mustScale.findIndex((other) => other.workload === workload) < index) {
      found.push(
        value([...here, "workload"], `${workload} stands in mustScale twice`, "keep one, or write another scenario"),
      );
    }
    if (container !== undefined && metric !== "cpu" && metric !== "memory") {
      const of = metric === undefined ? "no metric is named" : `${metric} is not measured of a container`;
      found.push(key([...here, "container"], of, "write metric: cpu or metric: memory, or remove container"));
    }
    if (within !== undefined && firstWithin !== undefined && firstWithin > within) {
      const message = `the first replica may take ${firstWithin} s, and all of them only ${within} s`;
      found.push(value([...here, "firstWithin"], message, "write a firstWithin of at most within"));
    }
    return found;
  });
}

function objectiveProblems(
  { objectives = {}, mustScale = [] }: Scenario,
  kind: string | undefined,
  path: Path,
): Problem[] {
  const here = (name: string): Path => [...path, "objectives", name];
  const requests = (["failedRequests", "latencyP95"] as const).filter((name) => objectives[name] !== undefined);
  const elasticity = ELASTICITY.filter((name) => objectives[name] !== undefined);
  return [
    ...(kind === undefined || kind === "k6"
      ? []
      : requests.map((name) =>
          key(here(name), `a load of kind ${kind} counts no requests`, `remove ${name}, or use a load with k6`),
        )),
    ...(mustScale.length > 0
      ? []
      : elasticity.map((name) =>
          key(
            here(name),
            "is measured of workloads that must scale, and there are none",
            `remove ${name}, or add mustScale`,
          ),
        )),
  ];
}

/** Queries about workloads that need a scenario or a window to say anything. */
export function mustNotRiseProblems(file: unknown): Problem[] {
  const controls = selectTexts(file, "scenarios.*.mustNotScale.*").map((found) => found.value);
  const workloads = select(file, "workloads.*").map(({ path }) => String(path.at(-1)));
  return selectTexts(file, "evidence.prometheus.mustNotRise.*").flatMap(({ path, value: query }) => {
    const workload = String(path.at(-1));
    const found: Problem[] = [];
    if (workloads.includes(workload) && !controls.includes(workload)) {
      const message = `${workload} stands in mustNotScale of no scenario, so the query would never be asked`;
      found.push(key(path, message, `add ${workload} to mustNotScale of a scenario, or remove the query`));
    }
    if (!/\$window\b/.test(query)) {
      const message = "the query has no $window, so it would count what was there before the load";
      found.push(value(path, message, "write a range of [$window], as in sum(increase(http_requests_total[$window]))"));
    }
    return found;
  });
}
