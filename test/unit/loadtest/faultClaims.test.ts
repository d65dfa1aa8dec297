import { evaluateClaims } from "../../../loadtest/targets/orders/claims/evaluateClaims.ts";
import type { ClaimEvidence } from "../../../loadtest/targets/orders/claims/evidence.ts";
import { parseAnswers } from "../../../loadtest/targets/orders/ledger/answers.ts";
import type { OrdersClaim } from "../../../loadtest/targets/orders/scenarios/claims.ts";
import type { Sample } from "../../../loadtest/model/observed.ts";
import { NOTHING_DONE } from "./evaluation.ts";
import { deployment, ledgerOf, value } from "./fixtures.ts";

const START_MS = 1_000_000;
const FAULT_MS = START_MS + 20_000;
const RESTORED = { id: "changes-reverted", params: {} } as const;
const KILLED = { id: "pod-killed", params: { workload: "api", how: "sigkill" } } as const;

/** A sample a second, 60 of them; the queue cannot be read in the seconds of `gap`. */
function samples(of: { gap?: readonly [number, number]; workers?: (at: number) => number } = {}): Sample[] {
  const { gap = [-1, -1], workers = () => 4 } = of;
  return Array.from({ length: 60 }, (_, at) => ({
    atMs: START_MS + at * 1000,
    workloads: {
      worker: {
        ...{ replicas: deployment(workers(at)), autoscaler: { kind: "absent" }, scaledObject: { kind: "absent" } },
        externalMetrics: { kind: "absent" },
      },
    },
    queues: {
      queue: at >= gap[0] && at <= gap[1] ? { kind: "gap", error: "refused" } : value({ active: 0, deadLettered: 0 }),
    },
  }));
}

function evaluate(claim: OrdersClaim, of: Partial<ClaimEvidence> & { log?: string; samples?: Sample[] } = {}) {
  const evidence: ClaimEvidence = {
    run: { samples: of.samples ?? samples(), loadStartMs: START_MS } as unknown as ClaimEvidence["run"],
    pods: [],
    done: {
      ...NOTHING_DONE,
      injected: [{ fault: KILLED, atMs: FAULT_MS }],
      killed: [{ pod: "api-1", atMs: FAULT_MS }],
    },
    ledger: value(ledgerOf({ accepted: 100, processedOnce: 100 })),
    commitTimes: value(new Map()),
    lockSeconds: value(60),
    answers: parseAnswers(of.log ?? ""),
    deadLetters: value(new Map()),
    abuse: { kind: "absent" },
    thirds: null,
    mostMemoryMiB: null,
    counters: null,
    ...of,
  };
  const [assertion] = evaluateClaims([claim], evidence);
  return assertion;
}

/** A request that was sent so many seconds after the fault. */
const answered = (status: number, atSeconds: number, seconds: number): string =>
  `answered ${status} ${FAULT_MS + atSeconds * 1000} ${seconds * 1000} 11111111-1111-8111-8111-111111111111`;

