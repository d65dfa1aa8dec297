import { timingsOf } from "../../../loadtest/timings/timings.ts";
import { integrate, type Curve } from "../../../loadtest/timings/curve.ts";
import { workOff } from "../../../loadtest/timings/drain.ts";
import type { Recording } from "../../../loadtest/model/recording.ts";
import type { AutoscalingConfig } from "../../../loadtest/model/autoscaling.ts";
import type { Timing } from "../../../loadtest/model/timing.ts";
import type { Workload } from "../../../loadtest/model/workload.ts";
import { LOAD_START_MS, SCALE_UP } from "./fixtures.ts";
import { backlogRun, LIVE, pod, recorded } from "./timingsRecording.ts";

/** Measured, best and ratio by the timing's name. */
function table(
  recording: Recording,
  workload: Workload,
  { live = LIVE, orders }: { live?: AutoscalingConfig; orders?: number } = {},
): Record<string, [measured: number | null, best: number | null, ratio: number | null]> {
  const timings = timingsOf(recording, live, [workload], orders === undefined ? {} : { orders });
  return Object.fromEntries(
    timings.map(({ name, measuredSeconds, lowerBoundSeconds, ratio }) => [
      name,
      [measuredSeconds, lowerBoundSeconds, ratio],
    ]),
  );
}

function named(timings: readonly Timing[], name: string): Timing {
  const found = timings.find((timing) => timing.name === name);
  if (found === undefined) throw new Error(`no timing "${name}" in ${timings.map((one) => one.name).join(", ")}`);
  return found;
}

