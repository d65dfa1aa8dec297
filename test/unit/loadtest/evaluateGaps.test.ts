import { verdictOf } from "../../../loadtest/model/verdict.ts";
import { evaluateBacklog, evaluateReads, processedBacklog, reads, REQUESTS } from "./evaluation.ts";
import { deployment, GAP, gaps, LOAD_START_MS, ran, samples, value } from "./fixtures.ts";

describe("what could not be read", () => {
  test("a few gaps do not matter where the thing was seen", () => {
    const { verdict } = evaluateBacklog({
      samples: samples(-10, 85, (at) => (at % 12 === 7 ? gaps() : processedBacklog(at))),
    });
    expect(verdict).toBe("pass");
  });

  test("more than a tenth of gaps makes it inconclusive whether the API scaled", () => {
    const { verdict, not } = evaluateBacklog({
      samples: samples(-10, 85, (at) => ({ ...processedBacklog(at), ...(at % 5 === 3 ? { apiDeployment: GAP } : {}) })),
    });
    expect(verdict).toBe("inconclusive");
    expect(not["api/does-not-scale"]).toBe("inconclusive: too-many-samples-missing");
  });

  test("one long gap does too, however few samples are missing", () => {
    const { not } = evaluateReads({
      samples: samples(-10, 290, (at) => ({
        ...reads(at),
        ...(at >= 200 && at < 216 ? { workerDeployment: GAP } : {}),
      })),
    });
    expect(not).toEqual({
      "worker/does-not-scale": "inconclusive: sample-gap-too-long",
    });
  });

  test("a violation that was seen fails in spite of the gaps", () => {
    const { not } = evaluateBacklog({
      samples: samples(-10, 85, (at) => ({
        ...processedBacklog(at),
        apiDeployment: at % 2 === 0 ? GAP : at === 31 ? deployment(2) : deployment(1),
      })),
    });
    expect(not["api/does-not-scale"]).toMatch(/^fail/);
  });

  test("workers that were never seen, through gaps, are no failure", () => {
    const { verdict, not } = evaluateBacklog({
      samples: samples(-10, 181, (at) => ({
        ...processedBacklog(at),
        queue: value({ active: at >= 1 ? 10 : 0, deadLettered: 0 }),
        workerDeployment: at > 4 && at < 40 ? GAP : deployment(0),
      })),
    });
    expect(verdict).toBe("inconclusive");
    expect(not["worker/scales-out"]).toBe("inconclusive: sample-gap-too-long");
  });

  test("missing samples count as a gap, too", () => {
    const seen = samples(-10, 85, processedBacklog).filter(
      ({ atMs }) => atMs < LOAD_START_MS + 20_000 || atMs > LOAD_START_MS + 40_000,
    );
    expect(evaluateBacklog({ samples: seen }).not["api/does-not-scale"]).toMatch(/^inconclusive/);
  });

  test("nothing at all is inconclusive", () => {
    expect(evaluateBacklog({ samples: samples(-10, 181, gaps) }, GAP).verdict).toBe("inconclusive");
    expect(evaluateBacklog({ samples: [] }, null).verdict).toBe("inconclusive");
  });
});

