import type { CoreV1Event, V1Container, V1Deployment, V1Pod, V2HorizontalPodAutoscaler } from "@kubernetes/client-node";
import type { ControllerObjects } from "../../../../loadtest/observe/controllers.ts";
import { diagnoseSettled } from "../../../../scripts/diagnosis/diagnose.ts";
import { blocks, lineOf, warns } from "../../../../scripts/diagnosis/finding.ts";
import { scalingFindings } from "../../../../scripts/diagnosis/scaling.ts";
import { setUpFindings } from "../../../../scripts/diagnosis/setup.ts";
import type { View } from "../../../../scripts/diagnosis/view.ts";
import { AKS, HELM, RELEASE_MANIFEST } from "../controllers/recorded.ts";
import { named, objectsOf, soundView } from "./soundView.ts";

const KEDA_OBJECTS = [
  ...["scaledobjects.keda.sh", "v1alpha1.keda.sh", "v1beta1.external.metrics.k8s.io"],
  ...["keda-operator", "keda-metrics-apiserver"],
];
const ABSENT = { kind: "absent" } as const;

function linesOf(view: View): string[] {
  return [...setUpFindings(view), ...scalingFindings(view)].map(lineOf);
}

/** The lines for a cluster in which something has been broken. */
function broken(breakIt: (view: View) => unknown): string[] {
  const view = soundView();
  breakIt(view);
  return linesOf(view);
}

function controllersOf({ controllers }: View): ControllerObjects {
  if (controllers.kind !== "value") throw new Error("the fixture has no controllers");
  return controllers.value;
}

/** Takes objects out of what KEDA and metrics-server are found by. */
function removeController(view: View, ...names: string[]): void {
  const objects = controllersOf(view);
  const stays = ({ metadata }: { metadata?: { name?: string } }): boolean => !names.includes(metadata?.name ?? "");
  if (objects.crd !== undefined && !stays(objects.crd)) objects.crd = undefined;
  objects.apiServices = objects.apiServices.filter(stays);
  objects.services = objects.services.filter(stays);
  objects.deployments = objects.deployments.filter(stays);
}

function operatorOf(view: View): V1Deployment {
  return named([...controllersOf(view).deployments], "keda-operator");
}

function remove(reading: View["secrets"], name: string): void {
  if (reading.kind !== "value") return;
  const index = reading.value.findIndex(({ metadata }) => metadata?.name === name);
  reading.value.splice(index, 1);
}

function containerOf(view: View, workload: string): V1Container {
  const [container] = named(view.declared.workloads, workload).spec?.template.spec?.containers ?? [];
  if (container === undefined) throw new Error(`the fixture's ${workload} has no container`);
  return container;
}

function notReady(view: View, event: string): void {
  const [condition] = named(view.live.scaledObjects, "worker").status?.conditions ?? [];
  Object.assign(condition ?? {}, { status: "False", message: "Triggers are not working correctly" });
  failing(view, event, "2026-01-01T11:59:00Z");
}

/** A trigger that failed at this time, and once with another message an hour ago. */
function failing(view: View, event: string, at: string): void {
  view.events = {
    kind: "value",
    value: objectsOf<CoreV1Event>(`
apiVersion: v1
kind: Event
type: Warning
metadata: { name: old, creationTimestamp: "2026-01-01T11:00:00Z" }
involvedObject: { kind: ScaledObject, name: worker }
message: an older message
---
apiVersion: v1
kind: Event
type: Warning
metadata: { name: new, creationTimestamp: "${at}" }
involvedObject: { kind: ScaledObject, name: worker }
message: ${JSON.stringify(event)}
`),
  };
}

test("a sound cluster has no findings", () => {
  expect(linesOf(soundView())).toEqual([]);
});

test.each([
  ["a release manifest", RELEASE_MANIFEST],
  ["Helm, in namespace autoscaling", HELM],
  ["AKS's add-on, in kube-system", AKS],
])("KEDA may be installed by others without a finding: %s", (_how, way) => {
  expect(linesOf(soundView(way))).toEqual([]);
});

test("Helm's KEDA that does not trust the bus is for its owner to change, where it is", () => {
  const view = soundView(HELM);
  view.authorities = { kind: "value", value: [] };
  expect(linesOf(view)).toEqual([
    expect.stringMatching(
      /^blocks  KEDA does not trust the bus: Deployment keda-operator in namespace autoscaling mounts no authority at \/custom\/ca -> .*volumes\.keda\.extraVolumes=/,
    ),
  ]);
});

