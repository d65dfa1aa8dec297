import { failed, passed } from "../../../loadtest/model/assertion.ts";
import type { AutoscalerState, ScaledObjectState, TriggerState } from "../../../loadtest/model/autoscaling.ts";
import { causeOf } from "../../../loadtest/model/cause.ts";
import type { Elasticity } from "../../../loadtest/model/elasticity.ts";
import { HPA_DEFAULTS } from "../../../loadtest/model/hpaDefaults.ts";
import type { MetricState } from "../../../loadtest/model/metric.ts";
import type { Sample } from "../../../loadtest/model/observed.ts";
import { ABSENT, type Reading } from "../../../loadtest/model/reading.ts";
import type { Report } from "../../../loadtest/model/report.ts";
import type { ScenarioReport } from "../../../loadtest/model/scenarioReport.ts";
import { backlogScenario, reportWith } from "./reportFixtures.ts";
import { LOAD_START_MS } from "./reportSamples.ts";

const MIB = 1024 ** 2;

export const REDIS: TriggerState = {
  type: "redis",
  name: null,
  queue: "emails",
  target: 5,
  activation: 2,
  metadata: { listName: "emails", listLength: "5", activationListLength: "2" },
};
const CRON: TriggerState = { ...REDIS, type: "cron", queue: null, target: null, activation: 0, metadata: {} };

/** What a file declares: `web` on an HPA with three metrics, `mailer` on KEDA with two triggers, `cache` on nothing. */
function webMetrics(cpu: number, requests: number): MetricState[] {
  return [
    { metric: { kind: "Resource", name: "cpu" }, current: cpu, target: 60 },
    { metric: { kind: "Pods", name: "http_requests_per_second" }, current: requests, target: 12.5 },
    {
      metric: { kind: "Resource", name: "memory" },
      current: 180 * MIB,
      target: 256 * MIB,
      targetType: "AverageValue",
    },
  ];
}

const MAILER_METRICS: MetricState[] = [
  { metric: { kind: "External", name: "s0-redis-emails" }, current: null, target: 5 },
  { metric: { kind: "External", name: "s1-cron-Etc-UTC" }, current: null, target: 1 },
];

function autoscaler(name: string, max: number, desired: number, metrics: MetricState[]): AutoscalerState {
  return { name, min: 1, max, current: desired, desired, ...HPA_DEFAULTS, metrics, conditions: {} };
}

const MAILER: ScaledObjectState = {
  name: "mailer",
  pausedBy: [],
  minReplicas: 0,
  maxReplicas: 10,
  idleReplicas: null,
  pollingIntervalSeconds: 30,
  cooldownSeconds: 300,
  triggers: [REDIS, CRON],
  formula: null,
  conditions: {},
};

/** What was seen at a second after the load's start; `audit` is a queue that feeds nothing that is known. */
export function foreignSample(second: number, emails: number, mailers: number, webs = 1, cpu = 20): Sample {
  const value = <T>(seen: T): Reading<T> => ({ kind: "value", value: seen });
  const replicas = (count: number): Reading<Parameters<typeof state>[0]> => value(state({ ...EMPTY, desired: count }));
  return {
    atMs: LOAD_START_MS + second * 1000,
    workloads: {
      web: {
        replicas: replicas(webs),
        autoscaler: value(autoscaler("web-hpa", 4, webs, webMetrics(cpu, 3))),
        scaledObject: ABSENT,
        externalMetrics: ABSENT,
      },
      mailer: {
        replicas: replicas(mailers),
        autoscaler: value(autoscaler("keda-hpa-mailer", 10, mailers, MAILER_METRICS)),
        scaledObject: value(MAILER),
        externalMetrics: value([
          { name: "s0-redis-emails", value: emails },
          { name: "s1-cron-Etc-UTC", value: 1 },
        ]),
      },
      cache: { replicas: replicas(2), autoscaler: ABSENT, scaledObject: ABSENT, externalMetrics: ABSENT },
    },
    queues: { audit: value({ active: 3, deadLettered: 1 }) },
  };
}

const EMPTY = { desired: 0, replicas: 0, ready: 0, rolledOut: true };
function state(of: typeof EMPTY): typeof EMPTY {
  return { ...of, replicas: of.desired, ready: of.desired };
}

