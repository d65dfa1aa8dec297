import { parseAllDocuments } from "yaml";
import { optional, requiredPermissions } from "../../../loadtest/preflight/permissions.ts";
import { rolesFor } from "../../../loadtest/preflight/roles.ts";
import type { Load, Scenario } from "../../../loadtest/model/scenario.ts";
import type { WorkloadDeclaration } from "../../../loadtest/model/workload.ts";

const WEB: WorkloadDeclaration = {
  ...{ name: "web", kind: "Deployment", object: "shop-web", namespace: "shop" },
  ...{ container: null, idleReplicas: null },
};
const NOTHING: Load = {
  ...{ program: { kind: "none" }, environment: {}, delivered: null, seconds: 1, timeoutSeconds: 1 },
};

function permissionsOf(scenario: Partial<Pick<Scenario, "load" | "mustScale" | "faultInjections">> = {}) {
  return requiredPermissions({
    workloads: [WEB, { ...WEB, name: "jobs", kind: "StatefulSet", object: "jobs", namespace: "batch" }],
    scenarios: [{ load: NOTHING, mustScale: [], faultInjections: [], ...scenario }],
    externalMetrics: true,
    replacesPods: false,
    execsIntoPods: false,
    forwardsPorts: false,
    neededObjects: [],
    targetPermissions: [],
  });
}
const named = (permissions: ReturnType<typeof permissionsOf>) =>
  permissions.map(({ verb, resource, name, namespace }) => [verb, resource, name, namespace].filter(Boolean).join(" "));

test("a proof without faults and Jobs changes nothing, and reads no Secret", () => {
  const permissions = permissionsOf();
  expect(new Set(permissions.map(({ verb }) => verb))).toEqual(new Set(["get", "list", "watch"]));
  expect(named(permissions)).not.toContainEqual(expect.stringContaining("secrets"));
  expect(named(permissions)).toContain("get statefulsets.apps jobs batch");
  expect(named(permissions)).toContain("list *.external.metrics.k8s.io shop");
});

test("each fault and a Job need what they do, and no more", () => {
  const field = {
    object: { kind: "ScaledObject", name: "web", namespace: "shop" },
    paths: ["spec.maxReplicaCount"],
  } as const;
  const trigger = { kind: "before the load" } as const;
  const before = new Set(named(permissionsOf()));
  const added = named(
    permissionsOf({
      load: { ...NOTHING, program: { kind: "job", manifest: "job.yaml", namespace: "shop" } },
      faultInjections: [
        { trigger, action: { kind: "set", field, to: 1 }, withinSeconds: 1 },
        {
          trigger,
          action: { kind: "kill", pods: { workload: "web" }, which: "first", how: "delete", container: null },
          withinSeconds: 1,
        },
        { trigger, action: { kind: "restart", workload: "web" }, withinSeconds: 1 },
        { trigger, action: { kind: "cordon", pods: { workload: "web" } }, withinSeconds: 1 },
      ],
    }),
  ).filter((one) => !before.has(one));
  expect(added).toEqual([
    "get scaledobjects.keda.sh web shop",
    "patch scaledobjects.keda.sh web shop",
    "delete pods shop",
    "patch deployments.apps shop-web shop",
    "get nodes",
    "patch nodes",
    "create jobs.batch shop",
    "get jobs.batch shop",
    "delete jobs.batch shop",
    "get pods/log shop",
  ]);
});

test("the printed Roles give exactly these permissions, each with what it is for", () => {
  const permissions = [...permissionsOf(), ...optional([{ verb: "get", resource: "x.y", purpose: "to see" }])];
  const text = rolesFor(permissions, "prover");
  const documents = parseAllDocuments(text).map((document) => document.toJS() as Record<string, unknown>);
  expect(documents.map(({ kind, metadata }) => [kind, (metadata as { namespace?: string }).namespace])).toEqual([
    ["Role", "shop"],
    ["RoleBinding", "shop"],
    ["Role", "batch"],
    ["RoleBinding", "batch"],
    ["ClusterRole", undefined],
    ["ClusterRoleBinding", undefined],
  ]);
  const rules = documents.flatMap(({ rules: own = [], metadata }) =>
    (own as { apiGroups: string[]; resources: string[]; resourceNames?: string[]; verbs: string[] }[]).map((rule) => {
      const [group = ""] = rule.apiGroups;
      const { namespace } = metadata as { namespace?: string };
      const resource = `${rule.resources[0] ?? ""}${group === "" ? "" : `.${group}`}`;
      return [rule.verbs[0], resource, rule.resourceNames?.[0], namespace].filter(Boolean).join(" ");
    }),
  );
  expect(rules.sort()).toEqual(named(permissions).sort());
  expect(text).toContain("# to sample it");
  expect(text).toContain("# to see; may be left out");
});
