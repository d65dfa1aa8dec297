import type { InjectedFaults } from "../../../loadtest/assertions/faults.ts";
import type { PodLife } from "../../../loadtest/model/pods.ts";
import {
  evaluate,
  processedBacklog,
  type Evaluated,
  type Measured,
  type Readings,
  NOTHING_DONE,
} from "./evaluation.ts";
import { deployment, ledgerOf, LOAD_START_MS, ran, run, samples, value } from "./fixtures.ts";

describe("below-activation", () => {
  /** Ten orders at 1 s, the threshold restored at 25 s, a worker at 30 s, gone at 50 s. */
  const held = (at: number): Readings => ({
    workerDeployment: deployment(at >= 30 && at < 50 ? 1 : 0),
    queue: value({ active: at >= 1 && at < 33 ? 10 : 0, deadLettered: 0 }),
  });
  const done: InjectedFaults = {
    ...NOTHING_DONE,
    lastInjectionMs: LOAD_START_MS + 25_000,
    restoredMs: LOAD_START_MS + 25_000,
  };
  const evaluateFew = (change: (at: number) => Readings, evidence: Measured = {}): Evaluated =>
    evaluate("below-activation", {
      run: run({ samples: samples(-10, 52, change), load: ran({ iterations: 1 }) }),
      ledger: value(ledgerOf({ accepted: 10, processedOnce: 10 })),
      done,
      ...evidence,
    });

  test("passes when nothing starts before the threshold is restored", () => {
    const { verdict, not } = evaluateFew(held);
    expect({ verdict, not }).toEqual({ verdict: "pass", not: {} });
  });

  test("fails when a worker starts below the threshold", () => {
    const { not } = evaluateFew((at) => ({
      ...held(at),
      ...(at === 20 ? { workerDeployment: deployment(1, 0) } : {}),
    }));
    expect(not["worker/does-not-scale-below-activation"]).toMatch(/^fail/);
  });

  test("fails when an order is gone although no worker was seen", () => {
    const { not } = evaluateFew((at) => ({
      ...held(at),
      ...(at === 20 ? { queue: value({ active: 9, deadLettered: 0 }) } : {}),
    }));
    expect(not["queue/messages-wait-below-activation"]).toMatch(/^fail/);
  });

  test("is inconclusive, with the command that reverts it, where the threshold could not be restored", () => {
    const unrevertedChanges = [{ revertCommand: "kubectl patch scaledobject worker", why: "403" }];
    const { verdict, not, all } = evaluateFew(held, { done: { ...done, restoredMs: null, unrevertedChanges } });
    expect(verdict).toBe("inconclusive");
    expect(not["scenario/faults-injected-and-reverted"]).toBe("inconclusive: change-not-reverted");
    expect(all.flatMap(({ causes }) => causes)).toContainEqual({
      id: "change-not-reverted",
      subject: "scenario",
      params: { revertCommand: "kubectl patch scaledobject worker", error: "403" },
    });
  });
});

describe("scale-in-under-load", () => {
  const killedPod: PodLife = {
    name: "worker-killed",
    workload: "worker",
    createdMs: LOAD_START_MS,
    readyMs: LOAD_START_MS + 8000,
    goneMs: LOAD_START_MS + 80_000,
    endedBecause: "container worker ended with 137, killed by the proof",
    restarts: 1,
    removedExternally: false,
    exitCode: 0,
  };
  const scaledIn: PodLife = { ...killedPod, name: "worker-2", endedBecause: null, restarts: 0 };
  const done: InjectedFaults = {
    ...NOTHING_DONE,
    lastInjectionMs: LOAD_START_MS + 30_000,
    restoredMs: LOAD_START_MS + 30_000,
    killed: [{ pod: killedPod.name, atMs: LOAD_START_MS + 25_000 }],
  };
  const evaluateKilled = (evidence: Measured): Evaluated =>
    evaluate("scale-in-under-load", {
      run: run({ samples: samples(-10, 85, processedBacklog), load: ran({ iterations: 30 }) }),
      pods: [killedPod, scaledIn],
      ledger: value(ledgerOf()),
      done,
      ...evidence,
    });

  test("passes when all but the killed worker terminated gracefully", () => {
    const { verdict, not } = evaluateKilled({});
    expect({ verdict, not }).toEqual({ verdict: "pass", not: {} });
  });

  test.each([
    [
      "left with 143",
      { ...scaledIn, exitCode: 143, endedBecause: "container worker ended with 143" },
      "fail: pod-terminated-abnormally, worker-does-not-drain",
    ],
    ["was not seen to end", { ...scaledIn, exitCode: null }, "inconclusive: termination-not-seen"],
  ] as const)("a scaled-in worker that %s", (_title, pod, expected) => {
    expect(evaluateKilled({ pods: [killedPod, pod] }).not).toEqual({
      "worker/terminated-gracefully": expected,
    });
  });

  test("a worker that no node had taken is not asked how it ended", () => {
    const trouble = { kind: "unschedulable", container: null, reason: "Unschedulable", message: "0/1 nodes" } as const;
    const pending: PodLife = { ...scaledIn, name: "worker-3", startedMs: null, readyMs: null, exitCode: null, trouble };
    expect(evaluateKilled({ pods: [killedPod, scaledIn, pending] }).not).toEqual({});
    // Taken by a node, it has.
    expect(evaluateKilled({ pods: [killedPod, scaledIn, { ...pending, trouble: null }] }).not).toEqual({
      "worker/terminated-gracefully": "inconclusive: termination-not-seen",
    });
  });

  test("more redeliveries than the killed worker had in flight fail", () => {
    const ledger = value(ledgerOf({ processedOnce: 3900, processedAgain: 100, duplicatesAbsorbed: 100 }));
    expect(Object.keys(evaluateKilled({ ledger }).not)).toEqual(["orders/redeliveries-within-bound"]);
  });

  test("a fault that could not be injected makes the scenario inconclusive", () => {
    const skipped = [
      {
        fault: { id: "pod-killed", params: { workload: "worker", how: "sigkill" } },
        why: "no way to the node",
      } as const,
    ];
    const { verdict, not } = evaluateKilled({ done: { ...done, skipped: [...skipped] } });
    expect(verdict).toBe("inconclusive");
    expect(not["scenario/faults-injected-and-reverted"]).toBe("inconclusive: fault-not-injected");
  });
});