describe("the load", () => {
  test("failed requests fail", () => {
    const { verdict, not } = evaluateReads({
      samples: samples(-10, 155, reads),
      load: ran({ iterations: REQUESTS, failedRequests: 2 }),
    });
    expect(verdict).toBe("fail");
    expect(not).toEqual({ "load/failed-requests-within-objective": "fail: requests-failed" });
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
    expect(
      evaluateReads({ samples: samples(-10, 155, reads), load }).not["load/failed-requests-within-objective"],
    ).toMatch(/^fail/);
  });

  test("a load that broke makes what did not happen inconclusive", () => {
    const { verdict, not } = evaluateBacklog({
      samples: samples(-10, 20),
      loadEndMs: null,
      load: { kind: "broke", exitCode: 107, reason: "k6 ended with exit code 107: no" },
    });
    expect(verdict).toBe("inconclusive");
    expect(not["load/load-delivered"]).toBe("inconclusive: load-broke");
    expect(not["worker/scales-out"]).toBe("inconclusive: load-broke");
  });

  test("a starved generator is no failure of what it did not drive, and never a pass of what it did", () => {
    const load = ran({ iterations: 100_000, droppedIterations: 57_500 });
    const flat = evaluateReads({ samples: samples(-10, 155), load });
    expect(flat.all[0]?.causes).toEqual([
      { id: "load-not-delivered", subject: "load", params: { missingShare: 0.366, allowedShare: 0.01 } },
    ]);
    expect(flat.verdict).toBe("inconclusive");
    expect(flat.not["api/scales-out"]).toBe("inconclusive: load-not-delivered");
    const reached = evaluateReads({ samples: samples(-10, 155, reads), load });
    expect(reached.verdict).toBe("inconclusive");
    expect(reached.not).toEqual({ "load/load-delivered": "inconclusive: load-not-delivered" });
  });

  test.each([
    [0.51, "inconclusive: machine-starved, "],
    [0.5, "fail: "],
    [null, "fail: "],
  ] as const)(
    "requests that fail or take long, where the proof waited for a core for %d of its time, are %s",
    (share, how) => {
      const latencyMs = { p50: 10, p95: 1001, p99: 2000, max: 3000 };
      const load = ran({ iterations: REQUESTS, failedRequests: 3, latencyMs });
      expect(evaluateReads({ samples: samples(-10, 155, reads), load, waitedShare: share }).not).toEqual({
        "load/failed-requests-within-objective": `${how}requests-failed`,
        "load/latency-within-objective": `${how}latency-exceeds-objective`,
      });
      const quick = evaluateReads({
        samples: samples(-10, 155, reads),
        load: ran({ iterations: REQUESTS }),
        waitedShare: 0.9,
      });
      expect(quick.verdict).toBe("pass");
    },
  );

  test.each([
    [0.51, 2, "inconclusive: machine-starved, scaled-out-too-little"],
    [0.5, 2, "fail: scaled-out-too-little"],
    [0.51, 1, "fail: stayed-at"],
  ] as const)(
    "an API that scaled by its CPU, but too little, where the proof waited for a core for %d of its time, of %i replicas: %s",
    (share, replicas, how) => {
      const few = samples(-10, 155, (at) => {
        const state = reads(at);
        return at > 30 && at < 120
          ? { ...state, apiDeployment: deployment(replicas) }
          : { ...state, apiDeployment: deployment(1) };
      });
      const { not } = evaluateReads({ samples: few, load: ran({ iterations: REQUESTS }), waitedShare: share });
      expect(not["api/scales-out"]).toMatch(new RegExp(`^${how}`));
    },
  );

  test.each([
    [1575, "pass"],
    [1576, "inconclusive"],
  ] as const)("a hundredth may be dropped: %i of 157,500 is %s", (dropped, verdict) => {
    const load = ran({ iterations: REQUESTS - dropped, droppedIterations: dropped });
    expect(evaluateReads({ samples: samples(-10, 155, reads), load }).verdict).toBe(verdict);
  });

  test("slow answers fail, however few requests did", () => {
    const load = ran({ iterations: REQUESTS, latencyMs: { p50: 10, p95: 1001, p99: 2000, max: 3000 } });
    expect(evaluateReads({ samples: samples(-10, 155, reads), load }).not).toEqual({
      "load/latency-within-objective": "fail: latency-exceeds-objective",
    });
  });

  test("an interrupted run is inconclusive", () => {
    const { verdict, not } = evaluateBacklog(
      { samples: samples(-10, 10, processedBacklog), cutShort: "interrupted" },
      null,
    );
    expect(verdict).toBe("inconclusive");
    expect(not["api/does-not-scale"]).toBe("inconclusive: run-interrupted");
    expect(not["worker/scales-out"]).toBe("inconclusive: run-interrupted");
    expect(not["orders/all-processed"]).toBe("inconclusive: run-interrupted");
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
