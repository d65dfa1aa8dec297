import {
  failed as failedAssertion,
  inconclusive,
  passed as passedAssertion,
} from "../../../loadtest/model/assertion.ts";
import { causeOf } from "../../../loadtest/model/cause.ts";
import type { Report } from "../../../loadtest/model/report.ts";
import type { ScenarioReport } from "../../../loadtest/model/scenarioReport.ts";
import { ABSENT } from "../../../loadtest/model/reading.ts";
import { backlogSamples, cpuSamples, LIVE, LOAD_START_MS, unreadAt, withReadings } from "./reportSamples.ts";

/** Text that must stay text wherever it ends up. */
export const HOSTILE = `</script><img src=x onerror="document.title='broken'"> & <b>'quoted'</b> ]]> \u0000\u001b[31m`;

/** A worker backlog that passed, with all that a scenario can hold. */
export function backlogScenario(): ScenarioReport {
  return {
    name: "queue-backlog",
    summary: "4,000 orders at once, straight to the queue.",
    verdict: "pass",
    assertions: [
      passedAssertion(
        { id: "scales-out", subject: "worker", expected: { ready: 4, withinSeconds: 180, after: "load-start" } },
        { reachedAfterSeconds: 5, mostReady: 8, mostDesired: 8 },
      ),
      passedAssertion(
        { id: "does-not-scale", subject: "api", expected: { replicas: 1 } },
        { readings: 70, notAllReady: 0, deviations: 0, first: null },
      ),
      passedAssertion({ id: "none-lost", subject: "orders", expected: {} }, { accepted: 4000, lost: 0 }),
    ],
    mustScale: ["worker"],
    mustNotScale: ["api"],
    queue: { name: "queue", workload: "worker" },
    autoscalingConfig: LIVE,
    loadStartedAt: new Date(LOAD_START_MS).toISOString(),
    loadEndedAt: new Date(LOAD_START_MS + 300).toISOString(),
    endedAt: new Date(LOAD_START_MS + 59_000).toISOString(),
    load: {
      kind: "ran",
      exitCode: 0,
      counts: {
        requests: 41,
        failedRequests: 0,
        iterations: 40,
        droppedIterations: 0,
        latencyMs: { p50: 12, p95: 41, p99: 60, max: 80 },
      },
    },
    ledger: {
      kind: "value",
      value: {
        accepted: 4000,
        processedOnce: 3998,
        processedAgain: 2,
        waiting: 0,
        deadLettered: { total: 0, byReason: {} },
        lost: 0,
        deadLetteredAfterCommit: 0,
        unconfirmed: { total: 1, processed: 1, waiting: 0, deadLettered: 0, nowhere: 0 },
        duplicatesAbsorbed: 2,
        examples: { lost: [], waiting: [], deadLettered: [], processedAgain: ["a-1", "a-2"] },
      },
    },
    timings: [
      {
        id: "first-ready",
        workload: "worker",
        measuredSeconds: 5,
        lowerBoundSeconds: 2.5,
        ratio: 2,
        lowerBound: [
          { id: "keda-poll", params: { pollingIntervalSeconds: 5 } },
          { id: "pod-start", params: { seconds: 2.5 } },
        ],
        uncertaintySeconds: 1,
      },
      {
        id: "idle",
        workload: "worker",
        measuredSeconds: null,
        lowerBoundSeconds: null,
        ratio: null,
        lowerBound: [{ id: "never-scaled-out", params: { replicas: 0 } }],
        uncertaintySeconds: 1,
      },
    ],
    podSeconds: [
      {
        workload: "worker",
        windowSeconds: 59,
        measured: 388,
        clairvoyant: 240,
        fixed: 472,
        fixedReplicas: 8,
        assumptions: [{ id: "no-idle-pods", params: { orders: 4000, ordersPerSecondPerReplica: 16.7 } }],
      },
    ],
    elasticity: [],
    repeat: null,
    counters: {
      kind: "value",
      value: {
        apiRequests: 0,
        ordersProcessed: 4002,
        locksLost: 0,
        orderAgeSeconds: { p50: 14, p95: 31, max: 36 },
        lostScrapes: { api: 0, worker: 8 },
        uncountedOrdersUpperBound: 10,
        scrapes: { api: 12, worker: 60 },
      },
    },
    pods: [
      {
        name: "worker-5d8c-x1",
        workload: "worker",
        createdMs: LOAD_START_MS + 2000,
        readyMs: LOAD_START_MS + 5000,
        goneMs: LOAD_START_MS + 20_000,
        endedBecause: "killed: SIGKILL",
        restarts: 0,
      },
    ],
    samples: backlogSamples(),
  };
}

/** An API under CPU load that passed. */
export function cpuScenario(): ScenarioReport {
  return {
    ...backlogScenario(),
    name: "api-cpu",
    summary: "Reads at rising rates.",
    assertions: [
      passedAssertion(
        { id: "scales-out", subject: "api", expected: { ready: 3, withinSeconds: 45, after: "load-end" } },
        { reachedAfterSeconds: 16, mostReady: 6, mostDesired: 6 },
      ),
    ],
    mustScale: ["api"],
    mustNotScale: ["worker"],
    loadEndedAt: new Date(LOAD_START_MS + 50_000).toISOString(),
    ledger: null,
    counters: null,
    podSeconds: [],
    pods: [],
    samples: cpuSamples(),
  };
}

