import { broken, existing, title, workload, workloads, type Manifest, type Metadata } from "./support/manifest.ts";
import { OVERLAYS, render } from "./support/render.ts";

const TYPE_OF_SERVICE: Record<string, string> = {
  api: "platform",
  worker: "platform",
  cache: "infrastructure",
  "servicebus-emulator": "infrastructure",
  prometheus: "infrastructure",
  /** The namespace is everyone's. */
  orders: "infrastructure",
};

/** What breaks the label contract, on objects, pod templates and volume claims; empty when nothing does. */
function labelFindings(objects: readonly Manifest[]): string[] {
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

describe.each(OVERLAYS)("labels of %s", (overlay) => {
  const objects = render(overlay);

  test("keep the contract on every object, pod template and volume claim", () => {
    expect(labelFindings(objects)).toEqual([]);
  });

  test("say of every workload and its pods that they are the service it is named after", () => {
    for (const object of workloads(objects)) {
      expect([object.metadata.labels?.service, object.spec.template.metadata.labels?.service]).toEqual([
        object.metadata.name,
        object.metadata.name,
      ]);
    }
  });

  test.each<[string, (copy: Manifest[]) => void, string]>([
    [
      "an object without one",
      (copy) => delete existing(copy[0], "object").metadata.labels?.microservice,
      "microservice is missing",
    ],
    [
      "a pod template with another app",
      (copy) => (workload(copy, "api").spec.template.metadata.labels = { app: "other", service: "api" }),
      "pods of Deployment api: app is other, want ownsignal",
    ],
    [
      "a wrong type",
      (copy) => Object.assign(workload(copy, "cache").metadata.labels ?? {}, { type: "platform" }),
      "StatefulSet cache: type is platform, want infrastructure",
    ],
  ])("are objected to: %s", (_, breakIt, finding) => {
    expect(labelFindings(broken(objects, breakIt)).join("\n")).toContain(finding);
  });
});
