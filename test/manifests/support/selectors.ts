import {
  ofKind,
  title,
  workloads,
  type Labels,
  type Manifest,
  type Selector,
} from "../../../scripts/manifests/manifest.ts";

/** Whether labels satisfy a selector; an empty one takes all. */
export function selects({ matchLabels = {}, matchExpressions = [] }: Selector, labels: Labels = {}): boolean {
  return (
    Object.entries(matchLabels).every(([label, value]) => labels[label] === value) &&
    matchExpressions.every(({ key, operator, values = [] }) => {
      const value = labels[key];
      switch (operator) {
        case "In":
          return value !== undefined && values.includes(value);
        case "NotIn":
          return value === undefined || !values.includes(value);
        case "Exists":
          return value !== undefined;
        case "DoesNotExist":
          return value === undefined;
        default:
          throw new Error(`a selector's operator is ${operator}, want In, NotIn, Exists or DoesNotExist`);
      }
    })
  );
}

/**
 * Each object is named as its workload, so a selector means the pods of the workload of its own name, and no others. Two
 * kinds of NetworkPolicy are named otherwise: `default-deny` means all, and `<a>-to-<b>`, which comes with a, means the pods of b.
 */
export function selectorFindings(objects: readonly Manifest[]): string[] {
  const selecting: { object: Manifest; selector: Selector }[] = [
    ...workloads(objects).map((object) => ({ object, selector: object.spec.selector })),
    ...workloads(objects).flatMap((object) =>
      (object.spec.template.spec.topologySpreadConstraints ?? []).map(({ labelSelector }) => ({
        object,
        selector: labelSelector,
      })),
    ),
    ...ofKind(objects, "Service").map((object) => ({ object, selector: { matchLabels: object.spec.selector } })),
    ...ofKind(objects, "PodDisruptionBudget").map((object) => ({ object, selector: object.spec.selector })),
    ...ofKind(objects, "NetworkPolicy")
      .filter(({ metadata }) => metadata.name !== "default-deny")
      .map((object) => ({ object, selector: object.spec.podSelector })),
  ];
  return selecting.flatMap(({ object, selector }) => {
    const keys = Object.keys(selector.matchLabels ?? {})
      .sort()
      .join(", ");
    const expected =
      object.kind === "NetworkPolicy" ? object.metadata.name.replace(/^.+-to-/, "") : object.metadata.name;
    const selected = workloads(objects)
      .filter(({ spec }) => selects(selector, spec.template.metadata.labels))
      .map(({ metadata }) => metadata.name)
      .join(", ");
    return [
      ...(keys === "app, service" ? [] : [`${title(object)} selects by ${keys}, want app, service`]),
      ...(selected === expected
        ? []
        : [`${title(object)} selects pods of ${selected || "no workload"}, want ${expected}`]),
    ];
  });
}