test("AKS's add-on without the authority is a finding for overlay dev, and none where the bus is Azure's", () => {
  const view = soundView(AKS);
  view.authorities = { kind: "value", value: [] };
  expect(linesOf(view)).toEqual([expect.stringContaining("-> deploy kustomize/overlays/azure")]);
  const isEmulator = ({ metadata }: { metadata?: { name?: string } }): boolean =>
    metadata?.name === "servicebus-emulator";
  view.declared.workloads = view.declared.workloads.filter((workload) => !isEmulator(workload));
  if (view.live.workloads.kind === "value") {
    view.live = {
      ...view.live,
      workloads: { kind: "value", value: view.live.workloads.value.filter((workload) => !isEmulator(workload)) },
    };
  }
  expect(linesOf(view)).toEqual([]);
});

describe("the set-up", () => {
  test.each<[string, (view: View) => unknown, string]>([
    [
      "./scripts/up was forgotten",
      (view) => {
        view.namespaceObject = ABSENT;
        view.secrets = { kind: "value", value: [] };
        Object.assign(view.live, { workloads: { kind: "value", value: [] } });
      },
      "blocks  there is no namespace orders-dev -> ./scripts/up makes it and the Secrets in it",
    ],
    [
      "a Secret of ./scripts/up is missing",
      (view) => {
        remove(view.secrets, "servicebus-api");
      },
      "blocks  api needs Secret servicebus-api, which namespace orders-dev does not have -> ./scripts/up makes it",
    ],
    [
      "the Secret of a TriggerAuthentication is missing",
      (view) => {
        remove(view.secrets, "servicebus-keda");
      },
      "blocks  TriggerAuthentication worker needs Secret servicebus-keda, which namespace orders-dev does not have -> ./scripts/up makes it",
    ],
    [
      "an overlay names a Secret of its own",
      (view) =>
        Object.assign(containerOf(view, "worker"), {
          env: [{ name: "TOKEN", valueFrom: { secretKeyRef: { name: "provider", key: "token" } } }],
        }),
      "blocks  worker needs Secret provider, which namespace orders-dev does not have -> kubectl -n orders-dev create secret generic provider --from-literal=token=…",
    ],
    [
      "a Secret lacks a key",
      (view) => Object.assign(named(view.secrets, "servicebus-api"), { data: { other: "" } }),
      "blocks  api needs key connection of Secret servicebus-api, which has other -> ./scripts/up makes it",
    ],
    [
      "KEDA is missing",
      (view) => {
        Object.assign(view.live, { scaledObjects: ABSENT, authentications: ABSENT });
        Object.assign(view, { operatorPods: ABSENT, authorities: ABSENT });
        removeController(view, ...KEDA_OBJECTS);
      },
      "blocks  KEDA is not installed: the cluster knows no ScaledObject -> ./scripts/up installs it",
    ],
    [
      "an up was interrupted",
      (view) => {
        removeController(view, "keda-metrics-apiserver");
      },
      "blocks  KEDA's installation was interrupted: a part of it is missing -> ./scripts/up completes it",
    ],
    [
      "KEDA is not ready",
      (view) => {
        delete operatorOf(view).status;
      },
      "blocks  KEDA's Deployment keda-operator has no pod that is ready -> kubectl -n keda describe deployment keda-operator; kubectl -n keda logs deployment/keda-operator",
    ],
    [
      "KEDA is too old",
      (view) => {
        const [container] = operatorOf(view).spec?.template.spec?.containers ?? [];
        if (container !== undefined) container.image = "ghcr.io/kedacore/keda:2.16.1";
      },
      "blocks  KEDA 2.16.1 is too old: 2.17.1 is the least (2.17.0 brought fallback.behavior, which the worker's ScaledObject sets; 2.17.1 mended its azure-servicebus scaler) -> upgrade it; where it is AKS's add-on, its version comes with the cluster's (az aks upgrade)",
    ],
    [
      "the API server is too old",
      (view) => {
        view.kubernetes = { kind: "value", value: "v1.28.15" };
      },
      "blocks  Kubernetes v1.28.15 is too old: 1.30.0 is the least (KEDA needs it; native sidecars (the validator) are on by default since 1.29, HPAs on one container's CPU since 1.27) -> upgrade it; where it is AKS's add-on, its version comes with the cluster's (az aks upgrade)",
    ],
    [
      "metrics-server is missing",
      (view) => {
        removeController(view, "v1beta1.metrics.k8s.io", "metrics-server");
      },
      "blocks  metrics-server is not installed: no APIService v1beta1.metrics.k8s.io -> ./scripts/up installs it",
    ],
    [
      "somebody's metrics-server is there in half",
      (view) => {
        removeController(view, "v1beta1.metrics.k8s.io");
      },
      "blocks  metrics-server is not whole: kube-system/metrics-server is there, APIService v1beta1.metrics.k8s.io is not -> complete its installation, or remove what is left of it: then `./scripts/up` installs metrics-server",
    ],
    [
      "metrics-server does not answer",
      (view) =>
        Object.assign(named([...controllersOf(view).apiServices], "v1beta1.metrics.k8s.io"), {
          status: { conditions: [{ type: "Available", status: "False", message: "no endpoints\n available" }] },
        }),
      "blocks  metrics-server does not answer: APIService v1beta1.metrics.k8s.io: no endpoints available -> wait a minute after its installation; then kubectl describe apiservice v1beta1.metrics.k8s.io",
    ],
    [
      "the CA is missing",
      (view) => {
        view.authorities = {
          kind: "value",
          value: [{ kind: "ConfigMap", name: "custom-ca", texts: undefined, changedMs: 0 }],
        };
      },
      "blocks  KEDA does not trust the bus: ConfigMap custom-ca in namespace keda does not hold the authority that signed the bus's certificate -> ./scripts/up sees to it",
    ],
    [
      "the CA is another one",
      (view) => Object.assign(named(view.secrets, "servicebus-emulator-tls"), { data: { "ca.crt": "b3RoZXI=" } }),
      "blocks  KEDA does not trust the bus: ConfigMap custom-ca in namespace keda does not hold the authority that signed the bus's certificate -> ./scripts/up sees to it",
    ],
    [
      "the CA is not mounted",
      (view) => {
        Object.assign(operatorOf(view).spec?.template.spec ?? {}, { volumes: [] });
        view.authorities = { kind: "value", value: [] };
      },
      "blocks  KEDA does not trust the bus: Deployment keda-operator in namespace keda mounts no authority at /custom/ca -> ./scripts/up sees to it",
    ],
    [
      "the operator was not restarted after the CA changed",
      (view) => {
        if (view.authorities.kind !== "value") return;
        for (const source of view.authorities.value) source.changedMs = Date.parse("2026-01-01T11:00:00Z");
      },
      "blocks  keda-operator was started before ConfigMap custom-ca changed, and reads it at its start only -> kubectl -n keda rollout restart deployment keda-operator",
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
      "blocks  the node cannot get image docker.io/ownsignal/api:dev for pod api-1 (ErrImagePull) -> ./scripts/up builds and loads it; on a cluster of your own: CLUSTER=existing REGISTRY=… ./scripts/up",
    ],
    [
      "nothing is deployed",
      (view) => {
        Object.assign(view.live, { workloads: { kind: "value", value: [] } });
      },
      "warns   api, worker, servicebus-emulator of kustomize/overlays/dev not deployed in namespace orders-dev -> kubectl apply -k kustomize/overlays/dev",
    ],
    [
      "rights are missing",
      (view) => {
        view.missingRights = ["create", "patch"].map((verb) => ({
          ...{ verb, resource: "scaledobjects.keda.sh", namespace: "orders-dev" },
        }));
        view.secrets = { kind: "gap", error: "Secrets in orders-dev cannot be read: the API server answered 403" };
      },
      "blocks  this kubectl context may not create and patch scaledobjects.keda.sh in namespace orders-dev -> have it granted to you, and check: kubectl auth can-i create scaledobjects.keda.sh -n orders-dev",
    ],
    [
      "a read is refused, and nobody says which right is missing",
      (view) => {
        view.controllers = { kind: "gap", error: "what serves metrics cannot be read: the API server answered 403" };
      },
      "warns   what serves metrics cannot be read: the API server answered 403 -> mend that, then ask again: what it hides cannot be judged",
    ],
    [
      "the API server fails",
      (view) => {
        view.controllers = { kind: "gap", error: "what serves metrics cannot be read: the API server answered 500" };
      },
      "warns   what serves metrics cannot be read: the API server answered 500 -> mend that, then ask again: what it hides cannot be judged",
    ],
  ])("%s", (_, breakIt, line) => {
    const lines = broken(breakIt);
    expect(lines[0]).toBe(line);
    // One cause, one line; without the namespace nothing is deployed either.
    expect(lines).toHaveLength(1);
  });
});

