import { ratioTable, valuesOf, passOrShort } from "../../../../bench/services/ratioRow.ts";
import { type ClusterResult, isSame } from "../../../../bench/cluster/results.ts";
import { clusterRows } from "../../../../bench/cluster/rows.ts";

const of = { inputs: "a", startedAt: "2026-01-01T00:00:00.000Z" };
const drain = (workers: number, repeat: number, seconds: number): ClusterResult => ({
  ...{ kind: "drain", ...of, orders: 20_000 },
  ...{ workers, repeat, seconds },
});
const time = (measuredSeconds: number, referenceSeconds: number) => ({ measuredSeconds, referenceSeconds });
const proof = (repeat: number, seconds: number): ClusterResult => ({
  ...{ kind: "proof", ...of, repeat, verdict: "pass" },
  figures: {
    firstReady: time(seconds, 4),
    allDesired: time(26, 25),
    allReady: time(27, 27),
    drained: time(43, 42),
    podSeconds: { measured: 250, clairvoyant: 200, fixed: 500 },
    apiDesired: time(29, 4.2),
    own: time(48, 320),
  },
});
const unproven: ClusterResult = { ...{ kind: "proof", ...of, repeat: 3, verdict: "inconclusive", figures: null } };

test("a drain is held against the one worker of its own repetition", () => {
  const rows = clusterRows([drain(1, 1, 400), drain(2, 1, 200), drain(1, 2, 500), drain(2, 2, 300)]);
  expect(rows.map(({ what }) => what)).toEqual(["drain of 20000 orders by 1 worker", "… by 2 workers"]);
  expect(rows.map(valuesOf)).toEqual([
    [1, 0.8],
    [1, 500 / 600],
  ]);
  expect(rows.map(passOrShort)).toEqual(["", "pass"]);
});

test("a drain without the one worker of its repetition has no row", () => {
  expect(clusterRows([drain(1, 1, 400), drain(4, 2, 100)]).map(({ what }) => what)).toEqual([
    "drain of 20000 orders by 1 worker",
  ]);
});

test("each time of a proof is held against its reference, and proofs that did not pass are left out", () => {
  const rows = clusterRows([proof(1, 4), proof(2, 6), unproven]);
  expect(rows.map(valuesOf).map((values) => values.length)).toEqual([2, 2, 2, 2, 2, 2, 2, 2]);
  const verdicts = Object.fromEntries(
    rows.map((row) => [`${row.what}, ${row.reference?.what ?? ""}`, passOrShort(row)]),
  );
  expect(verdicts).toEqual({
    "backlog → first worker ready, simulated, uniform phases": "short",
    "backlog → all workers desired, simulated, uniform phases": "pass",
    "backlog → all workers ready, simulated, uniform phases": "pass",
    "backlog → queue empty, simulated, uniform phases": "pass",
    "pod-seconds of queue-backlog, clairvoyant baseline": "pass",
    "pod-seconds of queue-backlog, fixed replicas": "pass",
    "load → more replicas of the API desired, lower bound": "short",
    "proof: neither load, windows nor pod starts, the whole smoke proof": "pass",
  });
  expect(ratioTable(rows)).toMatch(/≤ 1\.20 × +\| +1\.25 × +\| +1\.00 × – 1\.50 ×/);
});

test("nothing measured is no row", () => {
  expect(clusterRows([unproven])).toEqual([]);
});

test("the same repeat of another kind, other workers or another version is another measurement", () => {
  expect(isSame(drain(1, 1, 400), drain(1, 1, 90))).toBe(true);
  expect(isSame(drain(1, 1, 400), drain(2, 1, 400))).toBe(false);
  expect(isSame(drain(1, 1, 400), drain(1, 2, 400))).toBe(false);
  expect(isSame(drain(1, 1, 400), proof(1, 4))).toBe(false);
  expect(isSame(proof(1, 4), { ...proof(1, 4), inputs: "b" })).toBe(false);
});
