import { evaluateClaims } from "../../../loadtest/targets/orders/claims/evaluateClaims.ts";
import type { ClaimEvidence } from "../../../loadtest/targets/orders/claims/evidence.ts";
import type { CommitTimes } from "../../../loadtest/targets/orders/ledger/commitTimes.ts";
import type { OrdersClaim } from "../../../loadtest/targets/orders/scenarios/claims.ts";
import type { PodLife } from "../../../loadtest/model/pods.ts";
import { NOTHING_DONE } from "./evaluation.ts";

const KILLED_MS = 10_000;

/** 200 orders, committed one after the other every 100 ms; those of `late` so many seconds after the kill instead. */
function commits(late: Record<number, number>): ReadonlyMap<string, CommitTimes> {
  return new Map(
    Array.from({ length: 200 }, (_, index) => {
      const lateSeconds = late[index];
      const processedMs = lateSeconds === undefined ? index * 100 : KILLED_MS + lateSeconds * 1000;
      return [`order-${index}`, { acceptedMs: index, processedMs }];
    }),
  );
}

function evidence(of: Partial<ClaimEvidence>): ClaimEvidence {
  return {
    run: {} as ClaimEvidence["run"],
    pods: [],
    done: { ...NOTHING_DONE, killed: [{ pod: "worker-1", atMs: KILLED_MS }] },
    ledger: null,
    commitTimes: { kind: "value", value: commits({}) },
    lockSeconds: { kind: "value", value: 60 },
    answers: { unexpected: [], poison: [], invalidAccepted: [] },
    deadLetters: { kind: "value", value: new Map() },
    abuse: { kind: "absent" },
    thirds: null,
    mostMemoryMiB: null,
    counters: null,
    ...of,
  };
}

function pod(name: string, restarts: number): PodLife {
  return { name, workload: "worker", restarts, endedBecause: null } as PodLife;
}

const redelivered: OrdersClaim = { id: "redelivered-within-lock-time", marginSeconds: 5 };
const notRestarted: OrdersClaim = { id: "not-restarted", workload: "worker" };

describe("redelivered within lock time", () => {
  test.each([
    ["at the end of the lock", { 98: 60.4, 99: 61 }, "pass", { redelivered: 2, slowestSeconds: 61 }],
    ["after the lock and its margin", { 98: 60.4, 99: 66 }, "fail", { redelivered: 2, slowestSeconds: 66 }],
    ["not at all", {}, "inconclusive", { redelivered: 0, slowestSeconds: null }],
  ])("what came %s", (_, late, status, measured) => {
    const commitTimes = { kind: "value", value: commits(late) } as const;
    expect(evaluateClaims([redelivered], evidence({ commitTimes }))).toMatchObject([{ status, measured }]);
  });

  test("is not known where the lock time or the commits could not be read", () => {
    const gap = { kind: "gap", error: "no answer" } as const;
    for (const unread of [{ lockSeconds: gap }, { commitTimes: gap }]) {
      expect(evaluateClaims([redelivered], evidence(unread))).toMatchObject([{ status: "inconclusive" }]);
    }
  });
});

test("a restart fails, but for that of a killed pod", () => {
  const killedOnly = evidence({ pods: [pod("worker-1", 1), pod("worker-2", 0)] });
  expect(evaluateClaims([notRestarted], killedOnly)).toMatchObject([{ status: "pass", measured: { pods: 1 } }]);
  const other = evidence({ pods: [pod("worker-1", 1), pod("worker-2", 2)] });
  expect(evaluateClaims([notRestarted], other)).toMatchObject([
    { status: "fail", measured: { restarts: 2 }, causes: [{ subject: "worker-2" }] },
  ]);
});
