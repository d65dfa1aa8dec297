import type { V1Pod } from "@kubernetes/client-node";
import { detectExternalChanges } from "../../../loadtest/assertions/externalChanges.ts";
import { podLives } from "../../../loadtest/observe/podLives.ts";
import { formatSelector, isOwnPod, podsSeen, type PodState, podState } from "../../../loadtest/observe/pods.ts";
import { ordersWorkloads } from "../../../loadtest/targets/orders/workloads.ts";
import type { Sample } from "../../../loadtest/model/observed.ts";
import type { Reading } from "../../../loadtest/model/reading.ts";
import { deployment, GAP, LOAD_START_MS, samples, value } from "./fixtures.ts";

const [, WORKER] = ordersWorkloads("orders-dev");
const START = "2026-01-01T00:00:00Z";

function pod(of: { metadata?: object; status?: object } = {}): V1Pod {
  const labels = { app: "ownsignal", service: "worker" };
  const made: unknown = {
    metadata: { name: "worker-1", labels, creationTimestamp: new Date(START), ...of.metadata },
    status: { ...of.status },
  };
  return made as V1Pod;
}

describe("a pod's state", () => {
  test("is ready since its condition changed, and has no end", () => {
    const [state] = podState(
      pod({
        status: {
          conditions: [{ type: "Ready", status: "True", lastTransitionTime: new Date("2026-01-01T00:00:03Z") }],
          containerStatuses: [
            { name: "worker", restartCount: 0, state: { running: { startedAt: new Date("2026-01-01T00:00:01Z") } } },
          ],
        },
      }),
      WORKER,
    );
    expect(state).toEqual({
      name: "worker-1",
      workload: "worker",
      createdMs: LOAD_START_MS,
      startedMs: LOAD_START_MS + 1000,
      readySinceMs: LOAD_START_MS + 3000,
      leaving: false,
      disruption: null,
      restarts: 0,
      mainExitCode: null,
      lastEnd: null,
      trouble: null,
    });
  });

  test("tells a container that was killed and runs again", () => {
    const [state] = podState(
      pod({
        status: {
          containerStatuses: [
            {
              name: "worker",
              restartCount: 1,
              state: { running: {} },
              lastState: { terminated: { exitCode: 137, reason: "Error" } },
            },
          ],
        },
      }),
      WORKER,
    );
    expect(state).toMatchObject({
      restarts: 1,
      mainExitCode: null,
      lastEnd: { container: "worker", exitCode: 137, reason: "Error", running: true },
    });
  });

  test.each([
    [
      "an eviction",
      {
        conditions: [
          {
            type: "DisruptionTarget",
            status: "True",
            reason: "EvictionByEvictionAPI",
            message: "Eviction API: evicting",
          },
        ],
      },
      "EvictionByEvictionAPI: Eviction API: evicting",
    ],
    ["the kubelet's own", { reason: "Evicted", message: "low on memory" }, "Evicted: low on memory"],
    ["none", { conditions: [{ type: "DisruptionTarget", status: "False" }] }, null],
  ])("names its disruption: %s", (_title, status, disruption) => {
    expect(podState(pod({ status }), WORKER)[0]?.disruption).toBe(disruption);
  });

  test("from a watch has its times as text", () => {
    expect(podState(pod({ metadata: { creationTimestamp: START } }), WORKER)[0]?.createdMs).toBe(LOAD_START_MS);
  });

  test("has the exit code of the declared container, else of the first", () => {
    const ended = (name: string, exitCode: number) => ({ name, restartCount: 0, state: { terminated: { exitCode } } });
    const both: unknown = {
      metadata: { name: "worker-1" },
      spec: { containers: [{ name: "proxy" }, { name: "worker" }] },
      status: { containerStatuses: [ended("proxy", 1), ended("worker", 0)] },
    };
    expect(podState(both as V1Pod, WORKER)[0]?.mainExitCode).toBe(0);
    expect(podState(both as V1Pod, { ...WORKER, container: null })[0]?.mainExitCode).toBe(1);
  });
});

