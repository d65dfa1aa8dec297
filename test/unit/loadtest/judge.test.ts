import { sizesOf } from "../../../loadtest/model/profiles.ts";
import { DEADLINES } from "../../../loadtest/assertions/progress.ts";
import type { Run } from "../../../loadtest/assertions/assertions.ts";
import { type InjectedFaults, type Evidence, evaluateScenario } from "../../../loadtest/assertions/evaluateScenario.ts";
import type { Assertion } from "../../../loadtest/model/assertion.ts";
import type { Counters } from "../../../loadtest/model/counters.ts";
import type { Ledger } from "../../../loadtest/model/ledger.ts";
import type { Sample } from "../../../loadtest/model/observed.ts";
import type { Reading } from "../../../loadtest/model/reading.ts";
import { verdictOf } from "../../../loadtest/model/verdict.ts";
import type { PodLife } from "../../../loadtest/observe/pods.ts";
import { scenarioNamed } from "../../../loadtest/scenarios/catalogue.ts";
import type { ScenarioName, Sizes } from "../../../loadtest/model/scenario.ts";
import {
  ABSENT,
  API_AUTOSCALER,
  deployment,
  GAP,
  gaps,
  ledgerOf,
  LIVE,
  LOAD_START_MS,
  ran,
  run,
  samples,
  SCALED_OBJECT,
  value,
  WORKER_AUTOSCALER,
} from "./fixtures.ts";

/** As the loads are declared in these tests: 40 requests of orders, look-ups for 105 s. */
const SIZES: Sizes = {
  ...sizesOf.smoke,
  backlogOrders: 4000,
  lookUpSteps: [{ requestsPerSecond: 1500, seconds: 105 }],
};
const NOTHING_DONE: InjectedFaults = {
  skipped: [],
  lastInjectionMs: null,
  restoredMs: null,
  unrevertedChanges: [],
  killed: [],
};

type Readings = Partial<Sample["readings"]>;

/** Backlog at 0 s, first worker at 5 s, four at 20 s, queue empty at 60 s, worker gone at 80 s. */
function backlogWorkedOff(at: number): Readings {
  const workers = at < 5 ? 0 : at < 20 ? 1 : at < 80 ? 5 : 0;
  const waiting = at >= 1 && at < 60 ? 4000 - 60 * at : 0;
  return {
    workerDeployment: deployment(workers),
    workerAutoscaler: value({
      ...WORKER_AUTOSCALER,
      metrics: [{ name: "s0-azure-servicebus-orders", current: waiting / Math.max(1, workers), target: 50 }],
    }),
    queue: value({ active: waiting, deadLettered: 0 }),
  };
}

function judgeScenario(name: ScenarioName, evidence: Partial<Evidence> & Pick<Evidence, "run">): Judged {
  const scenario = scenarioNamed(name);
  const rest = {
    pods: [],
    live: LIVE,
    ledger: null,
    counters: null,
    dashboard: null,
    thirds: null,
    workerMemory: null,
    done: NOTHING_DONE,
  };
  return judged(evaluateScenario(scenario, SIZES, { ...rest, load: scenario.load(SIZES), ...evidence }, DEADLINES));
}

function judgeBacklog(
  of: Partial<Run> & Pick<Run, "samples">,
  ledger: Reading<Ledger> | null = value(ledgerOf()),
  evidence: Partial<Evidence> = {},
): Judged {
  return judgeScenario("queue-backlog", { run: run(of), ledger, ...evidence });
}

/** 10 s of rest, look-ups from 0 s to 105 s, three replicas at 40 s, one again at 150 s. */
function lookedUp(at: number): Readings {
  const api = at < 30 ? 1 : at < 150 ? 3 : 1;
  const cpu = { name: "cpu of container api", current: at > 20 && at < 110 ? 170 : 5, target: 60 };
  return {
    apiDeployment: deployment(api, at >= 30 && at < 40 ? 1 : api),
    apiAutoscaler: value({ ...API_AUTOSCALER, desired: api, metrics: [cpu] }),
  };
}

const REQUESTS = 157_500;

function judgeLookUps(of: Partial<Run> & Pick<Run, "samples">): Judged {
  return judgeScenario("api-cpu", {
    run: run({ loadEndMs: LOAD_START_MS + 105_000, load: ran({ iterations: REQUESTS }), ...of }),
  });
}

