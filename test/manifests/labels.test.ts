import { broken, existing, workload, workloads, type Manifest } from "../../scripts/manifests/manifest.ts";
import { OVERLAYS, render } from "../support/render.ts";
import { labelFindings } from "./support/labelContract.ts";

describe.each(OVERLAYS)("labels of %s", (overlay) => {
  const objects = render(overlay);

  test("follow the contract on every object, pod template and volume claim", () => {
    expect(labelFindings(objects)).toEqual([]);
  });

  test("name every workload and its pods after the service", () => {
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
      (copy) => Object.assign(workload(copy, "worker").metadata.labels ?? {}, { type: "infrastructure" }),
      "Deployment worker: type is infrastructure, want platform",
    ],
  ])("are rejected with %s", (_, breakIt, finding) => {
    expect(labelFindings(broken(objects, breakIt)).join("\n")).toContain(finding);
  });
});