describe("autoscaling", () => {
  test.each<[string, (view: View) => unknown, string]>([
    [
      "a key that KEDA may not use",
      (view) => {
        notReady(view, "GET https://bus/orders\n----------------\nRESPONSE 401: 401 Unauthorized");
      },
      "blocks  ScaledObject worker is not ready: Triggers are not working correctly (GET https://bus/orders RESPONSE 401: 401 Unauthorized) -> its key must have Manage rights: compare the Secret of its TriggerAuthentication with the bus's; ./scripts/up restores dev's",
    ],
    [
      "a fallback, under which it stays ready",
      (view) => {
        failing(view, "RESPONSE 401", "2026-01-01T11:50:00Z");
        named(view.live.scaledObjects, "worker").status?.conditions?.push({
          ...{ type: "Fallback", status: "True", reason: "FallbackExists", message: "on" },
        });
      },
      "blocks  ScaledObject worker is on its fallback: KEDA cannot read its trigger (RESPONSE 401) -> its key must have Manage rights: compare the Secret of its TriggerAuthentication with the bus's; ./scripts/up restores dev's",
    ],
    [
      "a trigger that has begun to fail, before the fallback",
      (view) => {
        failing(view, "connection refused", "2026-01-01T11:59:00Z");
      },
      "blocks  ScaledObject worker has a trigger that fails (connection refused) -> kubectl -n orders-dev describe scaledobject worker; kubectl -n keda logs deployment/keda-operator",
    ],
    [
      "a queue that KEDA does not find",
      (view) => {
        notReady(view, "queue invoices doesn't exist");
      },
      "blocks  ScaledObject worker is not ready: Triggers are not working correctly (queue invoices doesn't exist) -> name a queue that the bus has, or add it: dev's are in kustomize/components/servicebus-emulator/workload/Config.json",
    ],
    [
      "a certificate that KEDA does not trust",
      (view) => {
        notReady(view, "tls: failed to verify certificate: x509: unknown authority");
      },
      "blocks  ScaledObject worker is not ready: Triggers are not working correctly (tls: failed to verify certificate: x509: unknown authority) -> KEDA must trust the bus's authority: ./scripts/up sees to it",
    ],
    [
      "a queue that the bus does not have",
      (view) => {
        view.queues = new Map([["invoices", { kind: "value", value: false }]]);
      },
      "blocks  a ScaledObject of namespace orders-dev watches queue invoices, which the bus does not have -> name a queue that the bus has, or add it: dev's are in kustomize/components/servicebus-emulator/workload/Config.json",
    ],
    [
      "an HPA that cannot compute",
      (view) => Object.assign(conditionOf(view, "api"), { status: "False", message: "failed to get cpu utilization" }),
      "blocks  HorizontalPodAutoscaler api cannot compute replicas: failed to get cpu utilization -> kubectl -n orders-dev describe hpa api",
    ],
    [
      "an HPA that has only just begun",
      (view) =>
        Object.assign(conditionOf(view, "api"), {
          status: "False",
          message: "no metrics yet",
          lastTransitionTime: new Date("2026-01-01T11:59:30Z"),
        }),
      "warns   HorizontalPodAutoscaler api cannot compute replicas: no metrics yet -> since 30 s only: wait for the first metrics, 120 s at the most",
    ],
    [
      "a container that is not there",
      (view) => {
        const [metric] = named(view.declared.autoscalers, "api").spec.metrics ?? [];
        Object.assign(metric?.containerResource ?? {}, { container: "app" });
      },
      "blocks  HorizontalPodAutoscaler api looks at container app, which Deployment api does not have (it has validator, api) -> name one of them",
    ],
    [
      "a container without a CPU request",
      (view) => Object.assign(containerOf(view, "api"), { resources: {} }),
      "blocks  HorizontalPodAutoscaler api scales on a share of the cpu that container api of Deployment api requests, and it requests none -> give it resources.requests.cpu",
    ],
    [
      "a sidecar without a request under a metric of the whole pod",
      (view) => {
        const autoscaler = named(view.declared.autoscalers, "api");
        Object.assign(autoscaler.spec, {
          metrics: [{ type: "Resource", resource: { name: "memory", target: { type: "Utilization" } } }],
        });
      },
      "blocks  HorizontalPodAutoscaler api scales on a share of the memory that all containers of Deployment api request, and container validator requests none -> give it resources.requests.memory",
    ],
    [
      "replicas beside an autoscaler",
      (view) => Object.assign(named(view.declared.workloads, "worker").spec ?? {}, { replicas: 1 }),
      "blocks  Deployment worker fixes replicas: 1 beside ScaledObject worker, so that every kubectl apply undoes its work -> take `replicas` out of its manifest",
    ],
    [
      "replicas that were applied beside an autoscaler",
      (view) =>
        Object.assign(workloadMetadata(view, "api"), {
          annotations: { "kubectl.kubernetes.io/last-applied-configuration": '{"spec":{"replicas":3}}' },
        }),
      "blocks  Deployment api fixes replicas: 3 beside HorizontalPodAutoscaler api, so that every kubectl apply undoes its work -> take `replicas` out of its manifest",
    ],
    [
      "an HPA on the sidecar",
      (view) => {
        const [metric] = named(view.declared.autoscalers, "api").spec.metrics ?? [];
        Object.assign(metric?.containerResource ?? {}, { container: "validator" });
      },
      "warns   HorizontalPodAutoscaler api looks at container validator, a sidecar of Deployment api, and what the service itself uses is no part of its signal -> name container api",
    ],
    [
      "an HPA without room",
      (view) => Object.assign(named(view.declared.autoscalers, "api").spec, { minReplicas: 6 }),
      "warns   HorizontalPodAutoscaler api has no room: minReplicas 6, maxReplicas 6 -> raise maxReplicas or lower minReplicas: as it is it never scales",
    ],
    [
      "a ScaledObject that cannot do what the proof asks",
      (view) => Object.assign(named(view.declared.scaledObjects, "worker").spec ?? {}, { maxReplicaCount: 1 }),
      "warns   ScaledObject worker allows 1 replica at the most (maxReplicaCount) -> change the field in brackets in its manifest, or the proof's scenario queue-backlog fails",
    ],
    [
      "two autoscalers on one workload",
      (view) =>
        view.declared.autoscalers.push(
          ...objectsOf<V2HorizontalPodAutoscaler>(`
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: { name: worker-cpu }
spec: { scaleTargetRef: { kind: Deployment, name: worker }, maxReplicas: 3 }
`),
        ),
      "blocks  Deployment worker has 2 autoscalers: ScaledObject worker, HorizontalPodAutoscaler worker-cpu -> leave one of them",
    ],
  ])("%s", (_, breakIt, line) => {
    expect(broken(breakIt)).toEqual([line]);
  });
});

