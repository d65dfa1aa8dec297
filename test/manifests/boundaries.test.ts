import {
  broken,
  containers,
  existing,
  ofKind,
  workload,
  workloads,
  type Manifest,
} from "../../scripts/manifests/manifest.ts";
import { exposureFindings, missingReferences, namespaceFindings, secretsAskedFor } from "./support/references.ts";
import { OVERLAYS, render } from "../support/render.ts";

const NAMESPACES: Record<string, string> = {
  "kustomize/overlays/dev": "orders-dev",
  "kustomize/overlays/dev-grafana": "orders-dev",
  "kustomize/overlays/azure": "orders",
};

function images(objects: readonly Manifest[]): Record<string, string> {
  return Object.fromEntries(
    workloads(objects).flatMap((object) =>
      containers(object.spec.template.spec).map((one) => [`${object.metadata.name}/${one.name}`, one.image]),
    ),
  );
}

describe.each(OVERLAYS)("boundaries of %s", (overlay) => {
  const objects = render(overlay);
  const namespace = existing(NAMESPACES[overlay], `namespace of ${overlay} in this test`);

  test("every object is in the overlay's namespace, which it declares", () => {
    expect(namespaceFindings(objects, namespace)).toEqual([]);
  });

  test("no Secret is rendered", () => {
    expect(objects.filter(({ kind }) => kind === "Secret")).toEqual([]);
  });

  test("every ConfigMap and ServiceAccount that a pod names is rendered", () => {
    expect(missingReferences(objects)).toEqual([]);
  });

  test("only the API is reachable from outside, without its metrics ports", () => {
    expect(
      ofKind(objects, "Service")
        .filter(({ spec }) => (spec.type ?? "ClusterIP") !== "ClusterIP")
        .map(({ metadata, spec }) => [metadata.name, spec.type, spec.ports.map(({ port }) => port)]),
    ).toEqual([["api", "LoadBalancer", [80]]]);
    expect(exposureFindings(objects)).toEqual([]);
  });

  test("every image has a tag that is not latest", () => {
    for (const image of Object.values(images(objects))) expect(image).toMatch(/:(?!latest$)[^/]+$|@sha256:/);
  });

  test("an object or a subject in another namespace, and a second namespace, are reported", () => {
    const copy = broken(objects, (them) => {
      workload(them, "api").metadata.namespace = "default";
      for (const subject of them.flatMap(({ subjects = [] }) => subjects)) subject.namespace = "kube-system";
      them.push({ apiVersion: "v1", kind: "Namespace", metadata: { name: "more" } });
    });
    const bindings = copy.filter(({ kind }) => kind === "RoleBinding").map(({ metadata }) => metadata.name);
    expect(namespaceFindings(copy, namespace)).toEqual([
      `namespaces ${namespace}, more are declared, want ${namespace}`,
      `Deployment api is in default, want ${namespace}`,
      ...bindings.map((name) => `RoleBinding ${name} binds ${name} of kube-system`),
    ]);
  });

  test("a ConfigMap by a name that no generator made is reported", () => {
    const copy = broken(objects, (them) => {
      for (const one of workload(them, "worker").spec.template.spec.containers) {
        one.envFrom = [{ configMapRef: { name: "worker" } }];
      }
    });
    expect(missingReferences(copy)).toEqual(["Deployment worker: no ConfigMap worker"]);
  });

  test.each<string | number>(["metrics", "sidecar-metrics", 9464])(
    "%s on the load balancer is reported",
    (targetPort) => {
      const copy = broken(objects, (them) => {
        for (const { metadata, spec } of ofKind(them, "Service")) {
          if (metadata.name === "api") spec.ports.push({ name: "more", port: 81, targetPort });
        }
      });
      expect(exposureFindings(copy)).toEqual([`Service api exposes ${targetPort} as more`]);
    },
  );
});

describe("the dev overlay", () => {
  const objects = render("kustomize/overlays/dev");

  test("runs the images that ./scripts/up makes, pulled only if they are not present", () => {
    expect(images(objects)).toEqual({
      "api/validator": "docker.io/ownsignal/validator:dev",
      "api/api": "docker.io/ownsignal/api:dev",
      "worker/worker": "docker.io/ownsignal/worker:dev",
      "servicebus-emulator/servicebus-emulator": "docker.io/ownsignal/servicebus-emulator:dev",
      "cache/redis": "docker.io/library/redis:7.0.15-bookworm",
      "kube-state-metrics/kube-state-metrics": "registry.k8s.io/kube-state-metrics/kube-state-metrics:v2.18.0",
      "prometheus/prometheus": "quay.io/prometheus/prometheus:v3.15.0",
    });
    const policies = workloads(objects).flatMap((object) =>
      containers(object.spec.template.spec).map((one) => one.imagePullPolicy),
    );
    expect(new Set(policies)).toEqual(new Set(["IfNotPresent"]));
  });

  test("uses the Secrets that ./scripts/up makes, each workload its own", () => {
    expect(secretsAskedFor(objects)).toEqual([
      "TriggerAuthentication worker servicebus-keda",
      "api servicebus-api",
      "servicebus-emulator servicebus-emulator-keys",
      "servicebus-emulator servicebus-emulator-tls",
      "worker servicebus-worker",
    ]);
  });
});
