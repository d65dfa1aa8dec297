import type { V1Pod } from "@kubernetes/client-node";
import type { SecretProviderClass, View } from "../../../../scripts/diagnosis/view.ts";
import { broken, containerOf, expected, findingsOf } from "./broken.ts";
import { named, objectsOf, healthyView } from "./healthyView.ts";

const ABSENT = { kind: "absent" } as const;

function remove(reading: View["secrets"], name: string): void {
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
        view.controllers = {
          kind: "gap",
          what: "what serves metrics",
          error: "the API server answered 403",
          forbidden: true,
        };
      },
      expected("read-failed", "Reading what serves metrics", { error: "the API server answered 403" }, "WARN"),
    ],
    [
      "the API server fails",
      (view) => {
        view.controllers = {
          kind: "gap",
          what: "what serves metrics",
          error: "the API server answered 500",
          forbidden: false,
        };
      },
      expected("read-failed", "Reading what serves metrics", { error: "the API server answered 500" }, "WARN"),
    ],
  ])("%s", (_, breakIt, only) => {
    // One cause, one finding: without the namespace nothing is deployed either.
    expect(broken(breakIt)).toEqual([only]);
  });
});

describe("a Secret that the Secrets Store CSI driver makes with a workload's first pod", () => {
  /** The worker as overlay azure has it. */
  function mounting(view: View, replicas: number): void {
    const volume = {
      name: "redis-url",
      csi: { driver: "secrets-store.csi.k8s.io", volumeAttributes: { secretProviderClass: "redis-url-worker" } },
    };
    Object.assign(containerOf(view, "worker"), {
      env: [{ name: "REDIS_URL", valueFrom: { secretKeyRef: { name: "redis-url-worker", key: "url" } } }],
    });
    for (const worker of [named(view.declared.workloads, "worker"), named(view.live.workloads, "worker")]) {
      Object.assign(worker.spec?.template.spec ?? {}, { volumes: [volume] });
      Object.assign(worker, { status: { replicas } });
    }
    view.declared.secretClasses.push(
      ...objectsOf<SecretProviderClass>(
        "{ metadata: { name: redis-url-worker }, spec: { secretObjects: [{ secretName: redis-url-worker }] } }",
      ),
    );
  }

  test("is absent by design while it has none", () => {
    expect(
      broken((view) => {
        mounting(view, 0);
      }),
    ).toEqual([]);
  });

  test("is missing while it has one", () => {
    const found = broken((view) => {
      mounting(view, 1);
    });
    expect(found.map(({ id, subject }) => `${id} ${subject.name}`)).toEqual(["secret-missing redis-url-worker"]);
  });
});
