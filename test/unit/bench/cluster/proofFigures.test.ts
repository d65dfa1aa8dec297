import { readFileSync } from "node:fs";
import { join } from "node:path";
import { figuresOf } from "../../../../bench/cluster/proofFigures.ts";
import type { ScenarioReport } from "../../../../loadtest/model/scenarioReport.ts";
import { parseReport } from "../../../../loadtest/report/parse.ts";
import { ROOT } from "../../../../scripts/process/paths.ts";

/** A recorded backlog, and what of an API scenario is looked at. */
function recorded(): ScenarioReport[] {
  const parsed = parseReport(readFileSync(join(ROOT, "docs/example-run/report.json"), "utf8"));
  if (parsed.kind !== "report") throw new Error(parsed.kind);
  const [backlog] = parsed.report.scenarios;
  if (backlog === undefined) throw new Error("there is no scenario");
  const [first] = backlog.timings;
  if (first === undefined) throw new Error("there is no timing");
  const timing = { ...first, workload: "api", measuredSeconds: 29, lowerBoundSeconds: 10 };
  return [backlog, { ...backlog, name: "api-cpu", timings: [timing] }];
}

test("a recorded proof's times are held against the middle of simulated runs of the same load", () => {
  const figures = figuresOf({ scenarios: recorded() }, 200);
  expect(figures).toMatchObject({
    firstReady: { measuredSeconds: 6 },
    allDesired: { measuredSeconds: 24 },
    allReady: { measuredSeconds: 26 },
    drained: { measuredSeconds: 41 },
    podSeconds: { measured: 275, clairvoyant: 194.4, fixed: 448.2 },
    apiDesired: { measuredSeconds: 29, referenceSeconds: 10 },
    // Each of the two took 56 s from its load to idle.
    own: { measuredSeconds: 88, referenceSeconds: 200 },
  });
  const { firstReady, allDesired, allReady, drained } = figures;
  const expected = [firstReady, allDesired, allReady, drained].map(({ referenceSeconds }) => referenceSeconds);
  expect(expected).toEqual(expected.toSorted((a, b) => a - b));
  // Its poll of 5 s is met after 2.5 s in the middle, and pods start within 1 to 3 s.
  expect(firstReady.referenceSeconds).toBeGreaterThanOrEqual(3);
  expect(firstReady.referenceSeconds).toBeLessThanOrEqual(6);
  expect(drained.referenceSeconds).toBeGreaterThan(30);
});

test("a report without a scenario or a time names it", () => {
  const [backlog, api] = recorded();
  if (backlog === undefined || api === undefined) throw new Error("there are none");
  expect(() => figuresOf({ scenarios: [backlog] }, 200)).toThrow("the report has no scenario api-cpu");
  expect(() => figuresOf({ scenarios: [{ ...backlog, timings: [] }, api] }, 200)).toThrow(
    "queue-backlog has not measured first-ready of worker",
  );
});
