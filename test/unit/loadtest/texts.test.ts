import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import {
  type Assertion,
  type Claim,
  assertionIds,
  assertionShapes,
  failed,
  passed,
  type Subject,
} from "../../../loadtest/model/assertion.ts";
import { type Cause, causeIds, causeOf, causeParams } from "../../../loadtest/model/cause.ts";
import { type Fault, type FaultId, faultShapes } from "../../../loadtest/model/fault.ts";
import { moment } from "../../../loadtest/model/moment.ts";
import type { PendingCondition } from "../../../loadtest/model/pendingCondition.ts";
import { assertionText } from "../../../loadtest/report/texts/assertionTexts.ts";
import { causeText } from "../../../loadtest/report/texts/causeTexts.ts";
import { faultText } from "../../../loadtest/report/texts/faultTexts.ts";
import { momentText } from "../../../loadtest/report/texts/momentText.ts";
import { pendingText } from "../../../loadtest/report/texts/pendingText.ts";
import { retiredTerms } from "../../support/retiredTerms.ts";
import { containerMetric } from "./fixtures.ts";

interface Schema {
  const?: unknown;
  enum?: unknown[];
  type?: string | string[];
  anyOf?: Schema[];
  oneOf?: Schema[];
  properties?: Record<string, Schema>;
  items?: Schema;
}

/** Some value that a schema takes. */
function exampleOf(schema: Schema): unknown {
  if (schema.const !== undefined) return schema.const;
  if (schema.enum !== undefined) return schema.enum[0];
  const first = schema.anyOf?.[0] ?? schema.oneOf?.[0];
  if (first !== undefined) return exampleOf(first);
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type;
  if (type === "object") {
    return Object.fromEntries(Object.entries(schema.properties ?? {}).map(([key, one]) => [key, exampleOf(one)]));
  }
  if (type === "array") return [exampleOf(schema.items ?? {})];
  return type === "string" ? "x1" : 7;
}

function example(schema: z.ZodType): never {
  return schema.parse(exampleOf(z.toJSONSchema(schema) as Schema)) as never;
}

const SUBJECTS: Subject[] = ["web", "mailer"];
const assertions: Assertion[] = assertionIds.map((id) => {
  const { expected, measured } = assertionShapes[id];
  // Any figures of the right shape: TypeScript does not see that they go with the id.
  return failed({ id, subject: "mailer", expected: example(expected) } as Claim, example(measured));
});
const causes: Cause[] = causeIds.map((id) => causeOf(id, "mailer", example(causeParams[id])));
const faultIds = Object.keys(faultShapes) as FaultId[];
const faults = faultIds.map((id) => ({ id, params: example(faultShapes[id]) }));
const TEXTS: [kind: string, texts: string[]][] = [
  ["assertions' names", assertions.map((one) => assertionText(one).name)],
  ["causes", causes.map((one) => causeText(one))],
  ["fault injections", faults.map(faultText)],
  ["moments", moment.options.map(momentText)],
];
const MEASURES = assertions.map((one) => assertionText(one)).flatMap(({ expected, measured }) => [expected, measured]);