interface Judged {
  verdict: string;
  not: Record<string, string>;
  all: Assertion[];
}

/** The verdict, and each assertion that did not pass with its status and reason. */
function judged(all: Assertion[]): Judged {
  const notPassed = all.filter(({ status }) => status !== "pass");
  return {
    verdict: verdictOf(all.map(({ status }) => status)),
    not: Object.fromEntries(notPassed.map(({ name, status, reason }) => [name, `${status}: ${reason ?? ""}`])),
    all,
  };
}

describe("queue-backlog", () => {
  test("passes when the worker goes 0 → 4 → 0, the API stays, and every order is fulfilled", () => {
    const { verdict, not, all } = judgeBacklog({ samples: samples(-10, 85, backlogWorkedOff) });
    expect({ verdict, not }).toEqual({ verdict: "pass", not: {} });
    expect(all.find(({ name }) => name === "worker scales out")?.measured).toBe("4 ready after 20 s, 5 at the most");
    expect(all.find(({ name }) => name === "worker comes back to 0")?.measured).toBe(
      "0 again 20 s after the empty queue",
    );
  });

  test("fails, and names the pause, when the ScaledObject is paused", () => {
    const paused = (at: number): Readings => ({
      queue: value({ active: at >= 1 ? 4000 : 0, deadLettered: 0 }),
      workerScaledObject: value({ ...SCALED_OBJECT, pausedBy: ['autoscaling.keda.sh/paused: "true"'] }),
      workerAutoscaler: ABSENT,
    });
    const ledger = value(ledgerOf({ processedOnce: 0, waiting: 4000 }));
    const { verdict, not } = judgeBacklog({ samples: samples(-10, 181, paused) }, ledger);
    expect(verdict).toBe("fail");
    expect(not["worker scales out"]).toBe(
      'fail: worker never left 0: ScaledObject worker is paused (annotation autoscaling.keda.sh/paused: "true"); its HPA worker is absent',
    );
    expect(not["every order was fulfilled"]).toMatch(/^inconclusive/);
    expect(not["worker comes back to 0"]).toBe("inconclusive: worker was never seen above 0");
    expect(Object.keys(not)).toEqual([
      "worker's first replica comes in time",
      "worker scales out",
      "worker was moved by its queue",
      "worker comes back to 0",
      "every order was fulfilled",
    ]);
  });

  test.each([
    [
      "its scaler errs",
      {
        workerScaledObject: value({
          ...SCALED_OBJECT,
          conditions: { Ready: { status: "False", reason: "TriggerError", message: "401 Unauthorized" } },
        }),
      },
      "ScaledObject worker is not ready: TriggerError: 401 Unauthorized",
    ],
    ["it is not there", { workerScaledObject: ABSENT }, "there is no ScaledObject worker"],
    [
      "its maximum is too low",
      { workerAutoscaler: value({ ...WORKER_AUTOSCALER, max: 1 }), workerDeployment: deployment(1) },
      "HPA worker allows 1 replica at the most (maxReplicas)",
    ],
    ["its pods do not start", { workerDeployment: deployment(8, 0) }, "8 were desired and only 0 became ready"],
    ["the Deployment is gone", { workerDeployment: ABSENT }, "there is no Deployment worker"],
  ] as [string, Readings, string][])("fails with the cause when %s", (_title, broken, cause) => {
    const { not } = judgeBacklog({
      samples: samples(-10, 181, (at) => ({
        queue: value({ active: at >= 1 ? 4000 : 0, deadLettered: 0 }),
        ...(at >= 0 || !("workerDeployment" in broken) ? broken : {}),
      })),
    });
    expect(not["worker scales out"]).toMatch(/^fail/);
    expect(not["worker scales out"]).toContain(cause);
  });

  test("fails when the queue was empty again before enough workers were ready", () => {
    const { not } = judgeBacklog({
      samples: samples(-10, 85, (at) => ({
        ...backlogWorkedOff(at),
        workerDeployment: deployment(at >= 5 && at < 80 ? 1 : 0),
        workerAutoscaler: value({ ...WORKER_AUTOSCALER, metrics: [{ name: "messages", current: 4000, target: 5000 }] }),
      })),
    });
    expect(not["worker scales out"]).toBe(
      "fail: worker stopped at 1: HPA worker read at most messages 4000 (target 5000)",
    );
  });

  test("fails when the API moved for a single sample", () => {
    const { verdict, not } = judgeBacklog({
      samples: samples(-10, 85, (at) => ({
        ...backlogWorkedOff(at),
        ...(at === 30
          ? {
              apiDeployment: deployment(2, 1),
              apiAutoscaler: value({
                ...API_AUTOSCALER,
                desired: 2,
                metrics: [{ name: "cpu of container api", current: 90, target: 60 }],
              }),
            }
          : {}),
      })),
    });
    expect(verdict).toBe("fail");
    expect(not).toEqual({
      "api stays at 1":
        "fail: api did not keep to 1: HPA api asked for 2; HPA api read at most cpu of container api 90 (target 60); cpu of container api follows the queue: 5 % at the most while the queue was empty, 90 % while it held up to 3940 messages; the API does work of the queue's",
    });
  });

  test("a pod that is not ready for a moment is told, and is no scaling", () => {
    const { verdict, all } = judgeBacklog({
      samples: samples(-10, 85, (at) => ({
        ...backlogWorkedOff(at),
        ...(at === 30 ? { apiDeployment: deployment(1, 0) } : {}),
      })),
    });
    expect(verdict).toBe("pass");
    expect(all.find(({ name }) => name === "api stays at 1")?.measured).toMatch(
      /^1 in all of \d+ readings, not all ready in 1$/,
    );
  });

  test("fails when an API pod goes although nobody asked for it", () => {
    const { not } = judgeBacklog({
      samples: samples(-10, 85, (at) => ({
        ...backlogWorkedOff(at),
        ...(at === 30 ? { apiDeployment: value({ desired: 1, replicas: 0, ready: 0, rolledOut: false }) } : {}),
      })),
    });
    expect(not["api stays at 1"]).toMatch(/^fail: .*a pod was taken away/);
  });

  test("fails when the API's Deployment goes away: absent is a reading", () => {
    const { not, all } = judgeBacklog({
      samples: samples(-10, 85, (at) => ({ ...backlogWorkedOff(at), ...(at === 30 ? { apiDeployment: ABSENT } : {}) })),
    });
    expect(not["api stays at 1"]).toMatch(/^fail/);
    expect(all.find(({ name }) => name === "api stays at 1")?.measured).toContain("no such Deployment at 30 s");
  });

  test("fails when the worker stays although the queue is empty", () => {
    const stuck = (at: number): Readings => ({ ...backlogWorkedOff(at), workerDeployment: deployment(at < 5 ? 0 : 5) });
    const { verdict, not } = judgeBacklog({ samples: samples(-10, 205, stuck) });
    expect(verdict).toBe("fail");
    expect(not).toEqual({ "worker comes back to 0": "fail: worker did not come back in 140 s" });
  });

  test("fails when the worker was back only after its deadline", () => {
    const late = (at: number): Readings => ({
      ...backlogWorkedOff(at),
      workerDeployment: deployment(at < 5 || at > 210 ? 0 : 5),
    });
    expect(judgeBacklog({ samples: samples(-10, 215, late) }).not).toEqual({
      "worker comes back to 0": "fail: it came back too late",
    });
  });

  test("has not come back when it left again", () => {
    const flapping = (at: number): Readings => ({
      ...backlogWorkedOff(at),
      workerDeployment: deployment(at < 5 || (at >= 70 && at < 80) ? 0 : 5),
    });
    expect(judgeBacklog({ samples: samples(-10, 205, flapping) }).not["worker comes back to 0"]).toMatch(/^fail/);
  });

  test("a worker that was not at 0 before the load fails the start", () => {
    const { not } = judgeBacklog({
      samples: samples(-10, 85, (at) => (at <= 0 ? { workerDeployment: deployment(2) } : backlogWorkedOff(at))),
    });
    expect(not["worker starts at 0"]).toMatch(/^fail/);
  });
});