describe("timings of a backlog", () => {
  test("each from the first message that was seen, beside what the configuration allows", () => {
    expect(table(backlogRun(), "worker")).toEqual({
      "backlog to a worker desired": [2, 0, null],
      "backlog to first worker ready": [4, 2, 2],
      "backlog to first order processed": [5, 1, 5],
      "backlog to all workers desired": [22, 15, 1.47],
      "backlog to all workers ready": [24, 17, 1.41],
      "backlog to empty queue": [24, 18, 1.33],
      "empty queue to rest": [15, 10, 1.5],
    });
  });

  test("the best drain: all that the policies let come, each ready after its start, at the measured pace", () => {
    const { lowerBoundSeconds, lowerBoundReason } = named(
      timingsOf(backlogRun(), LIVE, ["worker"]),
      "backlog to empty queue",
    );
    // 1 desired at once and 5 at the first look: 5 ready from 2 s on take 16 s for 800. At the second look 150 are left, which ask for no more.
    expect(lowerBoundSeconds).toBe(18);
    expect(lowerBoundReason).toMatch(/^800 orders, come within 0 s, .* ready 2 s after .* 10 orders\/s as measured/);
    // Twice as many: 150 * 5 within the first 15 s of work; the second look wants 8, ready at 17 s: 850 more at 80/s.
    const { lowerBoundSeconds: more } = named(
      timingsOf(backlogRun(), LIVE, ["worker"], { orders: 1600 }),
      "backlog to empty queue",
    );
    expect(more).toBeCloseTo(17 + 850 / 80, 0);
  });

  test("say how the best comes about in figures of the configuration", () => {
    const timings = timingsOf(backlogRun(), LIVE, ["worker"]);
    expect(named(timings, "backlog to a worker desired").lowerBoundReason).toBe(
      "KEDA polls every 5 s: 0 s where a poll falls right after the first message, 2.5 s on average, 5 s at most",
    );
    expect(named(timings, "backlog to all workers ready").lowerBoundReason).toMatch(
      /^8 desired: 1 → 5 → 8 by the HPA's policies \(\+4 in 15 s or \+100 % in 15 s\).*; plus 2 s from a pod's creation to ready/,
    );
    expect(named(timings, "empty queue to rest").lowerBoundReason).toMatch(/^cooldown 15 s .*: 10 to 20 s$/);
  });

  test("a slower policy, a later demand and a longer cooldown make a longer best", () => {
    const fast = { ...SCALE_UP, policies: [{ type: "Pods" as const, value: 7, periodSeconds: 15 }] };
    const live = { ...LIVE, workerScaleUp: fast, workerCooldownSeconds: 300, workerPollingIntervalSeconds: 30 };
    const timings = table(backlogRun(), "worker", { live });
    expect(timings["backlog to all workers desired"]).toEqual([22, 0, null]);
    expect(timings["empty queue to rest"]).toEqual([15, 270, 0.06]);
    // One more each 15 s: by then this queue, as it was sampled, asked for fewer.
    const slow = { ...SCALE_UP, policies: [{ type: "Pods" as const, value: 1, periodSeconds: 15 }] };
    const { lowerBoundSeconds, lowerBoundReason } = named(
      timingsOf(backlogRun(), { ...LIVE, workerScaleUp: slow }, ["worker"]),
      "backlog to all workers desired",
    );
    expect([lowerBoundSeconds, lowerBoundReason]).toEqual([
      null,
      "the queue, as it was sampled, never asked for 8 long enough",
    ]);
    const late = recorded(30, (second) => ({
      queue: second < 1 ? 0 : second < 20 ? 40 : 90,
      worker: second < 2 ? [0, 0] : second < 25 ? [1, 1] : [2, 2],
    }));
    expect(table(late, "worker")["backlog to all workers desired"]).toEqual([24, 19, 1.26]);
  });

  test("what was not seen is null, and why there is no best is said", () => {
    const nothing = recorded(20, () => ({}), { loadEnd: 1 });
    expect(Object.values(table(nothing, "worker")).map(([measured]) => measured)).toEqual(Array(7).fill(null));
    expect(named(timingsOf(nothing, LIVE, ["worker"]), "backlog to empty queue").lowerBoundReason).toBe(
      "no backlog was seen",
    );
    const unknown = { ...backlogRun(), pods: [] };
    expect(table(unknown, "worker")["backlog to first worker ready"]).toEqual([4, null, null]);
    const cut = { ...backlogRun(), loadEndMs: null };
    expect(named(timingsOf(cut, LIVE, ["worker"]), "backlog to empty queue")).toMatchObject({
      measuredSeconds: null,
      lowerBoundSeconds: null,
      lowerBoundReason: "the load never came to its end",
    });
  });

  test("a load that takes its time has a best drain only where its orders were counted", () => {
    const run = { ...backlogRun(), loadEndMs: LOAD_START_MS + 20_000 };
    expect(table(run, "worker")["backlog to empty queue"]).toEqual([24, null, null]);
    // No sooner than the load's own end.
    expect(table(run, "worker", { orders: 2400 })["backlog to empty queue"]).toEqual([24, 20, 1.2]);
  });

  test("while orders keep coming the first one processed may have been earlier", () => {
    const run = recorded(
      40,
      (second) => ({
        queue: second < 1 ? 0 : second < 25 ? second * 10 : Math.max(0, 500 - second * 10),
        worker: second < 4 ? [0, 0] : [1, second < 6 ? 0 : 1],
      }),
      { loadEnd: 30 },
    );
    expect(named(timingsOf(run, LIVE, ["worker"]), "backlog to first order processed")).toMatchObject({
      measuredSeconds: 25,
      uncertaintySeconds: 20,
      // It is an upper bound, of which a ratio would say what nobody saw.
      ratio: null,
    });
  });

  test("a backlog begins where the threshold that holds then is passed", () => {
    const run = recorded(30, (second) => ({
      queue: second < 1 ? 0 : 10,
      activation: second < 12 ? 20 : 0,
      worker: second < 14 ? [0, 0] : [1, 1],
    }));
    expect(table(run, "worker")["backlog to a worker desired"]).toEqual([2, 0, null]);
  });

  test("a gap before a moment makes it less certain, and is not taken for a zero", () => {
    const seen = backlogRun();
    const gapped = recorded(
      40,
      (second) => {
        const sample = seen.samples[second + 2];
        const worker = sample?.readings.workerDeployment;
        const replicas: [number, number] | undefined =
          worker?.kind === "value" ? [worker.value.desired, worker.value.ready] : undefined;
        const queue = sample?.readings.queue;
        return {
          worker: second >= 3 && second <= 6 ? undefined : replicas,
          queue: queue?.kind === "value" ? queue.value.active : undefined,
        };
      },
      { pods: [...seen.pods] },
    );
    const timings = timingsOf(gapped, LIVE, ["worker"]);
    expect(named(timings, "backlog to a worker desired")).toMatchObject({ measuredSeconds: 6, uncertaintySeconds: 5 });
    expect(named(timingsOf(seen, LIVE, ["worker"]), "backlog to a worker desired").uncertaintySeconds).toBe(1);
  });

  test("under an HPA one worker is there already, and the way back is the HPA's", () => {
    const live: AutoscalingConfig = {
      ...LIVE,
      workerScaler: "hpa",
      workerIdleReplicas: 1,
      workerMessagesPerReplica: null,
    };
    const run = recorded(60, (second) => ({
      worker: second < 16 ? [1, 1] : second < 50 ? [2, second < 18 ? 1 : 2] : [1, 1],
      queue: second < 1 ? 0 : Math.max(0, 400 - 10 * second),
    }));
    expect(table(run, "worker", { live })).toMatchObject({
      "backlog to a worker desired": [0, 0, null],
      "backlog to first worker ready": [0, 0, null],
      "backlog to all workers desired": [15, 0, null],
      "empty queue to rest": [10, 15, 0.67],
    });
  });
});

