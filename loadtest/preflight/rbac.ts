import {
  AuthorizationV1Api,
  V1ResourceAttributes,
  V1SelfSubjectAccessReview,
  V1SelfSubjectAccessReviewSpec,
  type KubeConfig,
} from "@kubernetes/client-node";
import { requestOptions } from "./apiRequest.ts";

/** An RBAC permission, as `kubectl auth can-i` takes it. */
export interface Permission {
  verb: string;
  /** With its group: `deployments.apps`; with its subresource: `pods/portforward`. */
  resource: string;
  /** One object of it; undefined for all. */
  name?: string | undefined;
  /** Undefined for all namespaces, and for what is in none. */
  namespace?: string | undefined;
}

/** What the API server says about permissions. */
export interface PermissionCheck<P extends Permission> {
  missing: P[];
  /** Why some could not be checked, one error each. */
  errors: unknown[];
}

/** Asks the API server which of these permissions the context does not have, by a SelfSubjectAccessReview each. */
export async function checkPermissions<P extends Permission>(
  kubeConfig: KubeConfig,
  permissions: readonly P[],
): Promise<PermissionCheck<P>> {
  const authorization = kubeConfig.makeApiClient(AuthorizationV1Api);
  const check: PermissionCheck<P> = { missing: [], errors: [] };
  const reviews = await Promise.allSettled(
    permissions.map((permission) =>
      authorization.createSelfSubjectAccessReview({ body: reviewOf(permission) }, requestOptions()),
    ),
  );
  reviews.forEach((review, index) => {
    const permission = permissions[index];
    if (review.status === "rejected") check.errors.push(review.reason);
    else if (permission !== undefined && review.value.status?.allowed !== true) check.missing.push(permission);
  });
  return check;
}

/** `get deployments.apps/worker in orders-dev`, `list nodes in all namespaces`. */
export function formatPermission({ verb, resource, name, namespace }: Permission): string {
  const object = name === undefined ? resource : `${resource}/${name}`;
  return `${verb} ${object} in ${namespace ?? "all namespaces"}`;
}

function reviewOf({ verb, resource, name, namespace }: Permission): V1SelfSubjectAccessReview {
  const [path = "", ...group] = resource.split(".");
  const [plural = "", subresource] = path.split("/");
  const attributes = Object.assign(new V1ResourceAttributes(), { verb, resource: plural, group: group.join(".") });
  if (subresource !== undefined) attributes.subresource = subresource;
  if (name !== undefined) attributes.name = name;
  if (namespace !== undefined) attributes.namespace = namespace;
  const spec = Object.assign(new V1SelfSubjectAccessReviewSpec(), { resourceAttributes: attributes });
  return Object.assign(new V1SelfSubjectAccessReview(), { spec });
}
