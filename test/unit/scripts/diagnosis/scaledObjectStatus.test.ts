import type { CoreV1Event } from "@kubernetes/client-node";
import type { ScaledObject, View } from "../../../../scripts/diagnosis/view.ts";
import { broken, expected } from "./broken.ts";
import { named, objectsOf } from "./healthyView.ts";

const OPERATOR_UNTRUSTED =
  "unable to fetch metrics: rpc error: code = Unavailable desc = x509: certificate signed by unknown authority";
const NAMESPACE = { namespace: "orders-dev" };

function worker(view: View): ScaledObject {
  return named(view.live.scaledObjects, "worker");
}

function metadataOf(view: View): object {
  const { metadata } = worker(view);
  if (metadata === undefined) throw new Error("the fixture's ScaledObject has no metadata");
  return metadata;
}

function annotate(view: View, annotations: Record<string, string>): void {
  Object.assign(metadataOf(view), { annotations });
}

function saysPaused(view: View): void {
  worker(view).status?.conditions?.push({ type: "Paused", status: "True", reason: "ScaledObjectPaused", message: "" });
}

/** As a ScaledObject is that no operator has looked at. */
function unseen(view: View, watched?: string): void {
  Object.assign(worker(view), { status: undefined });
  Object.assign(metadataOf(view), { creationTimestamp: "2026-01-01T11:59:00Z" });
  if (view.controllers.kind !== "value") return;
  const [container] =
    named([...view.controllers.value.deployments], "keda-operator").spec?.template.spec?.containers ?? [];
  Object.assign(container ?? {}, { env: [{ name: "WATCH_NAMESPACE", value: watched }] });
}