/** One that never started its load. */
export function neverStartedScenario(): ScenarioReport {
  return {
    ...cpuScenario(),
    verdict: "inconclusive",
    assertions: [
      inconclusive(
        { id: "preconditions-met", subject: "scenario", expected: {} },
        {},
        causeOf("run-interrupted", "proof", { reason: "interrupted" }),
      ),
    ],
    autoscalingConfig: null,
    loadStartedAt: null,
    loadEndedAt: null,
    load: null,
    timings: [],
    samples: [],
  };
}

export function reportWith(verdict: Report["verdict"], ...scenarios: ScenarioReport[]): Report {
  return {
    schemaVersion: 4,
    verdict,
    startedAt: "2026-11-21T18:26:32.000Z",
    endedAt: "2026-11-21T18:30:58.000Z",
    profile: "smoke",
    command: "./scripts/prove --profile smoke",
    target: {
      context: "ownsignal",
      namespace: "orders-dev",
      kubernetes: "v1.36.3",
      keda: "2.18.1",
      metricsServer: null,
      k6: "v1.8.0",
      nodes: [{ name: "node-1", kubelet: "v1.36.3", cpu: "2", memory: "7.6 GiB", architecture: "amd64" }],
      images: [
        {
          workload: "worker",
          container: "worker",
          image: "docker.io/ownsignal/worker:dev",
          digest: `sha256:${"0123456789abcdef".repeat(4)}`,
        },
      ],
      revision: "eb3e08a-dirty",
    },
    scenarios,
    comparison: null,
  };
}

export function passed(): Report {
  return reportWith("pass", backlogScenario(), cpuScenario());
}

/** With text from outside that means harm, in every place that has text. */
export function failed(): Report {
  const scenario = backlogScenario();
  const report = reportWith(
    "fail",
    {
      ...scenario,
      verdict: "fail",
      summary: HOSTILE,
      assertions: [
        ...scenario.assertions,
        failedAssertion(
          { id: "terminated-gracefully", subject: "worker", expected: {} },
          { gracefully: 0, scaledIn: 1 },
          causeOf("pod-terminated-abnormally", HOSTILE, { endedBecause: HOSTILE }),
        ),
      ],
      pods: scenario.pods.map((pod) => ({ ...pod, name: HOSTILE, endedBecause: HOSTILE })),
      samples: [
        ...scenario.samples,
        withReadings(unreadAt(60), "api", { autoscaler: { kind: "gap", error: HOSTILE } }),
      ],
    },
    cpuScenario(),
  );
  return { ...report, command: HOSTILE, target: { ...report.target, context: HOSTILE } };
}

/** Interrupted: gaps in the first scenario, an object that went away, no second one. */
export function cutShort(): Report {
  const scenario = backlogScenario();
  const samples = scenario.samples.map((sample, index) => {
    if (index >= 22 && index < 38) return unreadAt(index - 10);
    if (index < 50) return sample;
    return withReadings(sample, "worker", { replicas: ABSENT });
  });
  return reportWith(
    "inconclusive",
    {
      ...scenario,
      verdict: "inconclusive",
      assertions: [
        inconclusive(
          { id: "scales-in", subject: "worker", expected: { replicas: 0, withinSeconds: 140, after: "queue-empty" } },
          null,
          causeOf("sample-gap-too-long", "worker", { seconds: 16, maxSeconds: 15, error: null }),
        ),
      ],
      loadEndedAt: null,
      load: { kind: "broke", exitCode: null, reason: "the proof was interrupted" },
      ledger: { kind: "gap", error: "Redis did not answer" },
      counters: { kind: "gap", error: "Prometheus did not answer" },
      samples,
    },
    neverStartedScenario(),
  );
}

/** The worker under another autoscaler, beside the deployed one. */
export function compared(): Report {
  const { assertions, timings, podSeconds, samples, ...scenario } = backlogScenario();
  const { mustScale, mustNotScale, loadStartedAt, loadEndedAt, endedAt } = scenario;
  return {
    ...passed(),
    comparison: {
      variant: "worker-on-cpu",
      scenario: "queue-backlog",
      baseline: { timings, podSeconds },
      variantResult: {
        verdict: "fail",
        ...{ mustScale, mustNotScale, loadStartedAt, loadEndedAt, endedAt },
        assertions: assertions.map((assertion) => ({ ...assertion, status: "fail" as const })),
        timings: timings.map((timing) => ({ ...timing, measuredSeconds: 48 })),
        podSeconds: podSeconds.map((used) => ({ ...used, measured: 900 })),
        samples: samples.map((sample) => withReadings(sample, "worker", { scaledObject: ABSENT })),
      },
    },
  };
}
