import { existing, type Manifest, ofKind } from "../../../scripts/manifests/manifest.ts";
import {
  addTrigger,
  averageValue,
  type Change,
  limitRange,
  moveTo,
  resources,
  scaledObject,
  trigger,
  without,
} from "./changes.ts";

/** A change of `dev`, and what the doctor's rules then report, as `SEVERITY id`. */
interface Changed {
  name: string;
  change: Change;
  findings: readonly string[];
}

/** A sound variation of `dev`, whose findings are none of them an ERROR, and a broken one beside it. */
export interface Variation {
  sound: Changed;
  broken: Changed;
  /** Where a cluster is another matter: why. */
  renderedOnly?: string;
}

export const OTHER_NAMESPACE = "shop";
export const IN_OTHER_NAMESPACE = "another namespace";

export const VARIATIONS: readonly Variation[] = [
  {
    sound: {
      name: "an API with limits only",
      change: (copy) => resources(copy, "api", { limits: { cpu: "1", memory: "512Mi" } }),
      findings: [],
    },
    broken: {
      name: "an API with neither",
      change: (copy) => resources(copy, "api", {}),
      findings: ["ERROR cpu-request-missing", "ERROR memory-request-missing"],
    },
  },
  {
    sound: {
      name: "requests from a LimitRange",
      change: (copy) => {
        copy.push(limitRange("Container", { cpu: "100m", memory: "384Mi" }));
        resources(copy, "api", {});
      },
      findings: [],
    },
    broken: {
      name: "a LimitRange that gives memory alone",
      change: (copy) => {
        copy.push(limitRange("Container", { memory: "384Mi" }));
        resources(copy, "api", {});
      },
      findings: ["ERROR cpu-request-missing"],
    },
  },
  {
    sound: {
      name: "a pattern that matches the queue",
      change: (copy) => Object.assign(trigger(copy).metadata, { queueName: "^ord.*", useRegex: "true" }),
      findings: [],
    },
    broken: {
      name: "a pattern that matches a part of its name, which is not enough for KEDA",
      change: (copy) => Object.assign(trigger(copy).metadata, { queueName: "^ord", useRegex: "true" }),
      findings: ["ERROR scaled-object-polls-other-queue"],
    },
  },
  {
    sound: {
      name: "idleReplicaCount 0 below minReplicaCount 2",
      change: (copy) => Object.assign(scaledObject(copy), { idleReplicaCount: 0, minReplicaCount: 2 }),
      findings: [],
    },
    broken: {
      name: "idleReplicaCount that is not below minReplicaCount",
      change: (copy) => Object.assign(scaledObject(copy), { idleReplicaCount: 0, minReplicaCount: 0 }),
      findings: ["ERROR replica-bounds-invalid"],
    },
  },
  {
    sound: {
      name: "minReplicaCount 1",
      change: (copy) => (scaledObject(copy).minReplicaCount = 1),
      findings: ["WARN min-replicas-above-idle"],
    },
    broken: {
      name: "minReplicaCount above maxReplicaCount",
      change: (copy) => (scaledObject(copy).minReplicaCount = 9),
      findings: ["ERROR replica-bounds-invalid"],
    },
  },
  {
    sound: {
      name: "a second trigger on CPU",
      change: (copy) => {
        addTrigger(copy, {});
      },
      findings: ["WARN scaled-object-follows-other-trigger"],
    },
    broken: {
      name: "a second trigger on a request that is not there",
      change: (copy) => {
        addTrigger(copy, {});
        resources(copy, "worker", {});
      },
      findings: ["ERROR cpu-request-missing", "WARN scaled-object-follows-other-trigger"],
    },
  },
  {
    sound: {
      name: "an HPA with averageValue, for which no request is needed",
      change: (copy) => {
        averageValue(copy, "api");
        resources(copy, "api", { requests: { memory: "384Mi" } });
      },
      findings: [],
    },
    broken: {
      name: "averageValue of a container that is not there",
      change: (copy) => {
        averageValue(copy, "app");
      },
      findings: ["ERROR hpa-container-unknown"],
    },
  },
  {
    sound: {
      name: "no Prometheus",
      change: (copy) => {
        without(copy, "prometheus", ["Deployment", "Service"]);
      },
      findings: [],
    },
    broken: {
      name: "a Service of a Prometheus that is not there",
      change: (copy) => {
        without(copy, "prometheus", ["Deployment"]);
      },
      findings: ["ERROR service-selects-nothing"],
    },
  },
  {
    sound: {
      name: IN_OTHER_NAMESPACE,
      change: (copy) => {
        moveTo(copy, OTHER_NAMESPACE);
      },
      findings: [],
    },
    broken: {
      name: "another namespace, and a Service whose targetPort has another name",
      change: (copy) => {
        moveTo(copy, OTHER_NAMESPACE);
        service(copy, "api").ports = [{ name: "http", port: 80, targetPort: "web" }];
      },
      findings: ["ERROR service-port-unknown"],
    },
  },
  {
    sound: {
      name: "an authentication of the whole cluster, which only the cluster can have",
      change: (copy) =>
        Object.assign(trigger(copy), { authenticationRef: { kind: "ClusterTriggerAuthentication", name: "azure" } }),
      findings: [],
    },
    broken: {
      name: "an authentication that is not there",
      change: (copy) => (trigger(copy).authenticationRef = { name: "azure" }),
      findings: ["ERROR authentication-missing"],
    },
    renderedOnly: "there it would be missing",
  },
];

function service(copy: readonly Manifest[], name: string) {
  const named = ofKind(copy, "Service").find(({ metadata }) => metadata.name === name);
  return existing(named, `Service ${name}`).spec;
}
