import { broken, existing, ofKind, workload, type Manifest } from "../../scripts/manifests/manifest.ts";
import { renderedFindings } from "../../scripts/diagnosis/rendered.ts";
import { formatFinding } from "../../scripts/diagnosis/texts.ts";
import { selectorFindings } from "./support/selectors.ts";
import { OVERLAYS, render } from "../support/render.ts";

describe.each(OVERLAYS)("selectors of %s", (overlay) => {
  const objects = render(overlay);

  test("match exactly their own pods, by app and service only", () => {
    expect(selectorFindings(objects)).toEqual([]);
  });

  test("map every Service port to a named port of the pods", () => {
    expect(renderedFindings(objects).map(formatFinding)).toEqual([]);
  });

  test("exist for the governing Service of every StatefulSet", () => {
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
      (copy) => (serviceNamed(copy, "api").spec.selector.service = "rest"),
      "Service api selects pods of no workload, want api",
    ],
    [
      "a disruption budget of another's pods",
      (copy) => {
        const budget = existing(
          ofKind(copy, "PodDisruptionBudget").find(({ metadata }) => metadata.name === "api"),
          "PodDisruptionBudget api",
        );
        budget.spec.selector.matchLabels.service = "worker";
      },
      "PodDisruptionBudget api selects pods of worker, want api",
    ],
    [
      "a network policy of too many pods",
      (copy) => {
        const policy = ofKind(copy, "NetworkPolicy").find(({ metadata }) => metadata.name === "worker");
        existing(policy, "NetworkPolicy worker").spec.podSelector = { matchLabels: { app: "ownsignal" } };
      },
      "NetworkPolicy worker selects by app, want app, service",
    ],
    [
      "a network policy of others than it is named for",
      (copy) => {
        const policy = existing(
          ofKind(copy, "NetworkPolicy").find(({ metadata }) => metadata.name === "worker"),
          "policy",
        );
        policy.metadata.name = "grafana-to-api";
      },
      "NetworkPolicy grafana-to-api selects pods of worker, want api",
    ],
    [
      "a spread of another's pods",
      (copy) => {
        const [zones] = workload(copy, "api").spec.template.spec.topologySpreadConstraints ?? [];
        existing(zones, "topology spread").labelSelector.matchLabels.service = "worker";
      },
      "Deployment api selects pods of worker, want api",
    ],
  ])("are rejected with %s", (_, breakIt, finding) => {
    expect(selectorFindings(broken(objects, breakIt)).join("\n")).toContain(finding);
  });

  test("are rejected with a Service port that maps to no container port", () => {
    const copy = broken(objects, (them) => {
      for (const port of serviceNamed(them, "api").spec.ports) port.targetPort = "web";
    });
    expect(renderedFindings(copy).map(formatFinding)).toEqual([
      expect.stringContaining("Service api sends to port web, a name that no container of Deployment api gives a port"),
    ]);
  });
});

function serviceNamed(objects: readonly Manifest[], name: string): ReturnType<typeof ofKind<"Service">>[number] {
  return existing(
    ofKind(objects, "Service").find(({ metadata }) => metadata.name === name),
    `Service ${name}`,
  );
}
