import { type Assertion, failed, inconclusive, passed } from "../../../../loadtest/model/assertion.ts";
import { causeOf } from "../../../../loadtest/model/cause.ts";
import { finding } from "../../../../scripts/diagnosis/finding.ts";
import type { ExpectedDetection } from "../../../../scripts/mutants/catalogue.ts";
import { detectInReport, detectionOf, detectRepeatedly, isDetected } from "../../../../scripts/mutants/detect.ts";
import { isReported, type Reported, reportedByDoctor, reportedByProof } from "../../../../scripts/mutants/detectors.ts";

const CLAIM = {
  id: "scales-out",
  subject: "worker",
  expected: { ready: 4, withinSeconds: 180, after: "load-start" },
} as const;
const TOO_FEW = causeOf("max-replicas-below-required", "worker", {
  ...{ object: "ScaledObject", maxReplicas: 1, required: 4 },
});
const EMPTY_QUEUE = causeOf("queue-never-held-messages", "queue", {});
const PROOF: ExpectedDetection = {
  ...{ by: "proof", scenario: "queue-backlog", assertion: "scales-out", cause: "max-replicas-below-required" },
};

type Report = Parameters<typeof reportedByProof>[0];

/** As much of a report as is read. */
function reportOf(...assertions: Assertion[]): Report {
  return { scenarios: [{ name: "queue-backlog", assertions }] } as unknown as Report;
}

test("a detection needs all its ids in one report", () => {
  const report = (...ids: string[]): Reported => ({ ids, line: "" });
  const ids = ["queue-backlog", "scales-out", "max-replicas-below-required"] as const;
  expect(isReported(PROOF, [report(...ids, "hpa-missing")])).toBe(true);
  expect(isReported(PROOF, [report(ids[0], ids[1]), report(ids[2])])).toBe(false);
});

test("the doctor's warning about an objective has the id of its cause beside its own", () => {
  const subject = { kind: "ScaledObject", name: "worker" };
  const reported = reportedByDoctor([
    finding("objective-unreachable", subject, { cause: TOO_FEW, scenario: "queue-backlog" }),
    finding("queue-missing", { kind: "Queue", name: "invoices" }, { namespace: "orders" }),
  ]);
  expect(reported.map(({ ids }) => ids)).toEqual([
    ["objective-unreachable", "max-replicas-below-required"],
    ["queue-missing"],
  ]);
});

test("only failed assertions of a proof are reported", () => {
  const report = reportOf(
    failed(CLAIM, null, TOO_FEW),
    inconclusive(CLAIM, null, EMPTY_QUEUE),
    passed(CLAIM, { reachedAfterSeconds: 5, mostReady: 4, mostDesired: 4 }),
  );
  expect(reportedByProof(report).map(({ ids }) => ids)).toEqual([
    ["queue-backlog", "scales-out", "max-replicas-below-required"],
  ]);
});

test("a proof that failed by something else, while the assertion that has to fail was not decided, is inconclusive", () => {
  const other = failed({ id: "none-lost", subject: "orders", expected: {} }, { accepted: 1, lost: 1 });
  const undecided = reportOf(inconclusive(CLAIM, null, EMPTY_QUEUE), other);
  expect(detectInReport(PROOF, { verdict: "fail", ...undecided }, 1).inconclusive).toContain("queue");
  expect(detectInReport(PROOF, { verdict: "fail", ...reportOf(other) }, 1).inconclusive).toBeUndefined();
});

describe("a repeated detection", () => {
  const expected: ExpectedDetection = { by: "doctor", on: "deployed", finding: "queue-missing" };
  const options = { timeoutSeconds: 60, everyMs: 1, signal: new AbortController().signal };
  const other: Reported = { ids: ["keda-missing"], line: "KEDA is missing" };
  const right: Reported = { ids: ["queue-missing"], line: "no such queue" };

  test("goes on until it is reported", async () => {
    const answers = [[], [other], [right], [other]];
    const detection = await detectRepeatedly(expected, () => Promise.resolve(answers.shift() ?? []), options);
    expect([detection.detected, detection.lines, answers.length]).toEqual([true, ["no such queue"], 1]);
  });

  test("ends with the timeout, and has what was reported instead", async () => {
    const detection = await detectRepeatedly(expected, () => Promise.resolve([other]), {
      ...options,
      timeoutSeconds: 0,
    });
    expect([detection.detected, detection.lines]).toEqual([false, ["KEDA is missing"]]);
    expect(isDetected([expected], [detection])).toBe(false);
  });

  test("that was interrupted is inconclusive", async () => {
    const abort = new AbortController();
    const report = (): Promise<Reported[]> => {
      abort.abort();
      return Promise.resolve([other]);
    };
    const detection = await detectRepeatedly(expected, report, { ...options, signal: abort.signal });
    expect(detection).toMatchObject({ detected: false, inconclusive: "interrupted" });
    expect(isDetected([expected], [detection])).toBeUndefined();
    expect(isDetected([expected, expected], [detectionOf(expected, [], 1), detection])).toBe(false);
  });
});

describe("a proof", () => {
  const pass = passed(CLAIM, { reachedAfterSeconds: 5, mostReady: 4, mostDesired: 4 });

  test.each([
    ["fails with the cause", "fail", failed(CLAIM, null, TOO_FEW), true],
    ["fails with another cause", "fail", failed(CLAIM, null, EMPTY_QUEUE), false],
    ["passes", "pass", pass, false],
    ["is inconclusive", "inconclusive", inconclusive(CLAIM, null, TOO_FEW), undefined],
  ] as const)("that %s", (_, verdict, assertion, detected) => {
    const detection = detectInReport(PROOF, { ...reportOf(assertion), verdict }, 60);
    expect(isDetected([PROOF], [detection])).toBe(detected);
  });

  test("that is inconclusive has its reason", () => {
    const report = reportOf(inconclusive(CLAIM, null, EMPTY_QUEUE));
    expect(detectInReport(PROOF, { ...report, verdict: "inconclusive" }, 60).inconclusive).toBe(
      "worker scales out to at least 4: the queue was never seen to hold a message",
    );
  });
});