export const ELASTICITY: Elasticity = {
  workload: "mailer",
  seconds: 380,
  unknownSeconds: 5,
  demand: "drain-objective",
  basis: { id: "drain-objective", params: { drainSeconds: 60, messagesPerSecondPerReplica: 4.2 } },
  underProvisioned: 0.42,
  overProvisioned: 1.3,
  underProvisionedShare: null,
  overProvisionedShare: 0.26,
  underProvisionedTime: 0.12,
  overProvisionedTime: 0.71,
  jitterPerMinute: -0.25,
};

/** One of two repeats; the second one oscillates. */
export function foreignScenario(repeat: number | null, oscillates = false): ScenarioReport {
  const path = oscillates ? [0, 4, 2, 4] : [0, 4];
  const claim = { id: "does-not-oscillate", subject: "mailer", expected: { maxDirectionChanges: 0 } } as const;
  const measured = { directionChanges: oscillates ? 2 : 0, path };
  const samples = Array.from({ length: 120 }, (_, index) => {
    const second = index - 10;
    const emails = second < 0 ? 0 : Math.max(0, 100 - second * 2);
    const mailers =
      second < 5 || second > 100 ? 0 : second < 30 ? 1 : path[1 + (Math.floor(second / 30) % (path.length - 1))];
    return foreignSample(second, emails, mailers ?? 0, second < 40 ? 1 : 2, second < 40 ? 20 : 90);
  });
  return {
    ...backlogScenario(),
    name: "mails",
    summary: "100 mails on the list.",
    verdict: oscillates ? "fail" : "pass",
    repeat,
    assertions: [
      passed({ id: "load-delivered", subject: "load", expected: { iterations: 100 } }, { iterations: 100, dropped: 0 }),
      oscillates
        ? failed(claim, measured, causeOf("oscillated", "mailer", { directionChanges: 2, allowed: 0 }))
        : passed(claim, measured),
      passed(
        { id: "under-provisioned-time-within-objective", subject: "mailer", expected: { atMost: 0.5 } },
        { value: 0.12 },
      ),
    ],
    mustScale: ["mailer"],
    mustNotScale: ["cache"],
    queue: null,
    autoscalingConfig: {
      workloads: {
        web: {
          scaler: "hpa",
          idleReplicas: 1,
          minReplicas: 1,
          maxReplicas: 4,
          targets: webMetrics(0, 0).map(({ current: _current, ...held }) => held),
          ...HPA_DEFAULTS,
          keda: null,
        },
        mailer: {
          scaler: "keda",
          idleReplicas: 0,
          minReplicas: 0,
          maxReplicas: 10,
          targets: MAILER_METRICS.map(({ current: _current, ...held }) => held),
          ...HPA_DEFAULTS,
          keda: { pollingIntervalSeconds: 30, cooldownSeconds: 300, triggers: [REDIS, CRON] },
        },
        cache: {
          scaler: "none",
          idleReplicas: 2,
          minReplicas: 2,
          maxReplicas: 2,
          targets: [],
          scaleUp: null,
          scaleDown: null,
          keda: null,
        },
      },
      metricsResolutionSeconds: 15,
    },
    load: {
      kind: "ran",
      exitCode: 0,
      counts: { requests: 0, failedRequests: 0, iterations: 100, droppedIterations: 0, latencyMs: null },
    },
    ledger: null,
    counters: null,
    timings: [
      {
        id: "idle",
        workload: "mailer",
        measuredSeconds: 310,
        lowerBoundSeconds: 300,
        ratio: 1.03,
        lowerBound: [],
        uncertaintySeconds: 1,
      },
    ],
    podSeconds: [],
    elasticity: [
      ELASTICITY,
      {
        ...ELASTICITY,
        workload: "web",
        demand: "cpu",
        basis: {
          id: "resource-target",
          params: { metric: { kind: "Resource", name: "cpu" }, target: 60, readingAgeSeconds: 20 },
        },
        underProvisionedShare: 0.08,
        unknownSeconds: 0,
      },
    ],
    pods: [],
    samples,
  };
}

/** A declared file's scenario, run twice: nothing of the orders system is in it. */
export function foreign(): Report {
  const report = reportWith("fail", foreignScenario(1), foreignScenario(2, true));
  return {
    ...report,
    profile: null,
    command: "ownsignal prove -f autoscaling.yaml",
    target: { ...report.target, namespace: "shop", images: [] },
  };
}