describe("rejected requests", () => {
  const inTime: OrdersClaim = { id: "answered-in-time", withinSeconds: 3, statuses: [503] };
  test.each([
    ["503 in time", answered(503, 1, 2), "pass"],
    ["503 too late", answered(503, 1, 4), "fail"],
    ["another status", answered(500, 1, 1), "fail"],
    ["no answer at all", answered(0, 1, 1), "fail"],
    ["nothing, since none was rejected", "", "pass"],
  ])("are to be answered in time, and were answered with %s", (_, log, status) => {
    expect(evaluate(inTime, { log })).toMatchObject({ status });
  });

  const again: OrdersClaim = { id: "accepting-again", withinSeconds: 10, after: "queue-readable" };
  test.each([
    [9, "pass", { rejected: 1, lastAfterSeconds: 9 }],
    [11, "fail", { rejected: 1, lastAfterSeconds: 11 }],
  ])("end %s s after the queue could be read again", (after, status, measured) => {
    // It can be read again 30 s into the load, 10 s after the fault.
    const log = answered(503, 10 + after, 0.1);
    expect(evaluate(again, { log, samples: samples({ gap: [20, 29] }) })).toMatchObject({ status, measured });
  });

  test("say nothing of a bus that could be read throughout", () => {
    expect(evaluate(again)).toMatchObject({ status: "inconclusive", causes: [{ id: "fault-not-seen" }] });
  });

  const inFlight: OrdersClaim = { id: "failed-in-flight-only", marginSeconds: 2 };
  test.each([
    ["in flight at the kill", answered(0, -0.5, 1), "pass"],
    ["right after it", answered(0, 1.5, 0.1), "pass"],
    ["long before it", answered(0, -10, 1), "fail"],
    ["long after it", answered(0, 5, 0.1), "fail"],
  ])("fail %s", (_, log, status) => {
    expect(evaluate(inFlight, { log })).toMatchObject({ status });
  });

  test("fail where an order was committed twice", () => {
    const ledger = value({ ...ledgerOf({ accepted: 100, processedOnce: 100 }), duplicatesAbsorbed: 1 });
    const run = { samples: samples(), loadStartMs: START_MS, waitedShare: 0.6 } as unknown as ClaimEvidence["run"];
    expect(evaluate(inFlight, { ledger, run })).toMatchObject({ status: "fail", measured: { committedTwice: 1 } });
  });

  test.each([
    ["in time", inTime, answered(503, 1, 4)],
    ["again", again, answered(503, 21, 0.1)],
    ["in flight only", inFlight, answered(0, 5, 0.1)],
  ])("say nothing of a target whose machine was starved: %s", (_, claim, log) => {
    const run = { samples: samples({ gap: [20, 29] }), loadStartMs: START_MS, waitedShare: 0.6 };
    const evaluated = evaluate(claim, { log, run: run as unknown as ClaimEvidence["run"] });
    expect(evaluated).toMatchObject({ status: "inconclusive" });
    expect(evaluated?.causes.map(({ id }) => id)).toContain("machine-starved");
  });

  test("of invalid orders are no acceptance", () => {
    const none: OrdersClaim = { id: "no-invalid-order-accepted" };
    expect(evaluate(none, { log: "answered 503 1 2 invalid" })).toMatchObject({ status: "pass" });
    expect(evaluate(none, { log: "invalid 11111111-1111-8111-8111-111111111111" })).toMatchObject({ status: "fail" });
  });
});

describe("poison", () => {
  const claim: OrdersClaim = { id: "poison-dead-lettered", reason: "invalid-order" };
  test.each([
    ["at its first delivery, with the reason", { reason: "invalid-order", failedDeliveries: 0 }, "pass"],
    ["after other deliveries", { reason: "invalid-order", failedDeliveries: 9 }, "fail"],
    ["with another reason", { reason: "MaxDeliveryCountExceeded", failedDeliveries: 0 }, "fail"],
    ["not at all", undefined, "fail"],
  ])("is dead-lettered %s", (_, letter, status) => {
    const deadLetters = value(new Map(letter === undefined ? [] : [["a", letter]]));
    expect(evaluate(claim, { log: "poison a", deadLetters })).toMatchObject({ status });
  });

  test("that was never sent shows nothing", () => {
    expect(evaluate(claim)).toMatchObject({ status: "inconclusive" });
  });
});

test.each([
  ["less than doubles", 190, "pass"],
  ["doubles", 200, "fail"],
])("the 95th percentile of the age %s", (_, underMs, status) => {
  const claim: OrdersClaim = { id: "age-less-than-doubled", sinceSeconds: 10, fromSeconds: 30 };
  const order = (index: number, seconds: number, ageMs: number) => {
    const acceptedMs = START_MS + seconds * 1000;
    return [`${seconds}-${index}`, { acceptedMs, processedMs: acceptedMs + ageMs }] as const;
  };
  const orders = Array.from({ length: 100 }, (__, index) => [
    // What came before the workers were there is not compared.
    ...[order(index, 1, 30_000), order(index, 20, 100), order(index, 40, underMs)],
  ]);
  expect(evaluate(claim, { commitTimes: value(new Map(orders.flat())) })).toMatchObject({ status });
});

