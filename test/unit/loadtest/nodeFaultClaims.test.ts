import type { Sample } from "../../../loadtest/model/observed.ts";
import { evaluateClaims } from "../../../loadtest/targets/orders/claims/evaluateClaims.ts";
import { replicasKept } from "../../../loadtest/targets/orders/claims/replicasKept.ts";
import { throughputFalls } from "../../../loadtest/targets/orders/claims/throughput.ts";
import { unseenCalledGap } from "../../../loadtest/targets/orders/claims/unseen.ts";
import type { ClaimEvidence } from "../../../loadtest/targets/orders/claims/evidence.ts";
import { NOTHING_DONE } from "./evaluation.ts";
import { deployment, value } from "./fixtures.ts";

const START_MS = 1_000_000;
const GAP = { kind: "gap", error: "connect ECONNREFUSED" } as const;
const RESTORED = { id: "changes-reverted", params: {} } as const;
const CUT = { id: "node-fault", params: { fault: { kind: "connections-cut", port: 5672 } } } as const;
const AWAY = { id: "node-fault", params: { fault: { kind: "daemon-stopped", daemon: "kube-apiserver" } } } as const;

const at = (seconds: number): number => START_MS + seconds * 1000;

describe("throughput under cuts from 10 s to 15 s and from 20 s to 25 s", () => {
  const done: ClaimEvidence["done"] = {
    ...NOTHING_DONE,
    injected: [10, 20].flatMap((seconds) => [
      { fault: CUT, atMs: at(seconds) },
      { fault: RESTORED, atMs: at(seconds + 5) },
    ]),
  };
  /** So many orders are committed in each second from 0 s to 30 s. */
  const committed = (inSecond: (second: number) => number): ClaimEvidence["commitTimes"] =>
    value(
      new Map(
        Array.from({ length: 31 }, (_, second) =>
          Array.from(
            { length: inSecond(second) },
            (__, index) => [`${second}-${index}`, { acceptedMs: at(0), processedMs: at(second) }] as const,
          ),
        ).flat(),
      ),
    );
  const isCut = (second: number): boolean => (second >= 10 && second < 15) || (second >= 20 && second < 25);

  test.each([
    ["falls", (second: number) => (isCut(second) ? 1 : 10), "pass"],
    ["stays", () => 10, "fail"],
  ] as const)("%s", (_, inSecond, status) => {
    expect(throughputFalls({ commitTimes: committed(inSecond), done })).toMatchObject({
      status,
      measured: { cutSeconds: 10, otherwisePerSecond: 10.5 },
    });
  });

  test.each([
    ["none was injected", committed(() => 10), NOTHING_DONE],
    ["all was committed before", committed((second) => (second < 10 ? 10 : 0)), done],
    ["the commits could not be read", GAP, done],
  ] as const)("is not known where %s", (_, commitTimes, injected) => {
    expect(throughputFalls({ commitTimes, done: injected })).toMatchObject({ status: "inconclusive" });
  });
});

test.each([
  ["nobody was killed", NOTHING_DONE, "locks-ended-early"],
  ["a worker was killed", { ...NOTHING_DONE, killed: [{ pod: "worker-1", atMs: at(1) }] }, "worker-does-not-drain"],
])("lost locks say why where %s", (_, done, id) => {
  const counters = value({ locksLost: 24 });
  const [assertion] = evaluateClaims([{ id: "no-lock-lost" }], { done, counters } as unknown as ClaimEvidence);
  expect(assertion).toMatchObject({ status: "fail", measured: { lost: 24 }, causes: [{ id }] });
});

describe("20 s without the API server, from 10 s on", () => {
  const done = { ...NOTHING_DONE, injected: [{ fault: AWAY, atMs: at(10) }] };
  /** A sample a second, 60 of them; `away` says what was read meanwhile, which ends at 33 s, and `later` how many workers there are then. */
  const run = (away: Sample["workloads"][string]["replicas"], later = 4): ClaimEvidence["run"] => {
    const samples = Array.from({ length: 60 }, (_, second): Sample => {
      const isAway = second > 10 && second < 33;
      const other = isAway ? GAP : ({ kind: "absent" } as const);
      const replicas = isAway ? away : deployment(second < 33 ? 4 : later);
      return {
        atMs: at(second),
        workloads: { worker: { replicas, autoscaler: other, scaledObject: other, externalMetrics: other } },
        queues: {},
      };
    });
    return { samples, loadStartMs: START_MS } as unknown as ClaimEvidence["run"];
  };
  const gaps = { id: "unseen-called-gap", workload: "worker", seconds: 20 } as const;
  const kept = { id: "replicas-kept", workload: "worker", seconds: 20 } as const;

  test("what was not seen is called a gap", () => {
    expect(unseenCalledGap(gaps, { run: run(GAP), done })).toMatchObject({
      status: "pass",
      measured: { readings: 60, gaps: 60 },
    });
  });

  test.each([
    ["not there", { kind: "absent" }],
    ["as it was", deployment(4)],
  ] as const)("what was not seen is called %s", (_, away) => {
    expect(unseenCalledGap(gaps, { run: run(away), done })).toMatchObject({
      status: "fail",
      causes: [{ id: "unseen-called-otherwise", params: { atSeconds: 1 } }],
    });
  });

  test("that never came show nothing", () => {
    expect(unseenCalledGap(gaps, { run: run(GAP), done: NOTHING_DONE })).toMatchObject({ status: "inconclusive" });
  });

  test.each([
    [4, "pass"],
    [3, "fail"],
  ])("the first reading after them shows %s of 4 replicas", (later, status) => {
    expect(replicasKept(kept, { run: run(GAP, later), done })).toMatchObject({ status });
  });
});