describe("the pods of a workload", () => {
  const owned = (kind: string, name: string, hash?: string) => ({
    metadata: {
      labels: hash === undefined ? {} : { "pod-template-hash": hash },
      ownerReferences: [{ kind, name, controller: true, apiVersion: "apps/v1", uid: "" }],
    },
  });

  test.each([
    ["its own ReplicaSet's", owned("ReplicaSet", "worker-5d", "5d"), true],
    ["another Deployment's under the same selector", owned("ReplicaSet", "worker-canary-5d", "5d"), false],
    ["a Job's", owned("Job", "worker-5d", "5d"), false],
    ["nobody's", { metadata: {} }, false],
  ])("%s", (_title, of, own) => {
    expect(isOwnPod(of, WORKER)).toBe(own);
  });

  test("of a StatefulSet are owned by it directly", () => {
    const store = { ...WORKER, kind: "StatefulSet", object: "store" } as const;
    expect(isOwnPod(owned("StatefulSet", "store"), store)).toBe(true);
    expect(isOwnPod(owned("ReplicaSet", "store-5d", "5d"), store)).toBe(false);
  });

  test("are selected by labels and by expressions", () => {
    const matchExpressions = [
      { key: "tier", operator: "In", values: ["a", "b"] },
      { key: "old", operator: "DoesNotExist" },
      { key: "team", operator: "Exists" },
      { key: "env", operator: "NotIn", values: ["dev"] },
    ];
    expect(formatSelector({ matchLabels: { app: "x" }, matchExpressions })).toBe(
      "app=x,tier in (a,b),!old,team,env notin (dev)",
    );
  });

  test("are not known where those of one workload could not be read", () => {
    expect(podsSeen({ api: value([]), worker: GAP })).toEqual(GAP);
    expect(podsSeen({ api: value([]), worker: { kind: "absent" } })).toEqual(value([]));
  });
});

const RUNNING: PodState = {
  name: "worker-1",
  workload: "worker",
  createdMs: LOAD_START_MS + 2000,
  startedMs: LOAD_START_MS + 3000,
  readySinceMs: LOAD_START_MS + 4000,
  leaving: false,
  disruption: null,
  restarts: 0,
  mainExitCode: null,
  lastEnd: null,
  trouble: null,
};

/** What a list a second shows, from the load's start on. */
function seen(
  toSeconds: number,
  at: (second: number) => readonly PodState[] | undefined,
): { atMs: number; reading: Reading<readonly PodState[]> }[] {
  return Array.from({ length: toSeconds + 1 }, (_, second) => {
    const pods = at(second);
    return { atMs: LOAD_START_MS + second * 1000, reading: pods === undefined ? GAP : value(pods) };
  });
}

/** One worker desired from 2 s to so many seconds. */
function desiredUntil(seconds: number): Sample[] {
  return samples(0, 40, (at) => ({ workerDeployment: deployment(at >= 2 && at < seconds ? 1 : 0) }));
}

/** There from 3 s, leaving from 20 s, gone at 25 s. */
const came = (of: Partial<PodState> = {}) =>
  seen(40, (at) => (at < 3 || at >= 25 ? [] : [{ ...RUNNING, ...of, leaving: at >= 20 }]));