describe("what could not be read", () => {
  test("a few gaps do not matter where the thing was seen", () => {
    const { verdict } = judgeBacklog({
      samples: samples(-10, 85, (at) => (at % 12 === 7 ? gaps() : backlogWorkedOff(at))),
    });
    expect(verdict).toBe("pass");
  });

  test("more than a tenth of gaps leaves open whether the API stayed", () => {
    const { verdict, not } = judgeBacklog({
      samples: samples(-10, 85, (at) => ({ ...backlogWorkedOff(at), ...(at % 5 === 3 ? { apiDeployment: GAP } : {}) })),
    });
    expect(verdict).toBe("inconclusive");
    expect(not["api stays at 1"]).toMatch(
      /^inconclusive: \d+ of 96 samples could not be read, 10 % are the most \(connect ECONNREFUSED\)/,
    );
  });

  test("one long gap does too, however few samples it is of", () => {
    const { not } = judgeLookUps({
      samples: samples(-10, 290, (at) => ({
        ...lookedUp(at),
        ...(at >= 200 && at < 216 ? { workerDeployment: GAP } : {}),
      })),
    });
    expect(not).toEqual({
      "worker stays at 0": expect.stringMatching(/^inconclusive: nothing could be read for 17 s on end/) as string,
    });
  });

  test("a violation that was seen fails in spite of the gaps", () => {
    const { not } = judgeBacklog({
      samples: samples(-10, 85, (at) => ({
        ...backlogWorkedOff(at),
        apiDeployment: at % 2 === 0 ? GAP : at === 31 ? deployment(2) : deployment(1),
      })),
    });
    expect(not["api stays at 1"]).toMatch(/^fail/);
  });

  test("workers that were never seen, through gaps, are no failure", () => {
    const { verdict, not } = judgeBacklog({
      samples: samples(-10, 181, (at) => ({
        ...backlogWorkedOff(at),
        queue: value({ active: at >= 1 ? 10 : 0, deadLettered: 0 }),
        workerDeployment: at > 4 && at < 40 ? GAP : deployment(0),
      })),
    });
    expect(verdict).toBe("inconclusive");
    expect(not["worker scales out"]).toMatch(/^inconclusive: nothing could be read for/);
  });

  test("missing samples count as a gap, too", () => {
    const seen = samples(-10, 85, backlogWorkedOff).filter(
      ({ atMs }) => atMs < LOAD_START_MS + 20_000 || atMs > LOAD_START_MS + 40_000,
    );
    expect(judgeBacklog({ samples: seen }).not["api stays at 1"]).toMatch(/^inconclusive/);
  });

  test("nothing at all is inconclusive", () => {
    expect(judgeBacklog({ samples: samples(-10, 181, gaps) }, GAP).verdict).toBe("inconclusive");
    expect(judgeBacklog({ samples: [] }, null).verdict).toBe("inconclusive");
  });
});

