import { formatReport, renderTable, reportOf } from "../../../loadtest/proof/report.ts";
import { neverStarted, type ScenarioReport } from "../../../loadtest/proof/scenarioRun.ts";
import { exitCodeOf } from "../../../loadtest/proof/verdict.ts";
import { GAP, gaps, ran, sample, value } from "./fixtures.ts";

const PASSED: ScenarioReport = {
  name: "queue-backlog",
  verdict: "pass",
  assertions: [
    { name: "api stays at 1", status: "pass", expected: "1 replicas throughout", measured: "1 in all of 95 readings" },
  ],
  live: { apiMinimum: 1, apiStabilisationSeconds: 30, workerCooldownSeconds: 15, workerPollingIntervalSeconds: 5 },
  loadStartedAt: "2026-01-01T00:00:00.000Z",
  loadEndedAt: "2026-01-01T00:00:03.000Z",
  endedAt: "2026-01-01T00:01:25.000Z",
  load: ran({ iterations: 40 }),
  ledger: value({ accepted: 4000, fulfilled: 4000, waiting: 0, deadLettered: 0, lost: 0, notFulfilled: [] }),
  samples: [sample(0), sample(1, gaps())],
};
const FAILED: ScenarioReport = {
  ...PASSED,
  name: "api-cpu",
  verdict: "fail",
  assertions: [
    {
      name: "api scales out",
      status: "fail",
      expected: "at least 3 ready",
      measured: '1 ready, "samples": []',
      reason: "there is no HPA api",
    },
  ],
  ledger: null,
  samples: [],
};

function report(...scenarios: ScenarioReport[]): ReturnType<typeof reportOf> {
  return reportOf({ startedAt: "2026-01-01T00:00:00.000Z", namespace: "orders-dev", scenarios });
}

test("report.json is what was measured, gaps as gaps, a sample a line", () => {
  const text = formatReport(report(PASSED, FAILED));
  const parsed: unknown = JSON.parse(text);
  expect(parsed).toMatchObject({
    schemaVersion: 1,
    verdict: "fail",
    scenarios: [{ name: "queue-backlog" }, { name: "api-cpu" }],
  });
  expect(parsed).toMatchObject({
    scenarios: [
      { samples: PASSED.samples, ledger: PASSED.ledger },
      { samples: [], assertions: FAILED.assertions },
    ],
  });
  expect(parsed).toMatchObject({ scenarios: [{ samples: [{}, { readings: { queue: GAP } }] }, {}] });
  expect(text.split("\n").filter((line) => line.includes('"atMs"'))).toHaveLength(2);
});

test("the verdict is that of the worst scenario", () => {
  expect(report(PASSED).verdict).toBe("pass");
  expect(report(PASSED, neverStarted({ name: "api-cpu" }, [], "why")).verdict).toBe("inconclusive");
  expect(report(neverStarted({ name: "queue-backlog" }, [], "why"), FAILED).verdict).toBe("fail");
  expect(report().verdict).toBe("inconclusive");
  expect((["pass", "fail", "inconclusive"] as const).map(exitCodeOf)).toEqual([0, 1, 2]);
});

test("the table shows each assertion with what was measured, and why it did not pass", () => {
  expect(renderTable(report(PASSED, FAILED))).toBe(
    [
      "",
      "queue-backlog: PASS",
      "  PASS  api stays at 1  1 in all of 95 readings",
      "  ledger: 4000 accepted = 4000 fulfilled + 0 waiting + 0 dead-lettered + 0 lost",
      "",
      "api-cpu: FAIL",
      '  FAIL  api scales out  1 ready, "samples": []',
      "        expected: at least 3 ready",
      "        because:  there is no HPA api",
      "",
      "FAIL",
    ].join("\n"),
  );
});