describe("timings of load on the API", () => {
  const run = recorded(
    120,
    (second) => ({
      api: second < 19 ? [1, 1] : second < 24 ? [5, 1] : second < 100 ? [5, 5] : [1, 1],
      cpu: second < 19 ? 9 : second < 60 ? 330 : 10,
    }),
    { loadEnd: 60, pods: [pod("api", { created: 19, ready: 23 }), pod("api", { created: 19, ready: 25 })] },
  );

  test("from the load's start up, and from its end back", () => {
    expect(table(run, "api")).toEqual({
      // 66 % of a reading of 330 % is a fifth of 15 s.
      "load to more replicas desired": [19, 3, 6.33],
      // And the quickest pod's start, 4 s.
      "load to more replicas ready": [24, 7, 3.43],
      "load's end to rest": [40, 30, 1.33],
    });
    expect(named(timingsOf(run, LIVE, ["api"]), "load to more replicas desired").lowerBoundReason).toMatch(
      /^the reading that it acted on, 330 % at a target of 60 %, .* 15 s: 3 s .* 20 s more on average$/,
    );
  });

  test("memory is no average: nothing has to pass", () => {
    const memory = recorded(30, (second) => ({ api: second < 9 ? [1, 1] : [2, 2], memory: second < 9 ? 14 : 130 }));
    expect(table(memory, "api")["load to more replicas desired"]).toEqual([9, 0, null]);
  });

  test("the targets are those of the moment, which a scenario may have moved", () => {
    const moved = recorded(30, (second) => ({
      api: second < 9 ? [1, 1] : [2, 2],
      cpu: 300,
      cpuTarget: 900,
      memory: 130,
    }));
    expect(named(timingsOf(moved, LIVE, ["api"]), "load to more replicas desired").lowerBoundReason).toMatch(
      /^memory /,
    );
  });

  test("an API that never moved has no way back", () => {
    expect(
      table(
        recorded(60, () => ({})),
        "api",
      ),
    ).toEqual({
      "load to more replicas desired": [null, null, null],
      "load to more replicas ready": [null, null, null],
      "load's end to rest": [null, null, null],
    });
  });

  test("only what has to move is timed", () => {
    expect(timingsOf(run, LIVE, []).length).toBe(0);
    expect(new Set(timingsOf(run, LIVE, ["api", "worker"]).map(({ workload }) => workload))).toEqual(
      new Set(["api", "worker"]),
    );
  });
});

describe("an integral over readings", () => {
  const curve: Curve = [
    { atMs: 0, value: 2 },
    { atMs: 1000, value: 4 },
    { atMs: 9000, value: 1 },
  ];

  test("holds each reading until the next, the last one too", () => {
    expect(integrate(curve, 0, 10_000, 60_000)).toEqual({ integral: 2 + 32 + 1, unknownSeconds: 0 });
  });

  test("but for no longer than it may, and says what is unknown then", () => {
    expect(integrate(curve, 0, 10_000, 5000)).toEqual({ integral: 2 + 20 + 1, unknownSeconds: 3 });
  });

  test("from within a reading, and before the first one nothing is known", () => {
    expect(integrate(curve, 500, 2000, 5000)).toEqual({ integral: 1 + 4, unknownSeconds: 0 });
    expect(integrate(curve, -1000, 1000, 5000)).toEqual({ integral: 2, unknownSeconds: 1 });
    expect(integrate([], 0, 1000, 5000)).toEqual({ integral: 0, unknownSeconds: 1 });
  });
});

describe("working off a backlog", () => {
  test("at once: orders over what the replicas do", () => {
    const worked = workOff({ orders: 100, arrivalSeconds: 0, paceOfReplica: 10 }, { ready: () => 2 });
    expect(worked?.seconds).toBeCloseTo(5);
    expect(worked?.replicaSeconds).toBeCloseTo(10);
  });

  test("no sooner than the last order comes", () => {
    const worked = workOff({ orders: 100, arrivalSeconds: 50, paceOfReplica: 10 }, { ready: () => 2 });
    expect(worked?.seconds).toBeCloseTo(50, 0);
  });

  test("never, without a replica", () => {
    expect(workOff({ orders: 1, arrivalSeconds: 0, paceOfReplica: 10 }, { ready: () => 0 })).toBeNull();
  });
});
