import { title, workloads, type Manifest, type Metadata } from "../../../scripts/manifests/manifest.ts";

const TYPE_OF_SERVICE: Record<string, string> = {
  api: "platform",
  worker: "platform",
  cache: "infrastructure",
  "servicebus-emulator": "infrastructure",
  prometheus: "infrastructure",
  "kube-state-metrics": "infrastructure",
  grafana: "infrastructure",
  /** The namespace is everyone's. */
  orders: "infrastructure",
};

/** What breaks the label contract, on objects, pod templates and volume claims; empty when nothing does. */
export function labelFindings(objects: readonly Manifest[]): string[] {
  const labelled: [string, Metadata][] = objects.flatMap((object) => [[title(object), object.metadata]]);
  for (const object of workloads(objects)) {
    labelled.push([`pods of ${title(object)}`, object.spec.template.metadata]);
    for (const claim of object.spec.volumeClaimTemplates ?? []) {
      labelled.push([`claim ${claim.metadata.name} of ${title(object)}`, claim.metadata]);
    }
  }
  return labelled.flatMap(([what, { labels = {} }]) => {
    const wrong = (label: string, want: string): string[] =>
      labels[label] === want ? [] : [`${what}: ${label} is ${labels[label] ?? "missing"}, want ${want}`];
    const missing = (label: string): string[] => (labels[label] === undefined ? [`${what}: ${label} is missing`] : []);
    const service = labels.service ?? "missing";
    const type = TYPE_OF_SERVICE[service];
    return [
      ...wrong("app", "ownsignal"),
      ...wrong("microservice", "orders"),
      ...wrong("app.kubernetes.io/part-of", "ownsignal"),
      ...missing("app.kubernetes.io/name"),
      ...missing("app.kubernetes.io/component"),
      ...(type === undefined ? [`${what}: service is ${service}, which no one knows`] : wrong("type", type)),
    ];
  });
}
