import { readdirSync } from "node:fs";
import { basename, resolve } from "node:path";
import { autoscalingFindings } from "./support/autoscaling.ts";
import { labelFindings } from "./support/labelContract.ts";
import { drainFindings, probeFindings } from "./support/lifecycle.ts";
import { podSecurityFindings } from "./support/podSecurity.ts";
import { exposureFindings, missingReferences, namespaceFindings } from "./support/references.ts";
import { COMBINATIONS, render } from "./support/render.ts";
import { selectorFindings, targetPortFindings } from "./support/selectors.ts";

test("every component is there alone", () => {
  const components = readdirSync(resolve(import.meta.dirname, "../../kustomize/components"));
  const alone = COMBINATIONS.map((path) => basename(path));
  expect(components.filter((component) => !alone.includes(component))).toEqual([]);
});

describe.each(COMBINATIONS)("%s", (combination) => {
  const objects = render(combination);
  const namespace = combination.includes("/dev-") ? "orders-dev" : "orders";

  test("keeps every rule that the overlays keep", () => {
    expect({
      labels: labelFindings(objects),
      selectors: selectorFindings(objects),
      ports: targetPortFindings(objects),
      autoscaling: autoscalingFindings(objects),
      drain: drainFindings(objects),
      probes: probeFindings(objects),
      security: podSecurityFindings(objects),
      namespace: namespaceFindings(objects, namespace),
      references: missingReferences(objects),
      exposure: exposureFindings(objects),
      secrets: objects.filter(({ kind }) => kind === "Secret"),
    }).toEqual({
      labels: [],
      selectors: [],
      ports: [],
      autoscaling: [],
      drain: [],
      probes: [],
      security: [],
      namespace: [],
      references: [],
      exposure: [],
      secrets: [],
    });
  });
});
