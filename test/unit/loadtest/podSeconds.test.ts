import { podSecondsOf } from "../../../loadtest/timings/podSeconds.ts";
import type { AutoscalingConfig } from "../../../loadtest/model/autoscaling.ts";
import type { PodSeconds } from "../../../loadtest/model/podSeconds.ts";
import type { Recording } from "../../../loadtest/model/recording.ts";
import { LOAD_START_MS } from "./fixtures.ts";
import { backlogRun, devLive, LIVE, QUEUE, recorded } from "./timingsRecording.ts";

function of(
  workload: "api" | "worker",
  recording: Recording,
  { live = LIVE, orders = null }: { live?: AutoscalingConfig; orders?: number | null } = {},
): PodSeconds {
  const found = podSecondsOf(recording, live, ["api", "worker"], QUEUE, { messages: orders }).find(
    (one) => one.workload === workload,
  );
  if (found === undefined) throw new Error(`nothing about ${workload}`);
  return found;
}

describe("pod-seconds", () => {
  test("of both workloads, over the same window", () => {
    expect(
      podSecondsOf(backlogRun(), LIVE, ["api", "worker"], QUEUE, { messages: null }).map(
        ({ workload, windowSeconds }) => [workload, windowSeconds],
      ),
    ).toEqual([
      ["api", 40],
      ["worker", 40],
    ]);
  });

  test("count the pods that exist, ready or not, beside as many fixed ones as were ready at the peak", () => {
    // 1 from 3 s to 8 s, 5 to 23 s, 8 to 40 s.
    expect(of("worker", backlogRun())).toMatchObject({
      measured: 5 * 1 + 15 * 5 + 17 * 8,
      fixedReplicas: 8,
      fixed: 8 * 40,
    });
    expect(of("api", backlogRun())).toMatchObject({ measured: 40, fixedReplicas: 1, fixed: 40, clairvoyant: 40 });
  });

  test("of the clairvoyant baseline: a pod for each 50 messages, at the measured pace, and none without work", () => {
    const { clairvoyant, assumptions } = of("worker", backlogRun());
    // 800 orders at 10/s are 80 pod-seconds of work; pods that go one by one with the last messages of theirs waste none of it.
    expect(clairvoyant).toBe(80);
    expect(assumptions).toEqual([
      {
        id: "replicas-by-messages",
        params: {
          messagesPerReplica: 50,
          maxReplicas: 8,
          orders: 800,
          arrivalSeconds: 0,
          ordersPerSecondPerReplica: 10,
        },
      },
    ]);
    expect(of("worker", backlogRun(), { orders: 1600 }).clairvoyant).toBe(160);
  });

  test("the clairvoyant baseline keeps the idle replicas too", () => {
    const live = devLive({ worker: { idleReplicas: 1 } });
    const quiet = recorded(30, () => ({ worker: [1, 1] }));
    expect(of("worker", quiet, { live })).toMatchObject({ measured: 30, clairvoyant: 30, fixed: 30 });
    // 80 pod-seconds of work take 10 s with 8 pods and then some; the rest of the window one is kept.
    const { clairvoyant } = of("worker", backlogRun(), { live });
    expect(clairvoyant).toBeGreaterThan(80 + 20);
    expect(clairvoyant).toBeLessThan(80 + 30);
  });

  test("without KEDA's rule the clairvoyant baseline has no pod without work", () => {
    const live = devLive({ worker: { scaler: "hpa", keda: null } });
    expect(of("worker", backlogRun(), { live })).toMatchObject({
      clairvoyant: 80,
      assumptions: [{ id: "no-idle-pods", params: { orders: 800, ordersPerSecondPerReplica: 10 } }],
    });
  });

  test("of the API: the CPU that was used, at the target, within its limits", () => {
    // 30 s of 1 pod at 330 %: 6 by the limit, not 5.5; then 30 s of 6 pods at 50 %: 5; then 40 s at the minimum.
    const run = recorded(100, (second) => ({
      api: second < 30 ? [6, 1] : second < 60 ? [6, 6] : [1, 1],
      cpu: second < 30 ? 400 : second < 60 ? 50 : 9,
    }));
    expect(of("api", run)).toMatchObject({
      measured: 60 * 6 + 40,
      clairvoyant: 30 * 6 + 30 * 5 + 40,
      fixed: 600,
      fixedReplicas: 6,
    });
  });

  test("of the API by the target of the moment, which a scenario may have changed", () => {
    expect(
      of(
        "api",
        recorded(40, () => ({ cpu: 400, cpuTarget: 900 })),
      ).clairvoyant,
    ).toBe(40);
  });

  test("a clairvoyant baseline that cannot be computed is null, with a reason", () => {
    const long = { ...backlogRun(), loadEndMs: LOAD_START_MS + 20_000 };
    expect(of("worker", long)).toMatchObject({
      clairvoyant: null,
      assumptions: [{ id: "orders-unknown" }],
    });
    expect(of("api", backlogRun(), { live: devLive({ api: { targets: [] } }) }).clairvoyant).toBeNull();
  });
});

describe("pod-seconds over gaps", () => {
  /** 4 workers from 10 s to 30 s, unread from 15 s to `until`. */
  function gapped(until: number): Recording {
    return recorded(40, (second) => ({
      worker: second >= 15 && second < until ? undefined : second >= 10 && second < 30 ? [4, 4] : [0, 0],
    }));
  }

  test("hold the last reading over a short gap", () => {
    expect(of("worker", gapped(19))).toMatchObject({ measured: 80 });
    expect(of("worker", gapped(19)).assumptions.map(({ id }) => id)).not.toContain("pods-unread");
  });

  test("a long gap counts as unread, and is not filled", () => {
    // The reading of 14 s holds until 19 s.
    const { measured, assumptions } = of("worker", gapped(29));
    expect(measured).toBe(4 * 9 + 4);
    expect(assumptions).toContainEqual({ id: "pods-unread", params: { seconds: 10 } });
  });

  test("a missing reading of CPU counts at the minimum, and is an assumption", () => {
    const run = recorded(40, (second) => ({ cpu: second < 20 ? undefined : 9 }));
    expect(of("api", run)).toMatchObject({ clairvoyant: 40 });
    expect(of("api", run).assumptions).toContainEqual({ id: "cpu-unread", params: { seconds: 20 } });
  });
});
