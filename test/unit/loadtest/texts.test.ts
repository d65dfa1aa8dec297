import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import {
  type Assertion,
  type Claim,
  assertionIds,
  assertionShapes,
  failed,
  type Subject,
} from "../../../loadtest/model/assertion.ts";
import { type Cause, causeIds, causeOf, causeParams } from "../../../loadtest/model/cause.ts";
import { type Fault, type FaultId, faultShapes } from "../../../loadtest/model/fault.ts";
import { moment } from "../../../loadtest/model/moment.ts";
import { assertionText } from "../../../loadtest/report/texts/assertionTexts.ts";
import { causeText } from "../../../loadtest/report/texts/causeTexts.ts";
import { faultText } from "../../../loadtest/report/texts/faultTexts.ts";
import { momentText } from "../../../loadtest/report/texts/momentText.ts";
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

const SUBJECTS: Subject[] = ["api", "worker"];
const assertions: Assertion[] = assertionIds.map((id) => {
  const { expected, measured } = assertionShapes[id];
  // Any figures of the right shape: TypeScript does not see that they go with the id.
  return failed({ id, subject: "worker", expected: example(expected) } as Claim, example(measured));
});
const causes: Cause[] = causeIds.map((id) => causeOf(id, "worker", example(causeParams[id])));
const faultIds = Object.keys(faultShapes) as FaultId[];
const faults = faultIds.map((id) => ({ id, params: example(faultShapes[id]) }) as Fault);
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

test("docs/report.md lists every assertion's id", () => {
  const page = readFileSync(join(import.meta.dirname, "../../../docs/report.md"), "utf8");
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
