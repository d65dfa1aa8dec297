import * as z from "zod";

/**
 * What a proof leaves in report.json, part by part. The types that the proof itself works with come from here, and so does the published JSON Schema.
 * Times are milliseconds since 1970 (`…Ms`, `at…`) or ISO 8601 in UTC (`…At`); durations carry their unit in their name.
 */

/** Raised when a reader of report.json has to change. */
export const SCHEMA_VERSION = 2;

/** `inconclusive`: nobody can say, which is never a pass. */
export const verdict = z.enum(["pass", "fail", "inconclusive"]);
export type Verdict = z.infer<typeof verdict>;

/** The two workloads that scale. */
export const workload = z.enum(["api", "worker"]);
export type Workload = z.infer<typeof workload>;

/** One thing that was looked at once: what it held, that it is not there, or that nobody can say. A failed read is never a zero. */
export type Reading<T> =
  | { readonly kind: "value"; readonly value: T }
  | { readonly kind: "absent" }
  | { readonly kind: "gap"; readonly error: string };

function reading<T extends z.ZodType>(value: T) {
  return z.discriminatedUnion("kind", [
    z.object({ kind: z.literal("value"), value }),
    z.object({ kind: z.literal("absent") }),
    z.object({ kind: z.literal("gap"), error: z.string() }),
  ]);
}

const count = z.int().min(0);

export const deploymentState = z
  .object({
    desired: count.describe("spec.replicas: what its autoscaler, or a person, has asked for"),
    replicas: count.describe("status.replicas: pods that exist, ready or not"),
    ready: count,
    rolledOut: z.boolean().describe("whether the controller has seen this generation and every pod is of it"),
  })
  .describe("a Deployment's replicas");
export type DeploymentState = z.infer<typeof deploymentState>;

export const condition = z.object({ status: z.string(), reason: z.string(), message: z.string() });
export type Condition = z.infer<typeof condition>;

export const metricState = z
  .object({
    name: z.string(),
    current: z.number().nullable().describe("null where the HPA has no reading"),
    target: z.number().nullable(),
  })
  .describe("one metric of an HPA, in its own unit: percent of the request, or messages a replica");
export type MetricState = z.infer<typeof metricState>;

export const scalingRules = z
  .object({
    stabilizationSeconds: z.number(),
    selectPolicy: z.enum(["Max", "Min", "Disabled"]),
    policies: z.array(z.object({ type: z.enum(["Pods", "Percent"]), value: z.number(), periodSeconds: z.number() })),
  })
  .describe("one direction of an HPA's behavior, with Kubernetes' defaults filled in");
export type ScalingRules = z.infer<typeof scalingRules>;

export const autoscalerState = z.object({
  min: count,
  max: count,
  current: count,
  desired: count,
  scaleUp: scalingRules,
  scaleDown: scalingRules,
  metrics: z.array(metricState),
  conditions: z.record(z.string(), condition),
});
/** A HorizontalPodAutoscaler. */
export type AutoscalerState = z.infer<typeof autoscalerState>;

export const scaledObjectState = z.object({
  pausedBy: z.array(z.string()).describe("the annotations that pause it, with their values"),
  minReplicas: count,
  maxReplicas: count,
  pollingIntervalSeconds: z.number(),
  cooldownSeconds: z.number(),
  queue: z.string().nullable().describe("the queue that its azure-servicebus trigger watches"),
  messagesPerReplica: z.number().nullable().describe("messageCount of the trigger"),
  activationMessages: z.number().nullable().describe("activationMessageCount: up to this many start no replica"),
  conditions: z.record(z.string(), condition),
});
/** A KEDA ScaledObject. */
export type ScaledObjectState = z.infer<typeof scaledObjectState>;

export const queueState = z.object({
  active: count.describe("waiting, or locked by a worker"),
  deadLettered: count,
});
/** The queue's counts, as the bus's management API gives them. */
export type QueueState = z.infer<typeof queueState>;

const observed = {
  apiDeployment: deploymentState,
  workerDeployment: deploymentState,
  apiAutoscaler: autoscalerState,
  workerAutoscaler: autoscalerState,
  workerScaledObject: scaledObjectState,
  queue: queueState,
};

export const sample = z
  .object({
    atMs: z.number().describe("when it was due"),
    readings: z.object({
      apiDeployment: reading(observed.apiDeployment),
      workerDeployment: reading(observed.workerDeployment),
      apiAutoscaler: reading(observed.apiAutoscaler),
      workerAutoscaler: reading(observed.workerAutoscaler),
      workerScaledObject: reading(observed.workerScaledObject),
      queue: reading(observed.queue),
    }),
  })
  .describe("what was seen at one moment");

/** All that is looked at once a second. */
export type Observed = { [Key in keyof typeof observed]: z.infer<(typeof observed)[Key]> };

/** What was seen at one moment. */
export interface Sample<T = Observed> {
  /** When it was due, in milliseconds since 1970. */
  atMs: number;
  readings: { readonly [Key in keyof T]: Reading<T[Key]> };
}