describe("the load", () => {
  test("failed requests fail", () => {
    const { verdict, not } = judgeLookUps({
      samples: samples(-10, 155, lookedUp),
      load: ran({ iterations: REQUESTS, failedRequests: 2 }),
    });
    expect(verdict).toBe("fail");
    expect(not).toEqual({ "no request failed": "fail: the load's log beside the report has the first errors" });
  });

  test("failed checks fail although every request was answered", () => {
    const load = {
      kind: "ran",
      exitCode: 99,
      counts: {
        iterations: REQUESTS,
        requests: REQUESTS,
        failedRequests: 0,
        droppedIterations: 0,
        latencyMs: { p50: 1, p95: 2, p99: 3, max: 4 },
      },
    } as const;
    expect(judgeLookUps({ samples: samples(-10, 155, lookedUp), load }).not["no request failed"]).toMatch(/^fail/);
  });

  test("a load that broke leaves all open that did not happen", () => {
    const { verdict, not } = judgeBacklog({
      samples: samples(-10, 20),
      loadEndMs: null,
      load: { kind: "broke", exitCode: 107, reason: "k6 ended with exit code 107: no" },
    });
    expect(verdict).toBe("inconclusive");
    expect(not["the load was delivered"]).toBe("inconclusive: k6 ended with exit code 107: no");
    expect(not["worker scales out"]).toBe("inconclusive: k6 ended with exit code 107: no");
  });

  test("a starved generator is no failure of what it did not drive, and never a pass of what it did", () => {
    const load = ran({ iterations: 100_000, droppedIterations: 57_500 });
    const flat = judgeLookUps({ samples: samples(-10, 155), load });
    expect(flat.verdict).toBe("inconclusive");
    expect(flat.not["api scales out"]).toMatch(/^inconclusive: 36.6 % of the declared load was never sent/);
    const reached = judgeLookUps({ samples: samples(-10, 155, lookedUp), load });
    expect(reached.verdict).toBe("inconclusive");
    expect(reached.not).toEqual({ "the load was delivered": expect.stringMatching(/^inconclusive: 36.6 %/) as string });
  });

  test.each([
    [1575, "pass"],
    [1576, "inconclusive"],
  ] as const)("a hundredth may be dropped: %i of 157,500 is %s", (dropped, verdict) => {
    const load = ran({ iterations: REQUESTS - dropped, droppedIterations: dropped });
    expect(judgeLookUps({ samples: samples(-10, 155, lookedUp), load }).verdict).toBe(verdict);
  });

  test("slow answers fail, however few requests did", () => {
    const load = ran({ iterations: REQUESTS, latencyMs: { p50: 10, p95: 1001, p99: 2000, max: 3000 } });
    expect(judgeLookUps({ samples: samples(-10, 155, lookedUp), load }).not).toEqual({
      "requests were answered in time": "fail: users waited longer than they may",
    });
  });

  test("an interrupted run is inconclusive", () => {
    const { verdict, not } = judgeBacklog(
      { samples: samples(-10, 10, backlogWorkedOff), cutShort: "interrupted" },
      null,
    );
    expect(verdict).toBe("inconclusive");
    expect(not["api stays at 1"]).toBe("inconclusive: interrupted");
    expect(not["worker scales out"]).toBe("inconclusive: interrupted");
    expect(not["every order was fulfilled"]).toBe("inconclusive: interrupted");
  });
});