describe("the lives of pods", () => {
  test("one that its autoscaler has asked to go terminated gracefully", () => {
    const final: PodState = { ...RUNNING, leaving: true, mainExitCode: 0 };
    const lives = podLives(came(), desiredUntil(18), { ends: new Map([[RUNNING.name, final]]) });
    expect(lives).toEqual([
      {
        name: "worker-1",
        workload: "worker",
        createdMs: LOAD_START_MS + 2000,
        trouble: null,
        startedMs: LOAD_START_MS + 3000,
        readyMs: LOAD_START_MS + 4000,
        goneMs: LOAD_START_MS + 25_000,
        endedBecause: null,
        restarts: 0,
        removedExternally: false,
        exitCode: 0,
      },
    ]);
  });

  test("a pod that went without a scale-in was removed externally", () => {
    const lives = podLives(came(), desiredUntil(99));
    expect(lives[0]).toMatchObject({
      removedExternally: true,
      endedBecause: expect.stringContaining("deleted by somebody") as string,
    });
    expect(detectExternalChanges(samples(0, 1), lives, ["worker"], []).worker).toEqual([
      {
        id: "external-pod-removal",
        subject: "worker-1",
        params: { reason: "deleted by somebody, its autoscaler had not asked for fewer" },
      },
    ]);
  });

  test("as many as were asked to go may go, and no more", () => {
    const two = seen(40, (at) =>
      at < 3 || at >= 25 ? [] : ["a", "b"].map((name) => ({ ...RUNNING, name, leaving: at >= 20 })),
    );
    const asked = samples(0, 40, (at) => ({ workerDeployment: deployment(at < 18 ? 2 : 1) }));
    expect(podLives(two, asked).map(({ removedExternally }) => removedExternally)).toEqual([false, true]);
  });

  test("a pod that went while the Deployment was not read is no external removal", () => {
    const blind = samples(0, 40, () => ({ workerDeployment: GAP }));
    expect(podLives(came(), blind)[0]).toMatchObject({ removedExternally: false, endedBecause: null });
  });

  test("an eviction is told by its reason, although fewer were desired too", () => {
    const lives = podLives(came({ disruption: "EvictionByEvictionAPI" }), desiredUntil(18));
    expect(lives[0]).toMatchObject({ removedExternally: true, endedBecause: "EvictionByEvictionAPI" });
  });

  test("a worker that left with another code than 0 is told, and excuses nothing", () => {
    const end = { container: "worker", exitCode: 143, reason: "Error", running: false };
    const final: PodState = { ...RUNNING, leaving: true, mainExitCode: 143, lastEnd: end };
    const lives = podLives(came(), desiredUntil(18), { ends: new Map([[RUNNING.name, final]]) });
    expect(lives[0]).toMatchObject({
      removedExternally: false,
      exitCode: 143,
      endedBecause: "container worker ended with 143 (Error)",
    });
  });

  test("a pod that the proof itself deleted was not removed externally", () => {
    const lives = podLives(came(), desiredUntil(99), { killed: new Set(["worker-1"]) });
    expect(lives[0]).toMatchObject({ removedExternally: false, endedBecause: null });
  });

  test("nor was one that the proof itself evicted, or whose rollout it restarted", () => {
    const evicted = podLives(came({ disruption: "EvictionByEvictionAPI" }), desiredUntil(99), {
      killed: new Set(["worker-1"]),
    });
    const restarted = podLives(came(), desiredUntil(99), { restarted: new Set(["worker"]) });
    for (const [life] of [evicted, restarted]) {
      expect(life).toMatchObject({ removedExternally: false, endedBecause: null });
    }
  });

  test("a kill by the proof itself is told as such", () => {
    const end = { container: "worker", exitCode: 137, reason: "Error", running: true };
    const killed = seen(40, (at) =>
      at < 3 ? [] : [{ ...RUNNING, ...(at >= 10 ? { restarts: 1, lastEnd: end } : {}) }],
    );
    const lives = podLives(killed, desiredUntil(99), { killed: new Set(["worker-1"]) });
    expect(lives[0]).toMatchObject({
      restarts: 1,
      goneMs: null,
      endedBecause: "container worker ended with 137 (Error), killed by the proof",
    });
  });

  test("restarts from before the scenario are not counted", () => {
    const old = seen(5, () => [{ ...RUNNING, restarts: 3 }]);
    expect(podLives(old, desiredUntil(99))[0]?.restarts).toBe(0);
  });

  test("a list that could not be read takes no pod away", () => {
    const gap = seen(40, (at) => (at >= 10 && at < 20 ? undefined : at < 3 ? [] : [RUNNING]));
    expect(podLives(gap, desiredUntil(99))[0]).toMatchObject({ goneMs: null, removedExternally: false });
  });
});