describe("replicas", () => {
  const claim: OrdersClaim = { id: "replicas-kept", workload: "worker", seconds: 20 };
  test.each([
    ["stay", () => 4, "pass"],
    ["grow", (at: number) => (at > 25 ? 8 : 4), "pass"],
    ["fall within the time", (at: number) => (at > 25 ? 3 : 4), "fail"],
    ["fall after it", (at: number) => (at > 45 ? 3 : 4), "pass"],
  ])("that %s", (_, workers, status) => {
    expect(evaluate(claim, { samples: samples({ workers }) })).toMatchObject({ status });
  });

  test("say nothing where the fault was never injected", () => {
    const done = { ...NOTHING_DONE, injected: [{ fault: RESTORED, atMs: FAULT_MS }] };
    expect(evaluate(claim, { done })).toMatchObject({ status: "inconclusive" });
  });
});

describe("processing", () => {
  const claim: OrdersClaim = { id: "processing-held", heldSeconds: 5, withinSeconds: 10 };
  const done = {
    ...NOTHING_DONE,
    injected: [
      { fault: KILLED, atMs: START_MS - 5000 },
      { fault: KILLED, atMs: FAULT_MS },
      { fault: RESTORED, atMs: FAULT_MS + 20_000 },
    ],
  };
  /** Orders that were committed so many seconds after the fault. */
  const committed = (...at: number[]) =>
    value(new Map(at.map((s) => [String(s), { acceptedMs: START_MS, processedMs: FAULT_MS + s * 1000 }])));
  test.each([
    ["is held from the fault to its end, and resumes", [-1, 21], "pass", 21, 1],
    ["goes on for a moment, is held, and resumes", [0.5, 1, 21], "pass", 20, 1],
    ["is held, and resumes too late", [-1, 31], "fail", 31, 11],
    ["never resumes", [-1], "fail", 30, null],
    ["is not held", [1, 4, 8, 12, 16, 20, 21], "inconclusive", 4, 1],
  ])("%s", (_, at, status, heldSeconds, resumedAfterSeconds) => {
    const run = { samples: [], loadStartMs: START_MS, endMs: FAULT_MS + 30_000 } as unknown as ClaimEvidence["run"];
    const found = evaluate(claim, { done, run, commitTimes: committed(...at) });
    expect(found).toMatchObject({ status, measured: { heldSeconds, resumedAfterSeconds } });
  });
});

test("a fault that has to reject something and rejects nothing shows nothing", () => {
  const claim: OrdersClaim = { id: "answered-in-time", withinSeconds: 3, statuses: [503], atLeast: 1 };
  expect(evaluate(claim)).toMatchObject({ status: "inconclusive", causes: [{ id: "fault-not-seen" }] });
  expect(evaluate(claim, { log: answered(503, 1, 1) })).toMatchObject({ status: "pass" });
});

describe("evictions", () => {
  const claim: OrdersClaim = { id: "evicted-within-budget", workload: "worker", available: 1 };
  const attempt = (pod: string, refusedBecause: string | null) => ({ pod, refusedBecause, atMs: FAULT_MS });
  const waited = [attempt("worker-1", null), attempt("worker-2", "budget"), attempt("worker-2", null)];
  const ended = (exitCode: number | null) =>
    ["worker-1", "worker-2"].map((name) => ({
      name,
      workload: "worker",
      exitCode,
    })) as unknown as ClaimEvidence["pods"];
  test.each([
    ["of which one waited for the budget", waited, 4, 0, "pass"],
    ["that the budget refused to the end", waited.slice(0, 2), 4, 0, "fail"],
    ["that left none ready", waited, 0, 0, "fail"],
    ["of a pod that ended otherwise", waited, 4, 137, "fail"],
    ["of which none had to wait", waited.slice(0, 1), 4, 0, "inconclusive"],
    ["of another workload's pods only", [attempt("api-1", null)], 4, 0, "inconclusive"],
  ])("%s", (_, evictions, fewest, exitCode, status) => {
    const workers = (at: number) => (at === 30 ? fewest : 4);
    const of = { done: { ...NOTHING_DONE, evictions }, pods: ended(exitCode), samples: samples({ workers }) };
    expect(evaluate(claim, of)).toMatchObject({ status });
  });
});

test.each([
  [100, "pass"],
  [99, "fail"],
])("%s absorbed duplicates of 100", (duplicatesAbsorbed, status) => {
  const ledger = value({ ...ledgerOf({ accepted: 100, processedOnce: 100 }), duplicatesAbsorbed });
  expect(evaluate({ id: "duplicates-absorbed", atLeast: 100 }, { ledger })).toMatchObject({ status });
});