describe("api-cpu", () => {
  test("passes when the API goes 1 → 3 → 1 and the worker stays", () => {
    const { verdict, not, all } = judgeLookUps({ samples: samples(-10, 155, lookedUp) });
    expect({ verdict, not }).toEqual({ verdict: "pass", not: {} });
    expect(all.find(({ name }) => name === "api comes back to 1")?.measured).toBe("1 again 45 s after the load's end");
  });

  test("fails with the HPA's own reading when the API did not scale", () => {
    const cpu = { name: "cpu of container api", current: 40, target: 60 };
    const { not } = judgeLookUps({
      samples: samples(-10, 155, () => ({ apiAutoscaler: value({ ...API_AUTOSCALER, metrics: [cpu] }) })),
    });
    expect(not["api scales out"]).toBe(
      "fail: api never left 1: HPA api read at most cpu of container api 40 (target 60)",
    );
  });

  test("fails when replicas came although CPU never asked for them", () => {
    const metrics = [
      { name: "cpu of container api", current: 60, target: 60 },
      { name: "memory of container api", current: 190, target: 80 },
    ];
    const { not } = judgeLookUps({
      samples: samples(-10, 155, (at) => ({ ...lookedUp(at), apiAutoscaler: value({ ...API_AUTOSCALER, metrics }) })),
    });
    expect(not).toEqual({ "api was moved by its cpu": "fail: HPA api never read cpu above its target" });
  });

  test("fails with the HPA's complaint when it has no reading", () => {
    const conditions = {
      ScalingActive: {
        status: "False",
        reason: "FailedGetContainerResourceMetric",
        message: "missing request for cpu",
      },
    };
    const { not } = judgeLookUps({
      samples: samples(-10, 155, () => ({ apiAutoscaler: value({ ...API_AUTOSCALER, conditions }) })),
    });
    expect(not["api scales out"]).toContain("HPA api: FailedGetContainerResourceMetric: missing request for cpu");
  });

  test("fails when a single worker shows up", () => {
    const { verdict, not } = judgeLookUps({
      samples: samples(-10, 155, (at) => ({
        ...lookedUp(at),
        ...(at === 90 ? { workerDeployment: deployment(1, 0), queue: value({ active: 7, deadLettered: 0 }) } : {}),
      })),
    });
    expect(verdict).toBe("fail");
    expect(not["worker stays at 0"]).toContain("the queue held up to 7 messages");
  });

  test("fails when orders were on the queue meanwhile, even for one sample", () => {
    const { not } = judgeLookUps({
      samples: samples(-10, 155, (at) => ({
        ...lookedUp(at),
        ...(at === 60 ? { queue: value({ active: 3, deadLettered: 0 }) } : {}),
      })),
    });
    expect(not).toEqual({
      "the queue stays empty": expect.stringMatching(/^fail: somebody else sent orders/) as string,
    });
  });

  test("does not say that the queue was empty where nobody could look", () => {
    const { not } = judgeLookUps({ samples: samples(-10, 155, (at) => ({ ...lookedUp(at), queue: GAP })) });
    expect(not["the queue stays empty"]).toMatch(/^inconclusive/);
  });

  test("does not say that the API never comes back where nobody looked for long enough", () => {
    const { not } = judgeLookUps({ samples: samples(-10, 130, lookedUp) });
    expect(not).toEqual({ "api comes back to 1": "inconclusive: it was not waited for any longer" });
  });

  test("fails when it does not come back, and says which reading holds it up", () => {
    const memory = { name: "memory of container api", current: 95, target: 80 };
    const { not } = judgeLookUps({
      samples: samples(-10, 260, (at) => ({
        ...lookedUp(Math.min(at, 140)),
        ...(at > 110 ? { apiAutoscaler: value({ ...API_AUTOSCALER, desired: 3, metrics: [memory] }) } : {}),
      })),
    });
    expect(not["api comes back to 1"]).toBe(
      "fail: api did not come back in 150 s: HPA api still reads memory of container api 95 (target 80)",
    );
  });
});

