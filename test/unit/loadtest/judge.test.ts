import { DEADLINES, queueBacklogScenario, apiCpuScenario, type Live } from "../../../loadtest/proof/scenarios.ts";
import type { Ledger } from "../../../loadtest/proof/ledger.ts";
import type { Run } from "../../../loadtest/proof/judge.ts";
import type { Reading, Sample } from "../../../loadtest/proof/observed.ts";
import { type Assertion, verdictOf } from "../../../loadtest/proof/verdict.ts";
import {
  ABSENT,
  API_AUTOSCALER,
  deployment,
  GAP,
  gaps,
  LOAD_START_MS,
  ran,
  run,
  samples,
  SCALED_OBJECT,
  value,
  WORKER_AUTOSCALER,
} from "./fixtures.ts";

const LIVE: Live = {
  apiMinimum: 1,
  apiStabilisationSeconds: 30,
  workerPollingIntervalSeconds: 5,
  workerCooldownSeconds: 15,
};
const LEDGER: Ledger = { accepted: 4000, fulfilled: 4000, waiting: 0, deadLettered: 0, lost: 0, notFulfilled: [] };

type Readings = Partial<Sample["readings"]>;

/** Backlog at 0 s, first worker at 5 s, four at 20 s, queue empty at 60 s, worker gone at 80 s. */
function backlogWorkedOff(at: number): Readings {
  const workers = at < 5 ? 0 : at < 20 ? 1 : at < 80 ? 5 : 0;
  return {
    workerDeployment: deployment(workers),
    queue: value({ active: at >= 1 && at < 60 ? 4000 - 60 * at : 0, deadLettered: 0 }),
  };
}

function judgeBacklog(of: Partial<Run> & Pick<Run, "samples">, ledger: Reading<Ledger> | null = value(LEDGER)): Judged {
  return judged(queueBacklogScenario({}).judge(run(of), ledger, LIVE, DEADLINES));
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
  const full = { loadEndMs: LOAD_START_MS + 105_000, load: ran({ iterations: REQUESTS }), ...of };
  return judged(apiCpuScenario({}).judge(run(full), null, LIVE, DEADLINES));
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
    const ledger = value({ ...LEDGER, fulfilled: 0, waiting: 4000, notFulfilled: ["a"] });
    const { verdict, not } = judgeBacklog({ samples: samples(-10, 181, paused) }, ledger);
    expect(verdict).toBe("fail");
    expect(not["worker scales out"]).toBe(
      'fail: worker never left 0: ScaledObject worker is paused (annotation autoscaling.keda.sh/paused: "true"); its HPA worker is absent',
    );
    expect(not["every order was fulfilled"]).toMatch(/^inconclusive/);
    expect(not["worker comes back to 0"]).toBe("inconclusive: worker was never seen above 0");
    expect(Object.keys(not)).toHaveLength(3);
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
      "HPA worker allows 1 replicas at the most",
    ],
    ["its pods do not start", { workerDeployment: deployment(8, 0) }, "8 were wanted and only 0 became ready"],
    ["the Deployment is gone", { workerDeployment: ABSENT }, "there is no Deployment worker"],
  ] as [string, Readings, string][])("fails with the cause when %s", (_title, broken, cause) => {
    const { not } = judgeBacklog({
      samples: samples(-10, 181, (at) => ({
        queue: value({ active: at >= 1 ? 4000 : 0, deadLettered: 0 }),
        ...(at >= 0 ? broken : {}),
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
        "fail: api did not keep to 1: HPA api asked for 2; HPA api read at most cpu of container api 90 (target 60)",
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
        ...(at === 30 ? { apiDeployment: value({ wanted: 1, replicas: 0, ready: 0, rolledOut: false }) } : {}),
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
    expect(not).toEqual({ "no request failed": "fail: k6's log beside the report has the first errors" });
  });

  test("failed checks fail although every request was answered", () => {
    const load = {
      kind: "ran",
      exitCode: 99,
      counts: { iterations: REQUESTS, requests: REQUESTS, failedRequests: 0, droppedIterations: 0 },
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

  test("a starved generator is no failure of what it did not drive, and no doubt about what it did", () => {
    const load = ran({ iterations: 100_000, droppedIterations: 57_500 });
    const flat = judgeLookUps({ samples: samples(-10, 155), load });
    expect(flat.verdict).toBe("inconclusive");
    expect(flat.not["api scales out"]).toMatch(/^inconclusive: 37 % of the declared load was never sent/);
    expect(flat.not["the load was delivered"]).toMatch(/^inconclusive: 37 %/);
    const reached = judgeLookUps({ samples: samples(-10, 155, lookedUp), load });
    expect(reached.verdict).toBe("pass");
    expect(reached.all.find(({ name }) => name === "the load was delivered")?.measured).toBe(
      "100000 iterations, 57500 dropped: less than declared, and enough to move api",
    );
  });

  test("up to a tenth may be dropped", () => {
    const load = ran({ iterations: REQUESTS - 15_000, droppedIterations: 15_000 });
    expect(judgeLookUps({ samples: samples(-10, 155, lookedUp), load }).verdict).toBe("pass");
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

  test("a lost order fails twice: it is lost, and it is not fulfilled", () => {
    const { verdict, not } = judgeBacklog(
      worked,
      value({ ...LEDGER, fulfilled: 3999, lost: 1, notFulfilled: ["some-id"] }),
    );
    expect(verdict).toBe("fail");
    expect(not["no order was lost"]).toContain("not fulfilled are some-id");
    expect(not["every order was fulfilled"]).toMatch(/^fail/);
    expect(not["no order was dead-lettered"]).toBeUndefined();
  });

  test("a dead-lettered order fails, and is not lost", () => {
    const { not } = judgeBacklog(
      worked,
      value({ ...LEDGER, fulfilled: 3999, deadLettered: 1, notFulfilled: ["some-id"] }),
    );
    expect(Object.keys(not)).toEqual(["every order was fulfilled", "no order was dead-lettered"]);
  });

  test("orders that still wait after the queue had its time fail", () => {
    const slow = (at: number): Readings => ({
      workerDeployment: deployment(at < 5 ? 0 : 5),
      queue: value({ active: at >= 1 ? 900 : 0, deadLettered: 0 }),
    });
    const ledger = value({ ...LEDGER, fulfilled: 3100, waiting: 900, notFulfilled: ["some-id"] });
    const { not } = judgeBacklog({ samples: samples(-10, 244, slow) }, ledger);
    expect(not["every order was fulfilled"]).toMatch(/^fail/);
    expect(not["no order was lost"]).toBeUndefined();
  });

  test("a ledger that could not be read is inconclusive", () => {
    const { verdict, not } = judgeBacklog(worked, { kind: "gap", error: "Redis cannot be read" });
    expect(verdict).toBe("inconclusive");
    expect(not["no order was lost"]).toBe("inconclusive: Redis cannot be read");
  });

  test("no accepted order proves nothing", () => {
    expect(judgeBacklog(worked, value({ ...LEDGER, accepted: 0, fulfilled: 0 })).verdict).toBe("inconclusive");
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
