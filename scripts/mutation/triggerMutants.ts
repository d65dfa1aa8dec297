import type { Objects, ScaledWorkload } from "../planning/scaledWorkload.ts";
import { SOURCE_FIELD } from "../planning/sources.ts";
import { listOf, type Mutant, type Raw, rawOf, withChanged } from "./mutant.ts";

/** The field of a trigger's metadata that holds how much of its metric a replica gets, with KEDA's default. */
const TARGET_FIELD: Readonly<Record<string, { field: string; otherwise: string | null }>> = {
  "azure-servicebus": { field: "messageCount", otherwise: "5" },
  "kubernetes-workload": { field: "value", otherwise: null },
  redis: { field: "listLength", otherwise: "5" },
  rabbitmq: { field: "value", otherwise: null },
  prometheus: { field: "threshold", otherwise: null },
  "metrics-api": { field: "targetValue", otherwise: null },
  cpu: { field: "value", otherwise: null },
  memory: { field: "value", otherwise: null },
};
const TIMES_TARGET = 10;

/** What may be wrong with the triggers of a ScaledObject. */
export function triggerMutants(
  objects: Objects,
  workload: ScaledWorkload,
  others: readonly ScaledWorkload[],
): Mutant[] {
  const triggers = listOf(workload.autoscaler.spec.triggers);
  return [
    ...triggers.flatMap((trigger, index) => [
      ...otherSource(objects, workload, trigger, index),
      ...otherTarget(objects, workload, trigger, index),
    ]),
    ...others.flatMap((other) => [...swapped(objects, workload, other), ...second(objects, workload, other)]),
  ];
}

const objectOf = ({ autoscaler }: ScaledWorkload): { kind: string; name: string } => autoscaler;
const titleOf = ({ autoscaler: { kind, name } }: ScaledWorkload): string => `${kind} ${name}`;

function otherSource(objects: Objects, workload: ScaledWorkload, trigger: Raw, index: number): Mutant[] {
  const field = SOURCE_FIELD[String(trigger.type)];
  const from = field === undefined ? undefined : rawOf(trigger.metadata)[field];
  if (field === undefined || typeof from !== "string") return [];
  const to = otherThan(String(trigger.type), from);
  if (to === null) return [];
  return [withMetadata(objects, workload, index, { id: "other-source", field, from, to })];
}

/** The name of something else; of a query the first value in quotes is another, null where it has none. */
function otherThan(type: string, source: string): string | null {
  if (type !== "prometheus") return `${source}-other`;
  return /"[^"]+"/.test(source) ? source.replace(/"([^"]+)"/, '"$1-other"') : null;
}

function otherTarget(objects: Objects, workload: ScaledWorkload, trigger: Raw, index: number): Mutant[] {
  const target = TARGET_FIELD[String(trigger.type)];
  const given = target === undefined ? undefined : rawOf(trigger.metadata)[target.field];
  const from = target === undefined ? null : given === undefined ? target.otherwise : numberText(given);
  if (target === undefined || from === null || !(Number(from) > 0)) return [];
  const to = String(Number(from) * TIMES_TARGET);
  return [withMetadata(objects, workload, index, { id: "target-times-10", field: target.field, from, to })];
}

/** As KEDA takes it: a text, or a number that YAML made of it. */
function numberText(value: unknown): string | null {
  return typeof value === "string" || typeof value === "number" ? String(value) : null;
}

function withMetadata(
  objects: Objects,
  workload: ScaledWorkload,
  index: number,
  { id, field, from, to }: { id: Mutant["id"]; field: string; from: string; to: string },
): Mutant {
  return {
    ...{
      id,
      workload: workload.name,
      object: titleOf(workload),
      field: `spec.triggers[${index}].metadata.${field}`,
      from,
      to,
    },
    objects: withChanged(objects, objectOf(workload), ({ spec }) => {
      const trigger = listOf(spec.triggers)[index];
      if (trigger !== undefined) trigger.metadata = { ...rawOf(trigger.metadata), [field]: to };
    }),
  };
}

/** Each pair once. */
function swapped(objects: Objects, workload: ScaledWorkload, other: ScaledWorkload): Mutant[] {
  const [own, theirs] = [workload.autoscaler.spec.triggers, other.autoscaler.spec.triggers];
  if (!haveOtherSources(workload, other) || workload.name > other.name) return [];
  const one = withChanged(objects, objectOf(workload), ({ spec }) => {
    spec.triggers = theirs;
  });
  return [
    {
      ...{ id: "sources-swapped", workload: workload.name, object: titleOf(workload), field: "spec.triggers" },
      ...{ from: "its own", to: `those of ${titleOf(other)}, which gets these` },
      objects: withChanged(one, objectOf(other), ({ spec }) => {
        spec.triggers = own;
      }),
    },
  ];
}

function second(objects: Objects, workload: ScaledWorkload, other: ScaledWorkload): Mutant[] {
  if (!haveOtherSources(workload, other)) return [];
  const own = listOf(workload.autoscaler.spec.triggers);
  return [
    {
      ...{
        id: "second-trigger",
        workload: workload.name,
        object: titleOf(workload),
        field: `spec.triggers[${own.length}]`,
      },
      ...{ from: null, to: `the triggers of ${titleOf(other)} as well` },
      objects: withChanged(objects, objectOf(workload), ({ spec }) => {
        // KEDA refuses two triggers of one name.
        const added = listOf(other.autoscaler.spec.triggers).map(({ name: _name, ...trigger }) => trigger);
        spec.triggers = [...listOf(spec.triggers), ...added];
      }),
    },
  ];
}

function haveOtherSources(workload: ScaledWorkload, other: ScaledWorkload): boolean {
  if (workload === other || other.autoscaler.kind !== "ScaledObject") return false;
  const external = ({ autoscaler }: ScaledWorkload): string[] =>
    listOf(autoscaler.spec.triggers).flatMap(({ type, metadata }) => {
      const field = SOURCE_FIELD[String(type)];
      return field === undefined ? [] : [`${String(type)} ${String(rawOf(metadata)[field])}`];
    });
  const own = external(workload);
  const theirs = external(other);
  return own.length > 0 && theirs.length > 0 && theirs.every((source) => !own.includes(source));
}
