import { assumptionShapes, type Assumption } from "../../../loadtest/model/podSeconds.ts";
import { type LowerBoundReason, lowerBoundShapes, timing, timingIds } from "../../../loadtest/model/timing.ts";
import { assumptionsText } from "../../../loadtest/report/texts/podSecondsTexts.ts";
import { lowerBoundText, timedBy, timingName, timingSpan } from "../../../loadtest/report/texts/timingTexts.ts";
import { foreignScenario } from "./foreignReport.ts";

/** Figures for any shape. */
const anyParams = new Proxy(
  { path: [1, 5, 8], policies: [{ type: "Pods", value: 4, periodSeconds: 15 }] },
  { get: (given, name) => (Reflect.get(given, name) as unknown) ?? 7 },
);

function duplicatesIn(texts: readonly string[]): string[] {
  return texts.filter((text, index) => texts.indexOf(text) !== index);
}

describe("texts", () => {
  test("of timings differ from id to id and from workload to workload", () => {
    const timings = timingIds.flatMap((id) => ["web", "jobs"].map((workload) => ({ id, workload })));
    expect(duplicatesIn(timings.map(timingName))).toEqual([]);
    for (const by of ["queue", "keda", "load"] as const) {
      expect(duplicatesIn(timingIds.map((id) => timingSpan(id, by)))).toEqual([]);
    }
  });

  test("of a timing say from which moment it counts: its queue's, its metric's, or the load's", () => {
    const { autoscalingConfig } = foreignScenario(null);
    const queue = { name: "emails", workload: "web" };
    const spans = ["web", "mailer", "cache"].map((workload) =>
      timingSpan("idle", timedBy(workload, { queue, autoscalingConfig })),
    );
    expect(spans).toEqual([
      "queue empty → idle replicas",
      "metric inactive → idle replicas",
      "load's end → idle replicas",
    ]);
    expect(timingSpan("first-ready", "queue")).toBe("first message → first replica ready");
    expect(timingSpan("first-ready", "keda")).toBe("first demand → more replicas ready");
    expect(timingSpan("first-ready", "load")).toBe("load → more replicas ready");
  });

  test("of lower bounds and assumptions differ from id to id", () => {
    const reasons = Object.keys(lowerBoundShapes).map(
      (id) => ({ id, params: anyParams }) as unknown as LowerBoundReason,
    );
    expect(duplicatesIn(reasons.map((reason) => lowerBoundText([reason])))).toEqual([]);
    const assumptions = Object.keys(assumptionShapes).map((id) => ({ id, params: anyParams }) as unknown as Assumption);
    expect(duplicatesIn(assumptions.map((assumption) => assumptionsText([assumption])))).toEqual([]);
  });

  test("of a lower bound name its parts one after the other, with their figures", () => {
    expect(
      lowerBoundText([
        { id: "keda-poll", params: { pollingIntervalSeconds: 5 } },
        { id: "pod-start", params: { seconds: 2 } },
      ]),
    ).toBe(
      "KEDA polls every 5 s: 0 s where a poll falls right after the first message, 2.5 s on average, 5 s at most; " +
        "plus 2 s from a pod's creation to ready, the shortest in this run to the second",
    );
  });

  test("of a cooldown have its range of seconds", () => {
    const params = { cooldownSeconds: 15, pollingIntervalSeconds: 5, maxSeconds: 20 };
    expect(lowerBoundText([{ id: "keda-cooldown", params }])).toMatch(/^cooldown 15 s .*: 10 to 20 s$/);
  });
});

test("a lower bound with another id's figures does not fit the schema", () => {
  const lowerBound = timing.shape.lowerBound.element;
  expect(lowerBound.safeParse({ id: "pod-start", params: { seconds: 2 } }).success).toBe(true);
  expect(lowerBound.safeParse({ id: "pod-start", params: { replicas: 2 } }).success).toBe(false);
  expect(lowerBound.safeParse({ id: "pod-starts", params: { seconds: 2 } }).success).toBe(false);
});