describe("the ledger", () => {
  const worked = { samples: samples(-10, 85, backlogWorkedOff) };

  test("a lost order fails, with what loses orders", () => {
    const { verdict, not } = judgeBacklog(worked, value(ledgerOf({ processedOnce: 3999, lost: 1 })));
    expect(verdict).toBe("fail");
    expect(not["no order was lost"]).toContain("completes a message before it has fulfilled");
    expect(not["every order was fulfilled"]).toMatch(/^fail/);
  });

  test("orders that still wait after the queue had its time fail", () => {
    const slow = (at: number): Readings => ({
      ...backlogWorkedOff(Math.min(at, 30)),
      queue: value({ active: at >= 1 ? 900 : 0, deadLettered: 0 }),
    });
    const ledger = value(ledgerOf({ processedOnce: 3100, waiting: 900 }));
    const { not } = judgeBacklog({ samples: samples(-10, 304, slow) }, ledger);
    expect(not["every order was fulfilled"]).toMatch(/^fail/);
    expect(not["no order was lost"]).toBeUndefined();
  });

  test("a ledger that could not be read is inconclusive", () => {
    const { verdict, not } = judgeBacklog(worked, { kind: "gap", error: "Redis cannot be read" });
    expect(verdict).toBe("inconclusive");
    expect(not["no order was lost"]).toBe("inconclusive: Redis cannot be read");
  });
});

describe("what somebody else did", () => {
  const evicted: PodLife = {
    name: "api-1",
    workload: "api",
    createdMs: LOAD_START_MS - 60_000,
    readyMs: LOAD_START_MS - 50_000,
    goneMs: LOAD_START_MS + 31_000,
    endedBecause: "EvictionByEvictionAPI: Eviction API: evicting",
    restarts: 0,
    takenAway: true,
    exitCode: 0,
  };
  const without = (at: number): Readings => ({
    ...backlogWorkedOff(at),
    ...(at === 30 ? { apiDeployment: value({ desired: 1, replicas: 0, ready: 0, rolledOut: false }) } : {}),
  });

  test("an API pod that was evicted leaves open whether the API stayed, and is named", () => {
    const { verdict, not } = judgeBacklog({ samples: samples(-10, 85, without) }, undefined, { pods: [evicted] });
    expect(verdict).toBe("inconclusive");
    expect(not["api stays at 1"]).toMatch(
      /^inconclusive: somebody else changed the system meanwhile: pod api-1 was taken away: EvictionByEvictionAPI/,
    );
  });

  test("it excuses its own workload only", () => {
    const { not } = judgeBacklog({ samples: samples(-10, 85, without) }, undefined, {
      pods: [{ ...evicted, workload: "worker" }],
    });
    expect(not["api stays at 1"]).toMatch(/^fail/);
  });

  test("a pod that ended by itself excuses nothing", () => {
    const crashed = { ...evicted, takenAway: false, endedBecause: "container api ended with 137 (OOMKilled)" };
    const { not } = judgeBacklog({ samples: samples(-10, 85, without) }, undefined, { pods: [crashed] });
    expect(not["api stays at 1"]).toMatch(/^fail/);
  });

  test("a ScaledObject that is paused in mid-run is named", () => {
    const stuck = (at: number): Readings => ({
      ...backlogWorkedOff(at),
      workerDeployment: deployment(at < 5 ? 0 : 1),
      ...(at > 3
        ? { workerScaledObject: value({ ...SCALED_OBJECT, pausedBy: ['autoscaling.keda.sh/paused: "true"'] }) }
        : {}),
    });
    const { not } = judgeBacklog({ samples: samples(-10, 205, stuck) });
    expect(not["worker scales out"]).toMatch(
      /^inconclusive: somebody else changed the system meanwhile: ScaledObject worker was paused during the run/,
    );
  });
});

