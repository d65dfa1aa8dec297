import type { V1Pod } from "@kubernetes/client-node";
import type { View } from "../../../../scripts/diagnosis/view.ts";
import { broken, containerOf, expected, findingsOf } from "./broken.ts";
import { named, objectsOf, healthyView } from "./healthyView.ts";

const ABSENT = { kind: "absent" } as const;

function remove(reading: View["secrets"] | View["apiServices"] | View["kedaDeployments"], name: string): void {
  if (reading.kind !== "value") return;
  const index = reading.value.findIndex(({ metadata }) => metadata?.name === name);
  reading.value.splice(index, 1);
}

test("a healthy cluster has no findings", () => {
  expect(findingsOf(healthyView())).toEqual([]);
});

describe("the setup", () => {
  test.each<[string, (view: View) => unknown, object]>([
    [
      "./scripts/up was forgotten",
      (view) => {
        view.namespaceObject = ABSENT;
        view.secrets = { kind: "value", value: [] };
        Object.assign(view.live, { workloads: { kind: "value", value: [] } });
      },
      expected("namespace-missing", "Namespace orders-dev", {}),
    ],
    [
      "a Secret of ./scripts/up is missing",
      (view) => {
        remove(view.secrets, "servicebus-api");
      },
      expected("secret-missing", "Secret servicebus-api", {
        neededBy: "api",
        namespace: "orders-dev",
        key: "connection",
      }),
    ],
    [
      "the Secret of a TriggerAuthentication is missing",
      (view) => {
        remove(view.secrets, "servicebus-keda");
      },
      expected("secret-missing", "Secret servicebus-keda", {
        neededBy: "TriggerAuthentication worker",
        namespace: "orders-dev",
        key: "connection",
      }),
    ],
    [
      "an overlay names a Secret of its own",
      (view) =>
        Object.assign(containerOf(view, "worker"), {
          env: [{ name: "TOKEN", valueFrom: { secretKeyRef: { name: "provider", key: "token" } } }],
        }),
      expected("secret-missing", "Secret provider", { neededBy: "worker", namespace: "orders-dev", key: "token" }),
    ],
    [
      "a Secret lacks a key",
      (view) => Object.assign(named(view.secrets, "servicebus-api"), { data: { other: "" } }),
      expected("secret-key-missing", "Secret servicebus-api", {
        neededBy: "api",
        namespace: "orders-dev",
        key: "connection",
        keys: ["other"],
      }),
    ],
    [
      "KEDA is missing",
      (view) => {
        Object.assign(view.live, { scaledObjects: ABSENT, authentications: ABSENT });
        view.kedaDeployments = { kind: "value", value: [] };
        view.authority = ABSENT;
        remove(view.apiServices, "v1beta1.external.metrics.k8s.io");
      },
      expected("keda-missing", "Namespace keda", {}),
    ],
    [
      "half of KEDA is missing",
      (view) => {
        remove(view.kedaDeployments, "keda-metrics-apiserver");
      },
      expected("keda-deployment-missing", "Deployment keda-metrics-apiserver", {}),
    ],
    [
      "KEDA is not ready",
      (view) => Object.assign(named(view.kedaDeployments, "keda-operator"), { status: {} }),
      expected("keda-deployment-unavailable", "Deployment keda-operator", {}),
    ],
    [
      "metrics-server is missing",
      (view) => {
        remove(view.apiServices, "v1beta1.metrics.k8s.io");
      },
      expected("metrics-api-missing", "APIService v1beta1.metrics.k8s.io", { provider: "metrics-server" }),
    ],
    [
      "metrics-server does not answer",
      (view) =>
        Object.assign(named(view.apiServices, "v1beta1.metrics.k8s.io"), {
          status: { conditions: [{ type: "Available", status: "False", message: "no endpoints\n available" }] },
        }),
      expected("metrics-api-unavailable", "APIService v1beta1.metrics.k8s.io", {
        provider: "metrics-server",
        message: "no endpoints\n available",
      }),
    ],
    [
      "the CA is missing",
      (view) => {
        view.authority = ABSENT;
      },
      expected("keda-ca-missing", "ConfigMap custom-ca", {}),
    ],
    [
      "the CA is another one",
      (view) => Object.assign(named(view.secrets, "servicebus-emulator-tls"), { data: { "ca.crt": "b3RoZXI=" } }),
      expected("keda-ca-differs", "ConfigMap custom-ca", { secret: "servicebus-emulator-tls" }),
    ],
    [
      "the CA is not mounted",
      (view) => Object.assign(named(view.kedaDeployments, "keda-operator").spec?.template.spec ?? {}, { volumes: [] }),
      expected("keda-ca-not-mounted", "Deployment keda-operator", { folder: "/custom/ca" }),
    ],
    [
      "the operator was not restarted after the CA changed",
      (view) => {
        if (view.authority.kind !== "value") return;
        const [change] = view.authority.value.metadata?.managedFields ?? [];
        if (change !== undefined) change.time = new Date("2026-01-01T11:00:00Z");
      },
      expected("keda-ca-not-loaded", "Deployment keda-operator", {}),
    ],
    [
      "an image is missing",
      (view) => {
        view.pods = {
          kind: "value",
          value: objectsOf<V1Pod>(`
apiVersion: v1
kind: Pod
metadata: { name: api-1 }
status:
  containerStatuses:
    - { name: api, image: "docker.io/ownsignal/api:dev", state: { waiting: { reason: ErrImagePull } } }
`),
        };
      },
      expected("image-unavailable", "Image docker.io/ownsignal/api:dev", { pod: "api-1", reason: "ErrImagePull" }),
    ],
    [
      "nothing is deployed",
      (view) => {
        Object.assign(view.live, { workloads: { kind: "value", value: [] } });
      },
      expected(
        "workloads-not-deployed",
        "Overlay kustomize/overlays/dev",
        { names: ["api", "worker", "servicebus-emulator"], namespace: "orders-dev" },
        "WARN",
      ),
    ],
    [
      "permissions are missing",
      (view) => {
        view.missingPermissions = ["create", "patch"].map((verb) => ({
          ...{ verb, resource: "scaledobjects.keda.sh", namespace: "orders-dev" },
        }));
        view.secrets = {
          kind: "gap",
          what: "Secrets in orders-dev",
          error: "the API server answered 403",
          forbidden: true,
        };
      },
      expected("permission-missing", "Permission scaledobjects.keda.sh", {
        verbs: ["create", "patch"],
        resource: "scaledobjects.keda.sh",
        namespace: "orders-dev",
      }),
    ],
    [
      "a read is forbidden, and the permission check found nothing",
      (view) => {
        view.apiServices = { kind: "gap", what: "APIServices", error: "the API server answered 403", forbidden: true };
      },
      expected("read-failed", "Reading APIServices", { error: "the API server answered 403" }, "WARN"),
    ],
    [
      "the API server fails",
      (view) => {
        view.apiServices = { kind: "gap", what: "APIServices", error: "the API server answered 500", forbidden: false };
      },
      expected("read-failed", "Reading APIServices", { error: "the API server answered 500" }, "WARN"),
    ],
  ])("%s", (_, breakIt, only) => {
    // One cause, one finding: without the namespace nothing is deployed either.
    expect(broken(breakIt)).toEqual([only]);
  });
});

test("the first tracking of a ConfigMap's fields does not count as a change of the CA", () => {
  expect(
    broken((view) => {
      if (view.authority.kind !== "value") return;
      const [tracked] = view.authority.value.metadata?.managedFields ?? [];
      if (tracked === undefined) throw new Error("the fixture's ConfigMap has nobody who manages it");
      Object.assign(tracked, { manager: "before-first-apply", time: new Date("2026-01-01T11:00:00Z") });
    }),
  ).toEqual([]);
});
