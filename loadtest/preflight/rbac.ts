import {
  AuthorizationV1Api,
  V1ResourceAttributes,
  V1SelfSubjectAccessReview,
  V1SelfSubjectAccessReviewSpec,
  type KubeConfig,
} from "@kubernetes/client-node";
import { askedOnce } from "./ask.ts";

/** Something that the proof has to be allowed to do. */
export interface Right {
  verb: string;
  /** With its group: `deployments.apps`; with its subresource: `pods/portforward`. */
  resource: string;
  /** One object of it; undefined for all. */
  name?: string;
  /** Undefined for what knows no namespace. */
  namespace?: string;
  /** What it is for, in words. */
  why: string;
  /** Without it the proof goes on, and leaves something out. */
  optional?: true;
}

/** How the proof gets at the cluster, as far as it takes rights. */
export interface Access {
  namespace: string;
  /** Whether a scenario changes the ScaledObject for its time. */
  patchesScaledObject: boolean;
  /** Whether a scenario changes the API's HPA for its time. */
  patchesAutoscaler: boolean;
  /** Whether a container is killed by a command that is run in it. */
  execsIntoPods: boolean;
  /** Whether Services are reached by port-forward. */
  forwardsPorts: boolean;
}

/** Every right that the proof makes use of, each with the reason. */
export function rightsNeeded({ namespace, ...access }: Access): Right[] {
  const sampled = (resource: string, ...names: string[]): Right[] =>
    names.map((name) => ({ verb: "get", resource, name, namespace, why: "to sample it" }));
  return [
    ...sampled("deployments.apps", "api", "worker"),
    ...sampled("horizontalpodautoscalers.autoscaling", "api", "worker"),
    ...sampled("scaledobjects.keda.sh", "worker"),
    { verb: "list", resource: "pods", namespace, why: "to follow the life of each pod" },
    ...["api", "cache"].map((name) => ({
      ...{ verb: "get", resource: "services", name, namespace },
      why: "to find where it answers",
    })),
    { verb: "get", resource: "secrets", name: "servicebus-loadtest", namespace, why: "to send orders to the queue" },
    ...(access.patchesScaledObject
      ? [
          {
            ...{ verb: "patch", resource: "scaledobjects.keda.sh", name: "worker", namespace },
            why: "to set a threshold of it for the time of a scenario",
          },
        ]
      : []),
    ...(access.patchesAutoscaler
      ? [
          {
            ...{ verb: "patch", resource: "horizontalpodautoscalers.autoscaling", name: "api", namespace },
            why: "to set a target of it for the time of a scenario",
          },
        ]
      : []),
    ...(access.execsIntoPods
      ? [
          {
            ...{ verb: "create", resource: "pods/exec", namespace },
            why: "to kill a worker in scenario scale-in-under-load",
          },
        ]
      : []),
    ...(access.forwardsPorts
      ? [
          {
            ...{ verb: "create", resource: "pods/portforward", namespace },
            why: "to reach Services that have no address outside the cluster",
          },
        ]
      : []),
    {
      ...{ verb: "get", resource: "secrets", name: "servicebus-emulator-tls", namespace, optional: true as const },
      why: "to trust the emulator's certificate",
    },
    {
      ...{ verb: "get", resource: "services", name: "prometheus", namespace, optional: true as const },
      why: "to read the services' own counters",
    },
    { verb: "list", resource: "nodes", why: "to name the nodes in the report", optional: true },
    {
      verb: "get",
      resource: "apiservices.apiregistration.k8s.io",
      why: "to find KEDA and metrics-server and name their versions",
      optional: true,
    },
  ];
}

/** `get deployments.apps/worker in namespace orders-dev`. */
export function inWords({ verb, resource, name, namespace }: Right): string {
  const object = name === undefined ? resource : `${resource}/${name}`;
  return `${verb} ${object} ${namespace === undefined ? "in the whole cluster" : `in namespace ${namespace}`}`;
}

/**
 * Those of the rights that the context does not have.
 * @throws where the API server does not answer the question.
 */
export async function missingOf(kubeConfig: KubeConfig, rights: readonly Right[]): Promise<Right[]> {
  const authorization = kubeConfig.makeApiClient(AuthorizationV1Api);
  const answers = await Promise.all(
    rights.map(async (right) => {
      const review = await authorization.createSelfSubjectAccessReview({ body: reviewOf(right) }, askedOnce());
      return review.status?.allowed === true ? [] : [right];
    }),
  );
  return answers.flat();
}

function reviewOf({ verb, resource, name, namespace }: Right): V1SelfSubjectAccessReview {
  const [path = "", ...group] = resource.split(".");
  const [plural = "", subresource] = path.split("/");
  const attributes = Object.assign(new V1ResourceAttributes(), { verb, resource: plural, group: group.join(".") });
  if (subresource !== undefined) attributes.subresource = subresource;
  if (name !== undefined) attributes.name = name;
  if (namespace !== undefined) attributes.namespace = namespace;
  const spec = Object.assign(new V1SelfSubjectAccessReviewSpec(), { resourceAttributes: attributes });
  return Object.assign(new V1SelfSubjectAccessReview(), { spec });
}
