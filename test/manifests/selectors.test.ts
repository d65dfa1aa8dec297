import { broken, containers, existing, ofKind, title, workload, workloads, type Manifest } from "./support/manifest.ts";
import { OVERLAYS, render } from "./support/render.ts";

/** Each object is named as its workload, so a selector means the pods of the workload of its own name, and no others. */
function selectorFindings(objects: readonly Manifest[]): string[] {
  const selecting: { object: Manifest; selector: Record<string, string> }[] = [
    ...workloads(objects).map((object) => ({ object, selector: object.spec.selector.matchLabels })),
    ...ofKind(objects, "Service").map((object) => ({ object, selector: object.spec.selector })),
    ...ofKind(objects, "PodDisruptionBudget").map((object) => ({ object, selector: object.spec.selector.matchLabels })),
  ];
  return selecting.flatMap(({ object, selector }) => {
    const keys = Object.keys(selector).sort().join(", ");
    const selected = workloads(objects)
      .filter(({ spec }) =>
        Object.entries(selector).every(([label, value]) => spec.template.metadata.labels?.[label] === value),
      )
      .map(({ metadata }) => metadata.name)
      .join(", ");
    return [
      ...(keys === "app, service" ? [] : [`${title(object)} selects by ${keys}, want app, service`]),
      ...(selected === object.metadata.name
        ? []
        : [`${title(object)} selects pods of ${selected || "no workload"}, want ${object.metadata.name}`]),
    ];
  });
}

/** Service ports that lead to no port of the pods. */
function targetPortFindings(objects: readonly Manifest[]): string[] {
  return ofKind(objects, "Service").flatMap((service) => {
    const pod = workload(objects, service.metadata.name).spec.template.spec;
    const ports = containers(pod).flatMap((one) => (one.ports ?? []).map((port) => port.name));
    return service.spec.ports
      .filter(({ targetPort }) => !ports.includes(String(targetPort)))
      .map(
        ({ name, targetPort }) =>
          `${title(service)} port ${name} leads to ${targetPort}, pods have ${ports.join(", ")}`,
      );
  });
}

describe.each(OVERLAYS)("selectors of %s", (overlay) => {
  const objects = render(overlay);

  test("match exactly the pods they mean, by labels that never change", () => {
    expect(selectorFindings(objects)).toEqual([]);
  });

  test("lead every Service port to a named port of the pods", () => {
    expect(targetPortFindings(objects)).toEqual([]);
  });

  test("of a StatefulSet's governing Service exist", () => {
    const services = ofKind(objects, "Service").map(({ metadata }) => metadata.name);
    for (const { spec } of ofKind(objects, "StatefulSet")) expect(services).toContain(spec.serviceName);
  });

  test.each<[string, (copy: Manifest[]) => void, string]>([
    [
      "a Service that selects too much",
      (copy) => delete serviceNamed(copy, "api").spec.selector.service,
      "Service api selects by app, want app, service",
    ],
    [
      "a Service that selects nothing",
      (copy) => (serviceNamed(copy, "cache").spec.selector.service = "redis"),
      "Service cache selects pods of no workload, want cache",
    ],
    [
      "a disruption budget of another's pods",
      (copy) => {
        const budget = existing(ofKind(copy, "PodDisruptionBudget")[0], "PodDisruptionBudget");
        budget.spec.selector.matchLabels.service = "cache";
      },
      "PodDisruptionBudget api selects pods of cache, want api",
    ],
  ])("are objected to: %s", (_, breakIt, finding) => {
    expect(selectorFindings(broken(objects, breakIt)).join("\n")).toContain(finding);
  });

  test("are objected to: a Service port that leads nowhere", () => {
    const copy = broken(objects, (them) => {
      for (const port of serviceNamed(them, "api").spec.ports) port.targetPort = "web";
    });
    expect(targetPortFindings(copy)).toEqual([expect.stringContaining("Service api port http leads to web")]);
  });
});

function serviceNamed(objects: readonly Manifest[], name: string): ReturnType<typeof ofKind<"Service">>[number] {
  return existing(
    ofKind(objects, "Service").find(({ metadata }) => metadata.name === name),
    `Service ${name}`,
  );
}