export const podRecord = z
  .object({
    name: z.string(),
    workload,
    createdMs: z.number(),
    startedMs: z
      .number()
      .nullable()
      .optional()
      .describe("when the workload's own container (named as the workload) first ran; null where it never did"),
    readyMs: z.number().nullable().describe("when it first became ready; null where it never did"),
    goneMs: z.number().nullable().describe("when it was first seen no more; null where it was there at the end"),
    endedBecause: z
      .string()
      .nullable()
      .describe("for a pod that went otherwise than by its autoscaler: evicted, preempted, killed, with the reason"),
    restarts: count,
  })
  .describe("the life of one pod of api or worker during the scenario");
export type PodRecord = z.infer<typeof podRecord>;

export const live = z
  .object({
    apiMinimum: count,
    apiMaximum: count,
    apiTargets: z.array(metricState.pick({ name: true, target: true })),
    apiScaleUp: scalingRules,
    apiScaleDown: scalingRules,
    workerIdleReplicas: count.describe(
      "replicas when there is no work: 0 under KEDA, the HPA's minimum under an HPA alone",
    ),
    workerMaximum: count,
    workerScaler: z.enum(["keda", "hpa", "none"]),
    workerPollingIntervalSeconds: z.number(),
    workerCooldownSeconds: z.number(),
    workerMessagesPerReplica: z.number().nullable(),
    workerActivationMessages: z.number().nullable(),
    workerScaleUp: scalingRules.nullable().describe("null where no HPA was ever seen"),
    workerScaleDown: scalingRules.nullable(),
    metricsResolutionSeconds: z.number().describe("metrics-server's --metric-resolution"),
  })
  .describe("what the live objects said before the load; deadlines and best times come from it");
export type AutoscalingConfig = z.infer<typeof live>;

export const assertion = z.object({
  name: z.string(),
  status: verdict,
  expected: z.string().describe("what was claimed"),
  measured: z.string().describe("what was seen"),
  reason: z
    .string()
    .optional()
    .describe("why it is no pass, with the likely cause where the cluster's own objects tell"),
});
/** One thing that was claimed, and what was measured. */
export type Assertion = z.infer<typeof assertion>;

export const loadCounts = z.object({
  requests: count,
  failedRequests: count,
  iterations: count,
  droppedIterations: count.describe("due and never started, since every virtual user was busy"),
  latencyMs: z
    .object({ p50: z.number(), p95: z.number(), p99: z.number(), max: z.number() })
    .nullable()
    .describe("of a request, as k6 measured it; null where none was sent"),
});
/** What k6 counted over a whole run. */
export type LoadCounts = z.infer<typeof loadCounts>;

export const loadResult = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("ran"), exitCode: z.int(), counts: loadCounts }),
  z.object({ kind: z.literal("broke"), exitCode: z.int().nullable(), reason: z.string() }),
]);
/** What became of a load: run to its end, failed requests included, or not, and then nothing follows from what did not happen. */
export type LoadResult = z.infer<typeof loadResult>;

const someIds = z.array(z.string());

export const ledger = z
  .object({
    accepted: count.describe("ids whose acceptance reached k6; the sum of the next five"),
    processedOnce: count.describe("committed in Redis, delivered once as far as is known"),
    processedAgain: count.describe("committed once, and delivered again after that: the repeats were absorbed"),
    waiting: count.describe("seen on the queue, waiting or locked"),
    deadLettered: z.object({
      total: count,
      byReason: z.record(z.string(), count),
    }),
    lost: count.describe("accepted, and in none of the other places"),
    deadLetteredAfterCommit: count.describe(
      "accepted or not, committed, and a later delivery of them was dead-lettered: counted as processed",
    ),
    unconfirmed: z
      .object({
        total: count.describe("sent, and the answer never reached k6 or was no acceptance"),
        processed: count,
        waiting: count,
        deadLettered: count,
        nowhere: count.describe("not found anywhere, which is right for an order that nobody confirmed"),
      })
      .describe("not counted among accepted"),
    duplicatesAbsorbed: count.describe("deliveries beyond the first commit, of accepted and unconfirmed orders"),
    examples: z
      .object({ lost: someIds, waiting: someIds, deadLettered: someIds, processedAgain: someIds })
      .describe("up to 20 ids each"),
  })
  .describe("what became of every order of a run, by confirmation id");
export type Ledger = z.infer<typeof ledger>;

export const timing = z.object({
  name: z.string().describe("for example: backlog to first ready worker"),
  workload,
  measuredSeconds: z.number().nullable().describe("null where it was not seen"),
  lowerBoundSeconds: z
    .number()
    .nullable()
    .describe("the least that the live configuration allows; null where there is no such bound"),
  ratio: z.number().nullable().describe("measured / best"),
  lowerBoundReason: z.string().describe("how the best comes about, in figures of the configuration"),
  uncertaintySeconds: z.number().describe("how much the sampling may be off"),
});
export type Timing = z.infer<typeof timing>;