describe("the services' own counters", () => {
  const counters: Counters = {
    apiRequests: 0,
    ordersProcessed: 4000,
    locksLost: 0,
    orderAgeSeconds: { p50: 10, p95: 20, max: 30 },
    scrapes: { api: 20, worker: 20 },
    lostScrapes: { api: 0, worker: 0 },
    uncountedOrdersUpperBound: 0,
  };

  test("that are flat pass beside the replicas", () => {
    const { verdict, all } = judgeBacklog({ samples: samples(-10, 85, backlogWorkedOff) }, undefined, {
      counters: value(counters),
    });
    expect(verdict).toBe("pass");
    expect(all.map(({ name }) => name)).toContain("api did no work");
  });

  test("that show the bystander at work fail, although its replicas stood still", () => {
    const { not } = judgeBacklog({ samples: samples(-10, 85, backlogWorkedOff) }, undefined, {
      counters: value({ ...counters, apiRequests: 4000 }),
    });
    expect(not["api did no work"]).toMatch(/^fail/);
  });

  test("that cannot be read are inconclusive; without a Prometheus nothing is claimed", () => {
    const seen = { samples: samples(-10, 85, backlogWorkedOff) };
    expect(judgeBacklog(seen, undefined, { counters: GAP }).verdict).toBe("inconclusive");
    expect(judgeBacklog(seen, undefined, { counters: null }).verdict).toBe("pass");
  });
});

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
  const judgeFew = (change: (at: number) => Readings, evidence: Partial<Evidence> = {}): Judged =>
    judgeScenario("below-activation", {
      run: run({ samples: samples(-10, 52, change), load: ran({ iterations: 1 }) }),
      ledger: value(ledgerOf({ accepted: 10, processedOnce: 10 })),
      done,
      ...evidence,
    });

  test("passes when nothing starts before the threshold is restored", () => {
    const { verdict, not } = judgeFew(held);
    expect({ verdict, not }).toEqual({ verdict: "pass", not: {} });
  });

  test("fails when a worker starts below the threshold", () => {
    const { not } = judgeFew((at) => ({ ...held(at), ...(at === 20 ? { workerDeployment: deployment(1, 0) } : {}) }));
    expect(not["worker stays at 0 until the threshold is restored"]).toMatch(/^fail/);
  });

  test("fails when an order is gone although no worker was seen", () => {
    const { not } = judgeFew((at) => ({
      ...held(at),
      ...(at === 20 ? { queue: value({ active: 9, deadLettered: 0 }) } : {}),
    }));
    expect(not["10 orders wait until the threshold is restored"]).toMatch(/^fail/);
  });

  test("is inconclusive, with the command that mends it, where the threshold could not be restored", () => {
    const unrevertedChanges = [{ revertCommand: "kubectl patch scaledobject worker", why: "403" }];
    const { verdict, not } = judgeFew(held, { done: { ...done, restoredMs: null, unrevertedChanges } });
    expect(verdict).toBe("inconclusive");
    expect(not["all was done that was to be done on purpose, and restored"]).toContain(
      "kubectl patch scaledobject worker",
    );
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
    takenAway: false,
    exitCode: 0,
  };
  const scaledIn: PodLife = { ...killedPod, name: "worker-2", endedBecause: null, restarts: 0 };
  const done: InjectedFaults = {
    ...NOTHING_DONE,
    lastInjectionMs: LOAD_START_MS + 30_000,
    restoredMs: LOAD_START_MS + 30_000,
    killed: [{ pod: killedPod.name, atMs: LOAD_START_MS + 25_000 }],
  };
  const judgeKilled = (evidence: Partial<Evidence>): Judged =>
    judgeScenario("scale-in-under-load", {
      run: run({ samples: samples(-10, 85, backlogWorkedOff), load: ran({ iterations: 30 }) }),
      pods: [killedPod, scaledIn],
      ledger: value(ledgerOf()),
      done,
      ...evidence,
    });

  test("passes when all but the killed worker left in good order", () => {
    const { verdict, not } = judgeKilled({});
    expect({ verdict, not }).toEqual({ verdict: "pass", not: {} });
  });

  test.each([
    [
      "left with 143",
      { ...scaledIn, exitCode: 143, endedBecause: "container worker ended with 143" },
      /^fail: worker-2/,
    ],
    ["was not seen to end", { ...scaledIn, exitCode: null }, /^inconclusive: nobody saw how worker-2 ended/],
  ] as const)("a scaled-in worker that %s", (_title, pod, expected) => {
    expect(judgeKilled({ pods: [killedPod, pod] }).not).toEqual({
      "workers that are scaled in leave in good order": expect.stringMatching(expected) as string,
    });
  });

  test("more repeats than the killed worker had in hand fail", () => {
    const ledger = value(ledgerOf({ processedOnce: 3900, processedAgain: 100, duplicatesAbsorbed: 100 }));
    expect(Object.keys(judgeKilled({ ledger }).not)).toEqual(["no order came again without cause"]);
  });

  test("what could not be done leaves everything open", () => {
    const skipped = [{ description: "the last worker is killed by SIGKILL", why: "no way to the node" }];
    const { verdict, not } = judgeKilled({ done: { ...done, skipped } });
    expect(verdict).toBe("inconclusive");
    expect(not["all was done that was to be done on purpose, and restored"]).toBe("inconclusive: no way to the node");
  });
});

