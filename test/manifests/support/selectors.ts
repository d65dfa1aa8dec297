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

/** NetworkPolicies that mean pods of several workloads: all, and those that resolve names. */
const OF_THE_NAMESPACE = ["default-deny", "dns"];

/**
 * Each object is named as its workload, so a selector means the pods of the workload of its own name, and no others. NetworkPolicies
 * `<a>-to-<b>`, which come with a, mean the pods of b; those of the namespace are no workload's.
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
      .filter(({ metadata }) => !OF_THE_NAMESPACE.includes(metadata.name))
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