export const podSeconds = z.object({
  workload,
  windowSeconds: z.number().describe("from the load's start until everything was back"),
  measured: z.number().describe("existing pods, integrated over the window"),
  clairvoyant: z
    .number()
    .nullable()
    .describe("computed: of somebody who knew the load beforehand and kept just enough pods ready at each moment"),
  fixed: z.number().describe("computed: of `fixedReplicas` all the time"),
  fixedReplicas: count.describe(
    "the most that were ready in this run: what one would have to keep without an autoscaler",
  ),
  assumptions: z.string(),
});
export type PodSeconds = z.infer<typeof podSeconds>;

export const counters = z
  .object({
    apiRequests: z.number().describe("requests that the API answered under /api, of every status"),
    ordersProcessed: z.number().describe("deliveries that the worker took to an end"),
    locksLost: z.number(),
    orderAgeSeconds: z.object({ p50: z.number(), p95: z.number(), max: z.number() }).nullable(),
    scrapes: z.object({ api: count, worker: count }).describe("samples that these come from"),
    lostScrapes: z
      .object({ api: count, worker: count })
      .describe(
        "processes that ended before the end, and not drained in their last scrape; what each counted after that is missing",
      ),
    uncountedOrdersUpperBound: z
      .number()
      .describe(
        "orders that may be missing with them: the fastest pace that any worker was seen at, for the time from each one's last scrape to its end",
      ),
  })
  .describe("what the services counted themselves between the load's start and the end, read from Prometheus");
export type Counters = z.infer<typeof counters>;

export const agreement = z
  .object({
    curve: z.string(),
    query: z.string(),
    sampled: count.describe("samples that hold a value"),
    compared: count.describe("samples that had a counterpart, but for values too short-lived to be scraped"),
    agreed: count.describe("samples whose value the dashboard shows within one scrape of them"),
    worst: z
      .object({ atMs: z.number(), sampled: z.number(), shown: z.number().nullable() })
      .nullable()
      .describe("the first sample that has no like in the dashboard's curve within a scrape"),
  })
  .describe("one curve of the autoscaling dashboard beside the proof's own samples");
export type Agreement = z.infer<typeof agreement>;

export const scenarioReport = z.object({
  name: z.string(),
  summary: z.string().describe("what it shows, in a line"),
  verdict,
  assertions: z.array(assertion),
  mustScale: z.array(workload).describe("who has to follow this load's signal"),
  mustNotScale: z.array(workload).describe("who must not notice"),
  live: live.nullable().describe("null where the scenario did not get that far"),
  loadStartedAt: z.string().nullable(),
  loadEndedAt: z.string().nullable(),
  endedAt: z.string(),
  load: loadResult.nullable(),
  ledger: reading(ledger).nullable().describe("null where the scenario sends no orders"),
  timings: z.array(timing),
  podSeconds: z.array(podSeconds),
  counters: reading(counters).nullable(),
  dashboard: reading(z.array(agreement)).nullable(),
  pods: z.array(podRecord),
  samples: z.array(sample),
});
/** One scenario as it goes into report.json. */
export interface ScenarioReport extends Omit<z.infer<typeof scenarioReport>, "samples"> {
  samples: readonly Sample[];
}

export const target = z
  .object({
    context: z.string(),
    namespace: z.string(),
    kubernetes: z.string().nullable().describe("the API server's version"),
    keda: z.string().nullable(),
    metricsServer: z.string().nullable(),
    k6: z.string().nullable(),
    nodes: z.array(
      z.object({
        name: z.string(),
        kubelet: z.string(),
        cpu: z.string(),
        memory: z.string(),
        architecture: z.string(),
      }),
    ),
    images: z.array(z.object({ workload: z.string(), container: z.string(), image: z.string(), digest: z.string() })),
    revision: z.string().nullable().describe("the checkout's commit, with -dirty where it was changed"),
  })
  .describe("what was proven, and where");
export type Target = z.infer<typeof target>;

export const comparison = z
  .object({
    variant: z.string().describe("what took the place of the deployed autoscaler, for example worker-on-cpu"),
    scenario: z.string(),
    restReplicas: z
      .object({ baseline: count, variant: count.nullable() })
      .optional()
      .describe("workers kept when there is no work, which no window of a load shows"),
    baseline: scenarioReport.pick({ timings: true, podSeconds: true }),
    variantResult: scenarioReport.pick({
      verdict: true,
      assertions: true,
      mustScale: true,
      mustNotScale: true,
      loadStartedAt: true,
      loadEndedAt: true,
      endedAt: true,
      timings: true,
      podSeconds: true,
      samples: true,
    }),
  })
  .describe("the same load, really run with another autoscaler");
export type Comparison = z.infer<typeof comparison>;

export const report = z.object({
  schemaVersion: z.literal(SCHEMA_VERSION),
  verdict,
  startedAt: z.string(),
  endedAt: z.string(),
  profile: z.enum(["smoke", "standard", "soak"]),
  command: z.string().describe("what reproduces this run"),
  target,
  scenarios: z.array(scenarioReport),
  comparison: comparison.nullable(),
});
/** What a proof found, as report.json holds it. */
export interface Report extends Omit<z.infer<typeof report>, "scenarios"> {
  scenarios: ScenarioReport[];
}