describe("a soak", () => {
  /** Five minutes of load with the API's memory, in percent, as given by the second. */
  function judgeSoak(
    memoryAt: (at: number) => number,
    thirdsP95: number[] = [5, 5, 5],
    workerMemory: Reading<number[]> | null = value([80, 90, 95]),
  ): Judged {
    const seen = samples(-10, 340, (at) => ({
      workerDeployment: deployment(at >= 4 && at < 330 ? 1 : 0),
      queue: value({ active: at >= 1 && at < 305 ? 3 : 0, deadLettered: 0 }),
      apiAutoscaler: value({
        ...API_AUTOSCALER,
        metrics: [{ name: "memory of container api", current: memoryAt(at), target: 80 }],
      }),
    }));
    return judgeScenario("soak", {
      run: run({
        samples: seen,
        loadEndMs: LOAD_START_MS + 300_000,
        load: ran({ iterations: scenarioNamed("soak").load(SIZES).iterations }),
      }),
      ledger: value(ledgerOf()),
      thirds: thirdsP95.map((p95) => ({ p50: 1, p95, p99: p95, max: p95 })),
      workerMemory,
    });
  }

  test("passes when nothing grows", () => {
    const { verdict, not } = judgeSoak(() => 30);
    expect({ verdict, not }).toEqual({ verdict: "pass", not: {} });
  });

  test("what grows while it warms up is no drift", () => {
    expect(judgeSoak((at) => (at < 100 ? 15 : 40), [500, 5, 5]).verdict).toBe("pass");
  });

  test("memory that grows fails", () => {
    expect(judgeSoak((at) => 20 + at / 10).not).toEqual({
      "api's memory does not drift": "fail: it grew under a load that did not",
    });
  });

  test("a worker's memory that grows fails; where it could not be read nobody can say, and without Prometheus nothing is claimed", () => {
    const drift = "worker's memory does not drift";
    expect(judgeSoak(() => 30, undefined, value([80, 90, 104])).not).toEqual({
      [drift]: "fail: it grew under a load that did not",
    });
    expect(judgeSoak(() => 30, undefined, { kind: "gap", error: "no answer" }).not).toEqual({
      [drift]: "inconclusive: no answer",
    });
    expect(judgeSoak(() => 30, undefined, null).verdict).toBe("pass");
  });

  test("latency that grows fails; without durations by thirds nobody can say", () => {
    expect(judgeSoak(() => 30, [5, 5, 80]).not["latency does not drift"]).toMatch(/^fail/);
    expect(judgeSoak(() => 30, []).not["latency does not drift"]).toMatch(/^inconclusive/);
  });
});

describe("the verdict", () => {
  test.each([
    [["pass", "pass"], "pass"],
    [["pass", "inconclusive"], "inconclusive"],
    [["inconclusive", "fail", "pass"], "fail"],
    [[], "inconclusive"],
  ] as const)("of %j is %s", (statuses, verdict) => {
    expect(verdictOf(statuses)).toBe(verdict);
  });
});
