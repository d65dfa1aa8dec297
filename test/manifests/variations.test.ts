import { existing, ofKind } from "../../scripts/manifests/manifest.ts";
import {
  type Change,
  scaledObject,
  trigger,
  resources,
  limitRange,
  addTrigger,
  without,
  averageValue,
  found,
} from "./support/changes.ts";

/** A sound variation with the warnings that it has, and beside it a broken one with its error. */
const VARIATIONS: [string, Change, string[], string, Change, string[]][] = [
  [
    "an API with limits only",
    (copy) => resources(copy, "api", { limits: { cpu: "1", memory: "512Mi" } }),
    [],
    "an API with neither",
    (copy) => resources(copy, "api", {}),
    ["ERROR cpu-request-missing", "ERROR memory-request-missing"],
  ],
  [
    "requests from a LimitRange",
    (copy) => {
      copy.push(limitRange("Container"));
      resources(copy, "api", {});
    },
    [],
    "a LimitRange for whole pods, which gives containers none",
    (copy) => {
      copy.push(limitRange("Pod"));
      resources(copy, "api", {});
    },
    ["ERROR cpu-request-missing", "ERROR memory-request-missing"],
  ],
  [
    "a pattern that matches the queue",
    (copy) => Object.assign(trigger(copy).metadata, { queueName: "^ord.*", useRegex: "true" }),
    [],
    "a pattern that matches a part of its name, which is not enough for KEDA",
    (copy) => Object.assign(trigger(copy).metadata, { queueName: "^ord", useRegex: "true" }),
    ["ERROR scaled-object-polls-other-queue"],
  ],
  [
    "idleReplicaCount 0 below minReplicaCount 2",
    (copy) => Object.assign(scaledObject(copy), { idleReplicaCount: 0, minReplicaCount: 2 }),
    [],
    "idleReplicaCount that is not below minReplicaCount",
    (copy) => Object.assign(scaledObject(copy), { idleReplicaCount: 0, minReplicaCount: 0 }),
    ["ERROR replica-bounds-invalid"],
  ],
  [
    "minReplicaCount 1",
    (copy) => (scaledObject(copy).minReplicaCount = 1),
    ["WARN min-replicas-above-idle"],
    "minReplicaCount above maxReplicaCount",
    (copy) => (scaledObject(copy).minReplicaCount = 9),
    ["ERROR replica-bounds-invalid"],
  ],
  [
    "a second trigger on CPU",
    (copy) => {
      addTrigger(copy, {});
    },
    ["WARN scaled-object-follows-other-trigger"],
    "a second trigger on a request that is not there",
    (copy) => {
      addTrigger(copy, {});
      resources(copy, "worker", {});
    },
    ["ERROR cpu-request-missing", "WARN scaled-object-follows-other-trigger"],
  ],
  [
    "an HPA with averageValue, for which no request is needed",
    (copy) => {
      averageValue(copy, "api");
      resources(copy, "api", { requests: { memory: "384Mi" } });
    },
    [],
    "averageValue of a container that is not there",
    (copy) => {
      averageValue(copy, "app");
    },
    ["ERROR hpa-container-unknown"],
  ],
  [
    "no Prometheus",
    (copy) => {
      without(copy, "prometheus", ["Deployment", "StatefulSet", "Service"]);
    },
    [],
    "a Service of a Prometheus that is not there",
    (copy) => {
      without(copy, "prometheus", ["Deployment", "StatefulSet"]);
    },
    ["ERROR service-selects-nothing"],
  ],
  [
    "another namespace",
    (copy) => {
      for (const { metadata } of copy) Object.assign(metadata, { namespace: "shop" });
    },
    [],
    "a Service whose targetPort has another name",
    (copy) =>
      (existing(
        ofKind(copy, "Service").find(({ metadata }) => metadata.name === "api"),
        "Service api",
      ).spec.ports = [{ name: "http", port: 80, targetPort: "web" }]),
    ["ERROR service-port-unknown"],
  ],
  [
    "an authentication of the whole cluster, which only the cluster can have",
    (copy) =>
      Object.assign(trigger(copy), { authenticationRef: { kind: "ClusterTriggerAuthentication", name: "azure" } }),
    [],
    "an authentication that is not there",
    (copy) => (trigger(copy).authenticationRef = { name: "azure" }),
    ["ERROR authentication-missing"],
  ],
];

describe.each(VARIATIONS)("%s", (_, sound, warnings, twin, breakIt, errors) => {
  test("has no error", () => {
    expect(found(sound)).toEqual(warnings);
  });

  test(`and its broken twin has: ${twin}`, () => {
    expect(found(breakIt)).toEqual(errors);
  });
});