describe("a ScaledObject", () => {
  test.each<[string, (view: View) => unknown, object | []]>([
    [
      "that an annotation pauses",
      (view) => {
        annotate(view, { "autoscaling.keda.sh/paused": "true" });
        saysPaused(view);
      },
      expected("scaled-object-paused", "ScaledObject worker", {
        ...{ annotations: ['autoscaling.keda.sh/paused: "true"'], ...NAMESPACE },
      }),
    ],
    [
      "whose annotation is no boolean, which KEDA takes for true",
      (view) => {
        annotate(view, { "autoscaling.keda.sh/paused": "yes" });
      },
      expected("scaled-object-paused", "ScaledObject worker", {
        ...{ annotations: ['autoscaling.keda.sh/paused: "yes"'], ...NAMESPACE },
      }),
    ],
    [
      "that is paused at a number of replicas",
      (view) => {
        annotate(view, { "autoscaling.keda.sh/paused-replicas": "0" });
      },
      expected("scaled-object-paused", "ScaledObject worker", {
        ...{ annotations: ['autoscaling.keda.sh/paused-replicas: "0"'], ...NAMESPACE },
      }),
    ],
    [
      "that is paused without an annotation",
      saysPaused,
      expected("scaled-object-paused", "ScaledObject worker", { annotations: [], ...NAMESPACE }),
    ],
    [
      "that never scales in, by an annotation, for which the condition is True as well",
      (view) => {
        annotate(view, { "autoscaling.keda.sh/paused-scale-in": "true" });
        saysPaused(view);
      },
      expected(
        "scaled-object-scale-in-paused",
        "ScaledObject worker",
        { annotation: 'autoscaling.keda.sh/paused-scale-in: "true"', ...NAMESPACE },
        "WARN",
      ),
    ],
    [
      "that never scales out, by an annotation",
      (view) => {
        annotate(view, { "autoscaling.keda.sh/paused-scale-out": "true" });
      },
      expected(
        "scaled-object-scale-out-paused",
        "ScaledObject worker",
        { annotation: 'autoscaling.keda.sh/paused-scale-out: "true"', ...NAMESPACE },
        "WARN",
      ),
    ],
    [
      "that was resumed by hand",
      (view) => {
        annotate(view, { "autoscaling.keda.sh/paused": "false", "autoscaling.keda.sh/paused-scale-in": "0" });
      },
      [],
    ],
    [
      "in a namespace that KEDA does not watch",
      (view) => {
        unseen(view, "billing,shop");
      },
      expected("scaled-object-not-reconciled", "ScaledObject worker", {
        ...{ ...NAMESPACE, watches: "billing,shop", operator: "keda/keda-operator" },
      }),
    ],
    [
      "that nobody reconciles",
      (view) => {
        unseen(view, "");
      },
      expected("scaled-object-not-reconciled", "ScaledObject worker", {
        ...{ ...NAMESPACE, watches: undefined, operator: "keda/keda-operator" },
      }),
    ],
    [
      "that has only just been made",
      (view) => {
        unseen(view);
        Object.assign(metadataOf(view), { creationTimestamp: "2026-01-01T11:59:50Z" });
      },
      [],
    ],
    [
      "whose bus throttles its management API",
      (view) => {
        view.events = {
          kind: "value",
          value: objectsOf<CoreV1Event>(`
apiVersion: v1
kind: Event
type: Warning
metadata: { name: new, creationTimestamp: "2026-01-01T11:59:30Z" }
involvedObject: { kind: ScaledObject, name: worker }
message: invalid queue runtime properties, no CountDetails element
`),
        };
      },
      expected(
        "scaled-object-throttled",
        "ScaledObject worker",
        {
          ...{ state: "failing", conditionMessage: undefined, ...NAMESPACE, operator: "keda/keda-operator" },
          event: "invalid queue runtime properties, no CountDetails element",
        },
        "WARN",
      ),
    ],
    [
      "that is not ready since KEDA's own certificates are broken, for which the bus's is not blamed",
      (view) => {
        const [ready] = worker(view).status?.conditions ?? [];
        Object.assign(ready ?? {}, { status: "False", message: OPERATOR_UNTRUSTED });
      },
      expected("keda-certificates-untrusted", "Deployment keda-metrics-apiserver", {
        ...{ message: OPERATOR_UNTRUSTED, namespace: "keda" },
        ...{ operator: "keda/keda-operator", adapter: "keda/keda-metrics-apiserver" },
      }),
    ],
    [
      "whose TriggerAuthentication is gone, which KEDA still has in its cache",
      (view) => {
        view.live = { ...view.live, authentications: { kind: "value", value: [] } };
        view.declared.authentications = [];
      },
      expected("authentication-missing", "ScaledObject worker", {
        ...{ authentication: "TriggerAuthentication worker", ...NAMESPACE },
      }),
    ],
    [
      "that names a ClusterTriggerAuthentication which does not exist",
      (view) => {
        const [trigger] = worker(view).spec?.triggers ?? [];
        Object.assign(trigger ?? {}, { authenticationRef: { kind: "ClusterTriggerAuthentication", name: "azure" } });
      },
      expected("authentication-missing", "ScaledObject worker", {
        ...{ authentication: "ClusterTriggerAuthentication azure", ...NAMESPACE },
      }),
    ],
    [
      "that asks with a key which may not Manage",
      (view) => {
        const encoded = (text: string): string => Buffer.from(text).toString("base64");
        const keys = [{ name: "worker", key: "k", rights: ["Listen"] }];
        const connection = "Endpoint=sb://bus;SharedAccessKeyName=worker;SharedAccessKey=k";
        Object.assign(named(view.secrets, "servicebus-keda"), { data: { connection: encoded(connection) } });
        Object.assign(named(view.secrets, "servicebus-emulator-tls").data ?? {}, {
          "keys.json": encoded(JSON.stringify(keys)),
        });
      },
      expected("scaler-key-without-manage", "TriggerAuthentication worker", {
        ...{ secret: "servicebus-keda", keyName: "worker" },
      }),
    ],
  ])("%s", (_, breakIt, only) => {
    expect(broken(breakIt)).toEqual([only].flat());
  });
});

test("of authentications that cannot be read nothing is said but that", () => {
  const found = broken((view) => {
    view.live = {
      ...view.live,
      authentications: { kind: "gap", what: "TriggerAuthentications", error: "500", forbidden: false },
    };
    view.declared.scaledObjects = [];
  });
  expect(found.map(({ id }) => id)).toEqual(["read-failed"]);
});

test("what was changed by hand on the cluster alone is found by the rules over specs", () => {
  const found = broken((view) => {
    worker(view).spec?.triggers.push({ type: "cpu", metadata: { value: "10" } });
  });
  expect(found).toEqual([
    expected(
      "scaled-object-follows-other-trigger",
      "ScaledObject worker",
      { queueTrigger: "azure-servicebus orders", others: ["cpu"] },
      "WARN",
    ),
  ]);
});

test("where one kind cannot be read, live objects are not compared with each other", () => {
  const found = broken((view) => {
    const gap = { kind: "gap", what: "workloads", error: "500", forbidden: false } as const;
    view.live = { ...view.live, workloads: gap };
  });
  expect(found.map(({ id }) => id)).toEqual(["read-failed"]);
});
