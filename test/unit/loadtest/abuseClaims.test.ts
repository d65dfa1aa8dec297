import { type AbuseAnswers, abuseAnswers } from "../../../loadtest/model/abuse.ts";
import { abuseRefused } from "../../../loadtest/targets/orders/claims/abuse.ts";
import type { ClaimEvidence } from "../../../loadtest/targets/orders/claims/evidence.ts";
import { latencyLessThanDoubled } from "../../../loadtest/targets/orders/claims/latency.ts";
import { memoryBounded } from "../../../loadtest/targets/orders/claims/memory.ts";
import { ran, value } from "./fixtures.ts";

const GAP = { kind: "gap", error: "ENOENT" } as const;

describe("abuse", () => {
  const claim = { id: "abuse-refused", connections: 10_000 } as const;
  const answers = (of: Partial<AbuseAnswers["kinds"]> = {}, mostHeld = 10_000): AbuseAnswers =>
    abuseAnswers.parse({
      kinds: {
        malformed: { byStatus: { 400: 30, 415: 3 }, unanswered: 0 },
        huge: { byStatus: { 413: 2, 431: 2 }, unanswered: 0 },
        slow: { byStatus: { 408: 300 }, unanswered: 0 },
        held: { byStatus: { 404: 10_000 }, unanswered: 0 },
        ...of,
      },
      mostHeld,
    });

  test.each([
    ["is refused", answers(), "pass"],
    ["is accepted", answers({ huge: { byStatus: { 413: 2, 202: 1 }, unanswered: 0 } }), "fail"],
    ["breaks the server", answers({ malformed: { byStatus: { 400: 30, 500: 1 }, unanswered: 0 } }), "fail"],
    ["is refused as another kind", answers({ slow: { byStatus: { 400: 300 }, unanswered: 0 } }), "fail"],
    ["gets no answer", answers({ held: { byStatus: { 404: 9_999 }, unanswered: 1 } }), "fail"],
    ["was less than declared", answers({}, 9_000), "inconclusive"],
    ["was not sent", answers({ slow: { byStatus: {}, unanswered: 0 } }), "inconclusive"],
  ])("%s", (_, abuse, status) => {
    expect(abuseRefused(claim, { abuse: value(abuse) })).toMatchObject({ status });
  });

  test("of which nothing is known shows nothing", () => {
    expect(abuseRefused(claim, { abuse: GAP })).toMatchObject({
      status: "inconclusive",
      causes: [{ id: "abuse-answers-unreadable", params: { error: "ENOENT" } }],
    });
  });
});

describe("the others", () => {
  const third = (p99: number) => ({ p50: 1, p95: 2, p99, max: 9999 });
  const run = { load: ran({ iterations: 1 }) } as ClaimEvidence["run"];
  test.each([
    ["less than doubles", [third(500), third(20), third(39)], "pass"],
    ["doubles", [third(500), third(20), third(40)], "fail"],
    ["was not measured by thirds", null, "inconclusive"],
  ])("p99 %s", (_, thirds, status) => {
    expect(latencyLessThanDoubled({ thirds, run })).toMatchObject({ status });
  });

  test("p99 says nothing on a machine that was starved", () => {
    const starved = { ...run, waitedShare: 0.91 };
    expect(latencyLessThanDoubled({ thirds: [third(500), third(20), third(40)], run: starved })).toMatchObject({
      status: "inconclusive",
      causes: [{ id: "machine-starved" }, { id: "latency-doubled" }],
    });
  });
});

test.each([
  ["stays below it", value(161.4), "pass"],
  ["exceeds it", value(384.5), "fail"],
  ["is not known", GAP, "inconclusive"],
  ["is not known without Prometheus", null, "inconclusive"],
])("memory %s", (_, mostMemoryMiB, status) => {
  const claim = { id: "memory-bounded", workload: "api", atMostMiB: 384 } as const;
  expect(memoryBounded(claim, { mostMemoryMiB })).toMatchObject({ status });
});
