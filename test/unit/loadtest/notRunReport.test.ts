import type { PreflightFinding } from "../../../loadtest/preflight/finding.ts";
import { notRunReport } from "../../../loadtest/preflight/notRunReport.ts";
import { reportWith } from "./reportFixtures.ts";

test("a report of a proof that ran no load is inconclusive, with finding ids and messages as causes", () => {
  const finding: PreflightFinding = {
    id: "needed-object-missing",
    severity: "ERROR",
    params: {
      object: { kind: "Service", name: "prometheus", namespace: "orders-dev", purpose: "to read counters" },
    },
  };
  const { target, startedAt, profile, command } = reportWith("inconclusive");
  const report = notRunReport({
    runs: [{ scenario: { name: "api-cpu", summary: "" }, repeat: null }],
    reasons: [finding, "interrupted"],
    ...{ target, startedAt, profile, command },
  });
  expect(report).toMatchObject({
    verdict: "inconclusive",
    scenarios: [
      {
        verdict: "inconclusive",
        assertions: [
          {
            id: "preflight-checks-passed",
            causes: [
              {
                subject: "needed-object-missing",
                params: { message: expect.stringMatching(/no Service prometheus/) as string },
              },
              { subject: "preflight", params: { message: "interrupted" } },
            ],
          },
        ],
      },
    ],
  });
});
