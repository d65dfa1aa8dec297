import { DEPLOYABLE } from "./support/combinations.ts";
import { conformanceOf } from "./support/kubeconform.ts";
import { broken, existing, ofKind, workload, type Manifest } from "../../scripts/manifests/manifest.ts";
import { render } from "../support/render.ts";
import { KUBERNETES_MINORS } from "../../scripts/setup/controllers/versions.ts";

const sets = Object.fromEntries(DEPLOYABLE.map(({ name, render: rendered }) => [name, rendered()]));

const objects = render("kustomize/overlays/dev");

/** A finding of each, by any minor. */
const cases: readonly (readonly [string, (copy: Manifest[]) => unknown, string])[] = [
  [
    "a field that does not exist",
    (copy) => Object.assign(workload(copy, "api").spec.template.spec, { terminationGracePeriod: 60 }),
    "Deployment api: problem validating schema",
  ],
  [
    "a text where a number belongs",
    (copy) => Object.assign(workload(copy, "cache").spec, { replicas: "one" }),
    "StatefulSet cache: problem validating schema",
  ],
  [
    "a field that is missing",
    (copy) => Reflect.deleteProperty(workload(copy, "worker").spec, "selector"),
    "Deployment worker: problem validating schema",
  ],
  [
    "a field that KEDA does not know",
    (copy) => Object.assign(existing(ofKind(copy, "ScaledObject")[0], "ScaledObject").spec, { cooldown: 300 }),
    "ScaledObject worker: problem validating schema",
  ],
  [
    "a number as a value of a trigger",
    (copy) =>
      Object.assign(existing(ofKind(copy, "ScaledObject")[0]?.spec.triggers[0], "trigger").metadata, {
        messageCount: 50,
      }),
    "ScaledObject worker: problem validating schema",
  ],
  [
    "labels of another type",
    (copy) => Object.assign(existing(ofKind(copy, "ScaledObject")[0], "ScaledObject").metadata, { labels: [] }),
    "ScaledObject worker: problem validating schema",
  ],
  [
    "a version that the API server no longer serves",
    (copy) =>
      Object.assign(existing(ofKind(copy, "HorizontalPodAutoscaler")[0], "HPA"), {
        apiVersion: "autoscaling/v2beta2",
      }),
    "HorizontalPodAutoscaler api: could not find schema",
  ],
];

describe.each(KUBERNETES_MINORS)("the schemas of Kubernetes %s", (minor) => {
  test("and KEDA's accept every overlay, component and combination", async () => {
    const { valid, findings } = await conformanceOf(minor, sets);
    expect(findings).toEqual([]);
    // Nothing was passed over.
    expect(valid).toBe(Object.values(sets).flat().length);
  });

  test("reject each of these faults", async () => {
    const { findings } = await conformanceOf(
      minor,
      Object.fromEntries(cases.map(([name, breakIt]) => [name, broken(objects, breakIt)])),
    );
    for (const [name, , finding] of cases) {
      expect(findings.filter((one) => one.startsWith(`${name}: `))).toEqual([expect.stringContaining(finding)]);
    }
    expect(findings).toHaveLength(cases.length);
  });
});
