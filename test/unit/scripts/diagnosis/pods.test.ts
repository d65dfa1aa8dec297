import type { CoreV1Event, V1Pod } from "@kubernetes/client-node";
import type { View } from "../../../../scripts/diagnosis/view.ts";
import { broken, expected } from "./broken.ts";
import { named, objectsOf } from "./healthyView.ts";

/** Pods of the worker, as many as there are statuses. */
function podsOfWorker(view: View, ...statuses: string[]): void {
  const pods = statuses.map(
    (status, index) => `
apiVersion: v1
kind: Pod
metadata:
  name: worker-${index + 1}
  creationTimestamp: "2026-01-01T11:50:00Z"
  labels: { service: worker, pod-template-hash: abc }
  ownerReferences: [{ apiVersion: apps/v1, kind: ReplicaSet, name: worker-abc, uid: "1", controller: true }]
spec: { containers: [{ name: worker }] }
status: ${status}
`,
  );
  view.pods = { kind: "value", value: objectsOf<V1Pod>(pods.join("---\n")) };
}

const CRASHED = `
  phase: Running
  containerStatuses:
    - name: worker
      image: worker
      state: { waiting: { reason: CrashLoopBackOff, message: back-off 5m0s } }
      lastState: { terminated: { exitCode: 137, reason: OOMKilled } }
`;
const UNSCHEDULABLE = `
  phase: Pending
  conditions: [{ type: PodScheduled, status: "False", reason: Unschedulable, message: 0/1 nodes are available }]
`;
const POD = { pod: "worker-1", namespace: "orders-dev" };

function event(kind: string, name: string, reason: string, message: string): CoreV1Event[] {
  return objectsOf<CoreV1Event>(`
apiVersion: v1
kind: Event
type: Warning
reason: ${reason}
metadata: { name: new, creationTimestamp: "2026-01-01T11:59:30Z" }
involvedObject: { kind: ${kind}, name: ${name} }
message: ${message}
`);
}

describe("pods", () => {
  test.each<[string, (view: View) => unknown, object | []]>([
    [
      "that crash",
      (view) => {
        podsOfWorker(view, CRASHED, CRASHED);
      },
      expected("pods-crash-looping", "Deployment worker", {
        ...{ pods: 2, ...POD, container: "worker", ended: "exit code 137, OOMKilled" },
      }),
    ],
    [
      "that wait for a node",
      (view) => {
        podsOfWorker(view, UNSCHEDULABLE);
      },
      expected("pods-unschedulable", "Deployment worker", { pods: 1, ...POD, message: "0/1 nodes are available" }),
    ],
    [
      "that crash, and others that wait",
      (view) => {
        podsOfWorker(view, CRASHED, UNSCHEDULABLE);
      },
      [
        expected("pods-crash-looping", "Deployment worker", {
          ...{ pods: 1, ...POD, container: "worker", ended: "exit code 137, OOMKilled" },
        }),
        expected("pods-unschedulable", "Deployment worker", {
          ...{ pods: 1, ...POD, pod: "worker-2", message: "0/1 nodes are available" },
        }),
      ],
    ],
    [
      "whose container cannot be made",
      (view) => {
        podsOfWorker(
          view,
          `{ containerStatuses: [{ name: worker, image: w, state: { waiting: { reason: CreateContainerConfigError, message: no key } } }] }`,
        );
      },
      expected("pods-cannot-be-created", "Deployment worker", {
        ...{ pods: 1, ...POD, container: "worker", reason: "CreateContainerConfigError", message: "no key" },
      }),
    ],
    [
      "that have not become ready, with what the kubelet says",
      (view) => {
        podsOfWorker(
          view,
          `{ conditions: [{ type: Ready, status: "False", lastTransitionTime: "2026-01-01T11:57:00Z", message: containers with unready status }] }`,
        );
        view.events = { kind: "value", value: event("Pod", "worker-1", "Unhealthy", "Readiness probe failed") };
      },
      expected(
        "pods-not-ready",
        "Deployment worker",
        { pods: 1, ...POD, forSeconds: 180, why: "Readiness probe failed" },
        "WARN",
      ),
    ],
    [
      "that are only just starting",
      (view) => {
        podsOfWorker(
          view,
          `{ conditions: [{ type: Ready, status: "False", lastTransitionTime: "2026-01-01T11:59:00Z" }] }`,
        );
      },
      [],
    ],
    [
      "that a quota refuses",
      (view) =>
        Object.assign(named(view.live.workloads, "worker"), {
          status: { conditions: [{ type: "ReplicaFailure", status: "True", message: "exceeded quota: pods=2" }] },
        }),
      expected("replicas-refused", "Deployment worker", { message: "exceeded quota: pods=2", namespace: "orders-dev" }),
    ],
    [
      "of a StatefulSet that a quota refuses, which only an event tells",
      (view) => {
        view.events = {
          kind: "value",
          value: event("StatefulSet", "servicebus-emulator", "FailedCreate", "exceeded quota"),
        };
      },
      expected("replicas-refused", "StatefulSet servicebus-emulator", {
        ...{ message: "exceeded quota", namespace: "orders-dev" },
      }),
    ],
  ])("%s", (_, breakIt, only) => {
    expect(broken(breakIt)).toEqual([only].flat());
  });
});
