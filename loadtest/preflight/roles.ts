import { stringify } from "yaml";
import type { RequiredPermission } from "./permissions.ts";

interface Rule {
  apiGroups: string[];
  resources: string[];
  resourceNames?: string[];
  verbs: string[];
}

/**
 * The Roles that give these permissions, and what binds them to a ServiceAccount, as YAML: one in each namespace, a ClusterRole for what is in none. A permission that a
 * proof can do without is left in with a comment.
 * @param name of the Roles, and of the ServiceAccount.
 */
export function rolesFor(permissions: readonly RequiredPermission[], name: string): string {
  const namespaces = [...new Set(permissions.map(({ namespace }) => namespace))];
  const home = namespaces.find((namespace) => namespace !== undefined) ?? "default";
  return namespaces
    .flatMap((namespace) => {
      const own = permissions.filter((permission) => permission.namespace === namespace);
      return rolesIn(namespace, home, name, own);
    })
    .join("---\n");
}

function rolesIn(
  namespace: string | undefined,
  home: string,
  name: string,
  permissions: readonly RequiredPermission[],
): string[] {
  const kind = namespace === undefined ? "ClusterRole" : "Role";
  const metadata = { name, ...(namespace === undefined ? {} : { namespace }) };
  const role = { apiVersion: "rbac.authorization.k8s.io/v1", kind, metadata };
  const binding = {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: `${kind}Binding`,
    metadata,
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind, name },
    subjects: [{ kind: "ServiceAccount", name, namespace: home }],
  };
  const rules = permissions.map(ruleText).join("");
  return [`${stringify(role)}rules:\n${rules}`, stringify(binding)];
}

/** A rule with what it is for in a comment. */
function ruleText(permission: RequiredPermission): string {
  const { verb, resource, name, purpose, optional } = permission;
  const [path = "", ...group] = resource.split(".");
  const rule: Rule = {
    apiGroups: [group.join(".")],
    resources: [path],
    ...(name === undefined ? {} : { resourceNames: [name] }),
    verbs: [verb],
  };
  const comment = `${purpose}${optional === true ? "; may be left out" : ""}`;
  const lines = stringify([rule], { flowCollectionPadding: false, collectionStyle: "flow", lineWidth: 0 }).trim();
  // One rule a line, behind its comment.
  return `  # ${comment}\n  - ${lines.replace(/^\[/, "").replace(/\]$/, "").trim()}\n`;
}
