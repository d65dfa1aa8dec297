import * as z from "zod";
import { explained } from "./explained.ts";
import { command, count, duration, namespace, positiveCount, reference } from "./scalars.ts";

const KINDS = ["Deployment", "StatefulSet", "ScaledObject", "HorizontalPodAutoscaler"] as const;

/** As people write them, in lower case. */
const SHORT: Readonly<Record<string, (typeof KINDS)[number]>> = {
  ...Object.fromEntries(KINDS.map((kind) => [kind.toLowerCase(), kind])),
  ...{ deploy: "Deployment", sts: "StatefulSet", so: "ScaledObject", hpa: "HorizontalPodAutoscaler" },
};

const object = explained(z.string().regex(new RegExp(`^(${KINDS.join("|")})/[a-z0-9]([a-z0-9.-]*[a-z0-9])?$`)), {
  what: `a kind and a name, of kind ${KINDS.join(", ")}`,
  example: "ScaledObject/worker",
  advise: (value) => {
    const [, kind = "", name] = /^([A-Za-z]+)\/([a-z0-9.-]+)$/.exec(String(value)) ?? [];
    const right = SHORT[kind.toLowerCase()];
    return right === undefined || right === kind || name === undefined
      ? undefined
      : { message: `${JSON.stringify(value)} is not the kind's full name`, fix: `write ${right}/${name}` };
  },
});

const field = explained(
  z.string().regex(/^(spec|metadata\.annotations)(\.[A-Za-z][A-Za-z0-9_-]*|\[\d+\]|\["[^"\]]+"\])+$/),
  {
    what: "the path of a field below spec or metadata.annotations",
    example: 'spec.triggers[0].metadata.listLength, or metadata.annotations["autoscaling.keda.sh/paused"]',
    advise: (value) => {
      const path = typeof value === "string" ? value.replace(/^[$./]+/, "") : "";
      return /^spec(\/[\w-]+)+$/.test(path)
        ? { message: `${JSON.stringify(value)} has slashes`, fix: `write ${path.replaceAll("/", ".")}` }
        : undefined;
    },
  },
);

const to = explained(z.union([z.string(), z.number(), z.boolean()]), {
  what: "a text, a number or a boolean",
  example: "1",
});

export const moment = explained(
  z.union([
    z.literal("before-load"),
    z.strictObject({
      ready: reference.describe("a workload"),
      atLeast: positiveCount.describe("as soon as so many of its replicas are ready"),
    }),
    z.strictObject({
      desired: reference.describe("a workload"),
      atMost: count.describe("as soon as no more replicas of it are desired"),
    }),
    z.strictObject({ intoLoad: duration.describe("so long after the load's start") }),
    z.strictObject({ afterFault: duration.describe("so long after the fault before it") }),
    z.strictObject({ afterLoadEnd: duration.describe("so long after the load's end") }),
  ]),
  {
    what: "a moment, which is before-load or a map with ready, desired, intoLoad, afterFault or afterLoadEnd",
    example: "{ ready: worker, atLeast: 1 }",
    exactlyOne: ["ready", "desired", "intoLoad", "afterFault", "afterLoadEnd"],
  },
).describe("when it is injected");

export const setField = explained(
  z.strictObject({
    object: object.describe(`KIND/NAME, of kind ${KINDS.join(", ")}`),
    namespace: namespace.optional().describe("the object's namespace; default: the file's"),
    field: field.describe("path of the field, such as spec.maxReplicaCount or spec.triggers[0].metadata.listLength"),
    to: to.describe("what it is set to"),
  }),
  { what: "a field to set", example: "{ object: ScaledObject/worker, field: spec.maxReplicaCount, to: 1 }" },
);

export const podLabels = explained(
  z.strictObject({
    labels: explained(z.string().regex(/^[^\s=,!]+=[^\s=,]+(,[^\s=,!]+=[^\s=,]+)*$/), {
      what: "labels, each a key and a value, joined by commas",
      example: "app=redis,role=primary",
    }).describe("which pods of the namespace, such as app=redis,role=primary"),
    namespace: namespace.optional().describe("the pods' namespace; default: the file's"),
  }),
  { what: "a map with labels", example: "{ labels: app=redis }" },
);

/** A workload of the file, or pods of something else. */
const pods = explained(z.union([reference, podLabels]), {
  what: "a workload's name that stands in this file, or a map with labels",
  example: "worker",
  exactlyOne: ["labels"],
});

const which = explained(z.enum(["first", "random", "all"]), { what: "first, random or all", example: "random" })
  .optional()
  .describe("which of the ready pods: the first by name, one by the seed that is printed, or each; default first");

export const exec = explained(
  z.strictObject({
    in: pods.describe("a workload, or labels; one ready pod of them, in its main container"),
    command: command.describe("the program and its arguments; how it ends does not matter"),
  }),
  { what: "a command in a pod", example: "{ in: worker, command: [kill, '-9', '1'] }" },
);

const usual = {
  when: moment,
  within: duration
    .optional()
    .describe(
      "how long its moment may take, from the fault before it or the load's start; default: the load's timeout, and 2m before the load",
    ),
};

/** Injected in order; whatever was set is reverted at the end. */
export const fault = explained(
  z.union([
    z.strictObject({ ...usual, set: setField.describe("sets a field of an object") }),
    z.strictObject({
      ...usual,
      kill: pods.describe("deletes a ready pod of this workload, or of labels, without grace"),
      which,
    }),
    z.strictObject({
      ...usual,
      evict: pods.describe(
        "evicts a ready pod, with grace; what a PodDisruptionBudget refuses is asked for again every 5 s",
      ),
      which,
    }),
    z.strictObject({ ...usual, exec: exec.describe("runs a command in a pod") }),
    z.strictObject({
      ...usual,
      cordon: pods.describe("makes the nodes that ready pods of this workload, or of labels, run on unschedulable"),
    }),
    z.strictObject({ ...usual, restart: reference.describe("restarts this workload as kubectl rollout restart does") }),
    z.strictObject({
      ...usual,
      restore: explained(z.literal(true), { what: "true, its only value", example: "true" }).describe(
        "reverts what was set and cordoned so far",
      ),
    }),
  ]),
  {
    what: "a fault injection",
    example: "{ when: { ready: worker, atLeast: 1 }, kill: worker }",
    exactlyOne: ["set", "kill", "evict", "exec", "cordon", "restart", "restore"],
  },
);