function workloadMetadata(view: View, name: string): object {
  const { metadata } = named(view.live.workloads, name);
  if (metadata === undefined) throw new Error(`the fixture's ${name} has no metadata`);
  return metadata;
}

function conditionOf(view: View, autoscaler: string): object {
  const [condition] = named(view.live.autoscalers, autoscaler).status?.conditions ?? [];
  if (condition === undefined) throw new Error(`the fixture's HPA ${autoscaler} has no condition`);
  return condition;
}

test("a trigger that failed longer ago than two polls works again", () => {
  expect(
    broken((view) => {
      failing(view, "connection refused", "2026-01-01T11:58:00Z");
    }),
  ).toEqual([]);
});

describe("before the proof", () => {
  const trouble = blocks("KEDA has not asked again yet", "wait");

  test("what mends itself is waited for, and warnings are not", async () => {
    const answers = [[trouble], [trouble], [warns("young", "wait")]];
    const findings = await diagnoseSettled(() => Promise.resolve(answers.shift() ?? []), 60_000, 1);
    expect([findings, answers]).toEqual([[warns("young", "wait")], []]);
  });

  test("what does not is said in the end", async () => {
    expect(await diagnoseSettled(() => Promise.resolve([trouble]), 5, 1)).toEqual([trouble]);
  });
});
