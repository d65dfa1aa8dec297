import { hasErrors } from "../../../../scripts/diagnosis/finding.ts";
import { findingsJson } from "../../../../scripts/diagnosis/json.ts";
import { parseObjects, renderedFindings } from "../../../../scripts/diagnosis/rendered.ts";
import { formatFinding } from "../../../../scripts/diagnosis/texts.ts";

const rendered = (annotations: string, namespaceAnnotations = "{}"): string => `
apiVersion: v1
kind: Namespace
metadata: { name: shop, annotations: ${namespaceAnnotations} }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: api, namespace: shop, annotations: ${annotations} }
spec:
  replicas: 2
  template: { spec: { containers: [{ name: api, image: shop/api, resources: { requests: { cpu: 1 } } }] } }
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: { name: api, namespace: shop }
spec:
  scaleTargetRef: { kind: Deployment, name: api }
  maxReplicas: 3
  metrics:
    - type: ContainerResource
      containerResource: { container: api, name: cpu, target: { type: Utilization, averageUtilization: 60 } }
`;
const ACCEPTS = `{ doctor.ownsignal/replicas-fixed: " set by the release until March " }`;

test.each([
  ["nothing", "{}", "{}", undefined],
  ["its object", ACCEPTS, "{}", { kind: "Deployment", name: "api" }],
  ["the Namespace", "{}", ACCEPTS, { kind: "Namespace", name: "shop" }],
  ["an annotation without a reason", `{ doctor.ownsignal/replicas-fixed: " " }`, "{}", undefined],
  ["an annotation for another id", `{ doctor.ownsignal/hpa-cannot-scale: why }`, "{}", undefined],
])("a finding that %s accepts", (_, own, ofNamespace, on) => {
  const [found, ...others] = renderedFindings(parseObjects(rendered(own, ofNamespace)));
  expect([found?.id, others]).toEqual(["replicas-fixed", []]);
  expect(found?.accepted?.on).toEqual(on);
  expect(hasErrors(found === undefined ? [] : [found])).toBe(on === undefined);
});

test("an accepted finding is listed with its reason, in words and for a program", () => {
  const findings = renderedFindings(parseObjects(rendered(ACCEPTS)));
  expect(findings.map(formatFinding)).toEqual([
    "OK     Deployment api sets spec.replicas: 2, which HorizontalPodAutoscaler api manages, so that every kubectl apply reverts it. Accepted: set by the release until March",
  ]);
  expect(findingsJson(findings, { overlay: "shop", at: "rendered" })).toEqual({
    ...{ schemaVersion: 1, overlay: "shop", at: "rendered", errors: 0, warnings: 0, accepted: 1 },
    findings: [
      {
        ...{ id: "replicas-fixed", severity: "ERROR", object: { kind: "Deployment", name: "api" } },
        message:
          "Deployment api sets spec.replicas: 2, which HorizontalPodAutoscaler api manages, so that every kubectl apply reverts it",
        fix: "remove `replicas` from its manifest",
        docs: "docs/reference/doctor.md#replicas-fixed",
        accepted: { reason: "set by the release until March", on: { kind: "Deployment", name: "api" } },
      },
    ],
  });
});

test.each([
  ["{ a", "this is no YAML"],
  ["just text", 'this is no Kubernetes object: "just text"'],
])("what is no rendered object is refused: %s", (yaml, message) => {
  expect(() => parseObjects(yaml)).toThrow(message);
});

test("objects of a List are objects", () => {
  const list = `{ apiVersion: v1, kind: List, items: [{ apiVersion: v1, kind: Service, metadata: { name: a } }] }`;
  expect(parseObjects(list).map(({ kind }) => kind)).toEqual(["Service"]);
});