describe.each(TEXTS)("texts of %s", (_, texts) => {
  test("are there, each once", () => {
    expect(texts.filter((text) => /^\s*$|undefined|\[object|NaN/.test(text))).toEqual([]);
    expect(texts.filter((text, index) => texts.indexOf(text) !== index)).toEqual([]);
  });
});

test("what an assertion expects and measures has a text", () => {
  expect(MEASURES.filter((text) => /^\s*$|undefined|\[object|NaN/.test(text))).toEqual([]);
});

test("no text has a retired term", () => {
  const all = [...TEXTS.flatMap(([, texts]) => texts), ...MEASURES];
  expect(all.flatMap((text) => retiredTerms("", text))).toEqual([]);
});

test("no text assumes a workload's name, a system's things, or a percentage", () => {
  const all = [...TEXTS.flatMap(([, texts]) => texts), ...MEASURES];
  expect(all.filter((text) => /\b(api|workers?|orders?|service bus|deployments?)\b/i.test(text))).toEqual([]);
});

test("a subject stands in the name of what it is claimed of", () => {
  for (const subject of SUBJECTS) {
    const claim = { id: "does-not-scale", subject, expected: { replicas: 1 } } as const;
    expect(assertionText(failed(claim, null)).name).toBe(`${subject} stays at 1`);
  }
});

test("ids are kebab-case: CI history and readers of report.json key on them", () => {
  const ids: string[] = [...assertionIds, ...causeIds, ...faultIds, ...moment.options];
  expect(ids.filter((id) => !/^[a-z]+(-[a-z]+)*$/.test(id))).toEqual([]);
});

test("docs/reference/report.md lists every assertion's id", () => {
  const page = readFileSync(join(import.meta.dirname, "../../../docs/reference/report.md"), "utf8");
  expect(assertionIds.filter((id) => !page.includes(`\`${id}\``))).toEqual([]);
});

test.each<[Assertion, object]>([
  [
    failed(
      { id: "scales-out", subject: "worker", expected: { ready: 4, withinSeconds: 180, after: "load-start" } },
      { reachedAfterSeconds: null, mostReady: 1, mostDesired: 1 },
      causeOf("messages-per-replica-too-high", "worker", {
        ...{ messagesPerReplica: 100_000, messages: 4000, recommended: 1, required: 4 },
      }),
      causeOf("hpa-targets-other-container", "api", { metric: containerMetric("cpu", "validator", 3, 60) }),
    ),
    {
      name: "worker scales out to at least 4",
      expected: expect.stringContaining("at least 4 ready replicas within 3") as string,
      measured: "at most 1 ready, 1 desired",
      reason:
        "ScaledObject worker recommends too few replicas (target of its trigger, as messageCount): 4,000 messages / 100,000 per replica = 1, 4 are required; " +
        "HPA api targets container validator, not api: cpu of container validator, which read at most 3 % (target 60 %)",
    },
  ],
  [
    failed(
      { id: "scales-in", subject: "worker", expected: { replicas: 0, withinSeconds: 30, after: "queue-empty" } },
      null,
    ),
    {
      name: "worker scaled in to 0",
      expected: "0 replicas within 30 s of the queue's last message",
      measured: "nothing",
    },
  ],
])("an assertion reads as a person says it (%#)", (assertion, text) => {
  expect(assertionText(assertion)).toEqual(text);
});

const BYTES = {
  metric: { kind: "Resource", name: "memory" },
  current: 300 * 1024 ** 2,
  target: 256 * 1024 ** 2,
  targetType: "AverageValue",
} as const;
const LAG = { metric: { kind: "External", name: "s0-kafka-lag" }, current: 0.042, target: 10 } as const;

test.each<[Cause, string]>([
  [
    causeOf("hpa-metric-peak", "web", { metric: containerMetric("cpu", "app", 90, 60) }),
    "HPA web read at most cpu of container app 90 % (target 60 %)",
  ],
  [causeOf("hpa-metric-peak", "web", { metric: BYTES }), "HPA web read at most memory 300 MiB (target 256 MiB)"],
  [
    causeOf("hpa-metric-at-target", "web", { metric: LAG }),
    "HPA web reads s0-kafka-lag 0.042 (target 10): not below its target",
  ],
  [
    causeOf("hpa-metric-not-there", "web", { metric: { kind: "any", name: "lag" }, metrics: [LAG, BYTES] }),
    "HPA web has no metric that is lag; it has s0-kafka-lag, memory",
  ],
  [
    causeOf("hpa-metric-never-above-target", "web", { metric: { kind: "external", name: null } }),
    "HPA web never read an external metric above its target",
  ],
  [
    causeOf("metric-follows-queue", "web", { metric: BYTES, emptyQueuePeak: 1024 ** 2, messages: 7 }),
    "memory follows the queue: at most 1 MiB while the queue was empty, 300 MiB while it held up to 7 messages; web does the work that the queue is for",
  ],
  [causeOf("queue-not-empty", "queue", { messages: 2 }), "the queue still holds 2 messages"],
  [causeOf("queue-not-empty", "emails", { messages: 2 }), "queue emails still holds 2 messages"],
  [
    causeOf("several-autoscalers", "web", { names: ["HPA one", "HPA two"] }),
    "web has several autoscalers, which work against one another: HPA one, HPA two name it in scaleTargetRef",
  ],
])("a cause reads in the metric's own unit, and names its queue (%#)", (cause, text) => {
  expect(causeText(cause)).toBe(text);
});

test.each<[Assertion, Partial<ReturnType<typeof assertionText>>]>([
  [
    passed({ id: "load-delivered", subject: "load", expected: { iterations: null } }, { iterations: 0, dropped: 0 }),
    { expected: "nothing is sent, and the time passes", measured: "the time passed" },
  ],
  [
    passed({ id: "no-traffic", subject: "web", expected: {} }, { counted: 3, scrapes: null }),
    { measured: "3 counted" },
  ],
  [passed({ id: "none-lost", subject: "mails", expected: {} }, { accepted: 4, lost: 0 }), { name: "no mail lost" }],
  [
    passed({ id: "queue-stays-empty", subject: "emails", expected: {} }, { messages: 0, readings: 3 }),
    { name: "queue emails stays empty" },
  ],
  [
    failed({ id: "under-provisioned-within-objective", subject: "web", expected: { atMost: 0.25 } }, { value: 1.238 }),
    {
      name: "web: under-provisioning within objective",
      expected: "on average at most 0.25 replicas too few",
      measured: "on average 1.24 replicas too few",
    },
  ],
  [
    failed(
      {
        id: "query-holds",
        subject: "scenario",
        expected: { name: "lag", query: "max(lag)", atLeast: null, atMost: 0.05 },
      },
      { value: 0.125 },
    ),
    { name: "query lag holds", expected: "max(lag) at most 0.05", measured: "0.125" },
  ],
  [
    failed(
      { id: "does-not-oscillate", subject: "web", expected: { maxDirectionChanges: 1 } },
      { directionChanges: 3, path: Array.from({ length: 20 }, (_, index) => index) },
    ),
    {
      expected: "at most 1 change of direction while the load lasts",
      measured: "3 changes of direction: 0 → 1 → 2 → 3 → 4 → 5 → 6 → 7 → 8 → 9 → 10 → 11 → 12 → 13 → … → 19",
    },
  ],
])("an assertion about any system reads as a person says it (%#)", (assertion, text) => {
  expect(assertionText(assertion)).toMatchObject(text);
});

test.each<[Fault, string]>([
  [
    { id: "field-set", params: { object: "ScaledObject mailer", field: "maxReplicaCount", to: 1 } },
    "maxReplicaCount of ScaledObject mailer is set to 1",
  ],
  [{ id: "pod-killed", params: { workload: "web", how: "delete" } }, "a pod of web is deleted without grace"],
  [{ id: "pod-killed", params: { workload: "web", how: "sigkill" } }, "a pod of web is killed by SIGKILL"],
])("a fault says what it does, and to what (%#)", (fault, text) => {
  expect(faultText(fault)).toBe(text);
});

test.each<[PendingCondition, string]>([
  [{ id: "queue-drained", queue: "queue" }, "the queue to drain"],
  [{ id: "queue-drained", queue: "emails" }, "queue emails to drain"],
  [{ id: "metric-inactive", workload: "web" }, "the metric of web to become inactive"],
])("a run says what it waits for (%#)", (pending, text) => {
  expect(pendingText(pending)).toBe(text);
});
