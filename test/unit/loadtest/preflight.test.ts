import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { preflight, type PreflightOptions } from "../../../loadtest/preflight/preflight.ts";
import { requestErrorMessage } from "../../../loadtest/preflight/apiRequest.ts";
import type { PreflightFinding } from "../../../loadtest/preflight/finding.ts";
import { checkPermissions } from "../../../loadtest/preflight/rbac.ts";
import { preflightText } from "../../../loadtest/preflight/texts.ts";
import { sizesOf } from "../../../loadtest/k6/lib/profiles.ts";
import { ordersFindings, ordersPermissions } from "../../../loadtest/targets/orders/permissions.ts";
import { ordersScenario } from "../../../loadtest/targets/orders/scenarios/catalogue.ts";
import type { ScenarioName } from "../../../loadtest/targets/orders/scenarios/names.ts";
import { ordersWorkloads } from "../../../loadtest/targets/orders/workloads.ts";
import { parseK6Version } from "../../../loadtest/preflight/k6Version.ts";
import { kubeConfigFor, startFakeApiServer, type Answer, type FakeApiServer } from "./fakeApiServer.ts";

const NAMESPACE = "orders-dev";
const REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";

interface ReviewBody {
  spec: { resourceAttributes: { verb: string; resource: string; subresource?: string } };
}

const list = (...names: string[]): Answer => ({ items: names.map((name) => ({ metadata: { name } })) });
const review =
  (isAllowed: (attributes: ReviewBody["spec"]["resourceAttributes"]) => boolean) =>
  (body: unknown): Answer => ({ status: { allowed: isAllowed((body as ReviewBody).spec.resourceAttributes) } });
const rejected = (code: number): Answer => ({ code, message: "no" });

const running = (...scenarios: ScenarioName[]): Partial<PreflightOptions> => {
  const declared = scenarios.map((name) => ordersScenario(name, sizesOf.smoke, NAMESPACE));
  return { scenarios: declared, targetPermissions: ordersPermissions(NAMESPACE, declared) };
};
const autoscaling = (...names: string[]): Answer => ({
  items: names.map((name) => ({ metadata: { name }, spec: { scaleTargetRef: { kind: "Deployment", name } } })),
});

/** All that a proof needs, as a cluster has it. */
const COMPLETE = {
  "/version": { gitVersion: "v1.36.3", major: "1", minor: "36" },
  [REVIEWS]: review(() => true),
  [`/api/v1/namespaces/${NAMESPACE}`]: { metadata: { name: NAMESPACE } },
  [`/apis/apps/v1/namespaces/${NAMESPACE}/deployments`]: list("api", "worker", "prometheus"),
  [`/apis/apps/v1/namespaces/${NAMESPACE}/statefulsets`]: list("cache"),
  [`/apis/autoscaling/v2/namespaces/${NAMESPACE}/horizontalpodautoscalers`]: autoscaling("api"),
  [`/apis/keda.sh/v1alpha1/namespaces/${NAMESPACE}/scaledobjects`]: autoscaling("worker"),
  [`/api/v1/namespaces/${NAMESPACE}/services`]: list("api", "cache", "prometheus"),
  "/apis/apps/v1/deployments": { items: [] },
};

let folder: string;
let k6Path: string;
let servers: FakeApiServer[];

async function k6Printing(output: string): Promise<string> {
  const path = join(folder, `k6-${output.replaceAll(/\W/g, "")}`);
  await writeFile(path, `#!/bin/sh\necho '${output}'\n`);
  await chmod(path, 0o755);
  return path;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "ownsignal-preflight-"));
  k6Path = await k6Printing("k6 v1.8.1 (go1.26.8, linux/amd64)");
});
afterAll(() => rm(folder, { recursive: true }));
beforeEach(() => {
  servers = [];
});
afterEach(() => Promise.all(servers.map((server) => server.close())));

async function started(answers: Parameters<typeof startFakeApiServer>[0]): Promise<FakeApiServer> {
  const server = await startFakeApiServer(answers);
  servers.push(server);
  return server;
}

/** What preflight finds on a cluster where nothing is missing but for these answers. */
async function findingsOf(
  answers: Parameters<typeof startFakeApiServer>[0] = {},
  options: Partial<PreflightOptions> = {},
): Promise<PreflightFinding[]> {
  const { kubeConfig } = await started({ ...COMPLETE, ...answers });
  return preflight({
    kubeConfig,
    workloads: ordersWorkloads(NAMESPACE),
    ...(running("queue-backlog") as Pick<PreflightOptions, "scenarios" | "targetPermissions">),
    externalMetrics: false,
    replacesPods: true,
    targetFindings: () => ordersFindings(kubeConfig, NAMESPACE),
    k6Path,
    pinnedK6: "1.8.1",
    execsIntoPods: false,
    forwardsPorts: false,
    measureSkew: () => Promise.resolve({ leastMs: -10, mostMs: 10 }),
    ...options,
  });
}

describe("the cluster", () => {
  test("with all that a proof needs gives no finding", async () => {
    expect(await findingsOf()).toEqual([]);
  });

  test("that cannot be reached is named with its address and context", async () => {
    const server = await startFakeApiServer({});
    await server.close();
    expect(await findingsOf({}, { kubeConfig: kubeConfigFor(server.address) })).toEqual([
      {
        id: "api-server-unreachable",
        severity: "ERROR",
        params: { context: "test", server: server.address, error: expect.stringContaining("ECONNREFUSED") as string },
      },
    ]);
  });

  test("that rejects the credentials gives one finding, and none that follows from it", async () => {
    expect(await findingsOf({ "/version": rejected(401) })).toMatchObject([{ id: "unauthenticated" }]);
  });

  test("that forbids only its version is checked all the same", async () => {
    expect(await findingsOf({ "/version": rejected(403) })).toEqual([]);
  });
});

describe("permissions", () => {
  const without = (verb: string, resource: string): Parameters<typeof startFakeApiServer>[0] => ({
    [REVIEWS]: review(
      (asked) => !(asked.verb === verb && [asked.resource, asked.subresource].filter(Boolean).join("/") === resource),
    ),
  });

  test.each([
    [
      "get",
      "secrets",
      "get secrets/servicebus-loadtest in orders-dev (context test), needed to send orders to the queue",
    ],
    ["list", "pods", "list pods in orders-dev (context test), needed to follow the life of each pod"],
    ["watch", "pods", "watch pods in orders-dev (context test), needed to see how each pod ended"],
  ])("%s %s is required, and the text has verb, resource, namespace and purpose", async (verb, resource, text) => {
    const findings = await findingsOf(without(verb, resource));
    const errors = findings.filter(({ severity }) => severity === "ERROR");
    expect(errors.map(preflightText)).toEqual([`missing RBAC permission: ${text}`]);
  });

  test.each<[string, string, Partial<PreflightOptions>]>([
    ["patch", "scaledobjects", running("below-activation")],
    ["patch", "horizontalpodautoscalers", running("api-memory")],
    ["patch", "deployments", running("api-memory")],
    ["create", "pods/exec", { ...running("scale-in-under-load"), execsIntoPods: true }],
    ["create", "pods/portforward", { forwardsPorts: true }],
  ])("%s %s is required where it is used, and only there", async (verb, resource, use) => {
    const unused = running("queue-backlog");
    expect(await findingsOf(without(verb, resource), unused)).toEqual([]);
    expect(await findingsOf(without(verb, resource), use)).toMatchObject([
      { id: "permission-missing", severity: "ERROR", params: { permission: { verb } } },
    ]);
  });

  test("get configmaps gives a warning where a worker is killed, and nothing elsewhere", async () => {
    const denied = without("get", "configmaps");
    expect(await findingsOf(denied, running("queue-backlog"))).toEqual([]);
    expect(await findingsOf(denied, running("scale-in-under-load"))).toMatchObject([
      { id: "permission-missing", severity: "WARN" },
    ]);
  });

  test("that only the report uses gives a warning", async () => {
    const findings = await findingsOf(without("list", "nodes"));
    expect(findings).toMatchObject([{ id: "permission-missing", severity: "WARN" }]);
    expect(findings.map(preflightText)).toEqual([
      "missing RBAC permission: list nodes in all namespaces (context test), used to name the nodes in the report: left out",
    ]);
  });

  test("that the API server does not review give one warning", async () => {
    expect(await findingsOf({ [REVIEWS]: rejected(403) })).toEqual([
      { id: "permissions-unknown", severity: "WARN", params: { error: "no" } },
    ]);
  });

  test("that are reviewed are reported although the review of another failed", async () => {
    const { kubeConfig } = await started({
      [REVIEWS]: (body) => {
        const { verb } = (body as ReviewBody).spec.resourceAttributes;
        return verb === "watch" ? rejected(500) : { status: { allowed: verb !== "list" } };
      },
    });
    const permissions = ["get", "list", "watch"].map((verb) => ({ verb, resource: "pods" }));
    const { missing, errors } = await checkPermissions(kubeConfig, permissions);
    expect(missing).toEqual([permissions[1]]);
    expect(errors.map(requestErrorMessage)).toEqual(["no"]);
  });
});

describe("workloads", () => {
  const kinds = {
    deployments: `/apis/apps/v1/namespaces/${NAMESPACE}/deployments`,
    autoscalers: `/apis/autoscaling/v2/namespaces/${NAMESPACE}/horizontalpodautoscalers`,
    scaledObjects: `/apis/keda.sh/v1alpha1/namespaces/${NAMESPACE}/scaledobjects`,
  };

  test("a Deployment that is not there: the finding names what exists instead", async () => {
    const findings = await findingsOf({ [kinds.deployments]: list("api", "shop") });
    expect(findings).toMatchObject([{ id: "object-missing", severity: "ERROR" }]);
    expect(findings.map(preflightText)).toEqual(["namespace orders-dev has no Deployment worker; it has api, shop"]);
  });

  test.each([
    [
      "HPA",
      kinds.autoscalers,
      list(),
      "worker",
      "nothing scales Deployment api: no HorizontalPodAutoscaler and no ScaledObject in orders-dev names it in scaleTargetRef; there is ScaledObject worker",
    ],
    [
      "ScaledObject",
      kinds.scaledObjects,
      autoscaling("jobs"),
      "api",
      "nothing scales Deployment worker: no HorizontalPodAutoscaler and no ScaledObject in orders-dev names it in scaleTargetRef; there is HorizontalPodAutoscaler api, ScaledObject jobs",
    ],
    [
      "KEDA",
      kinds.scaledObjects,
      rejected(404),
      "api",
      "nothing scales Deployment worker: no HorizontalPodAutoscaler and no ScaledObject in orders-dev names it in scaleTargetRef; there is HorizontalPodAutoscaler api",
    ],
  ])(
    "without %s: what must scale is an error that names what exists instead, a control a warning",
    async (_, path, answer, _other, text) => {
      const findings = await findingsOf({ [path]: answer });
      const severity = path === kinds.autoscalers ? "WARN" : "ERROR";
      expect(findings).toMatchObject([{ id: "autoscaler-missing", severity }]);
      expect(findings.map(preflightText)).toEqual([text]);
    },
  );

  test("an HPA that KEDA made for its ScaledObject is none beside it", async () => {
    const made = {
      items: [
        ...(autoscaling("api") as { items: object[] }).items,
        {
          metadata: { name: "worker", ownerReferences: [{ kind: "ScaledObject" }] },
          spec: { scaleTargetRef: { kind: "Deployment", name: "worker" } },
        },
      ],
    };
    expect(await findingsOf({ [kinds.autoscalers]: made })).toEqual([]);
  });

  test("two autoscalers on one workload are an error with both names", async () => {
    const findings = await findingsOf({ [kinds.autoscalers]: autoscaling("api", "worker") });
    expect(findings.map(preflightText)).toEqual([
      "HorizontalPodAutoscaler worker and ScaledObject worker all scale worker, each against the others: delete all but one",
    ]);
  });

  test("pods of others under a workload's selector are named", async () => {
    const deployments = {
      items: ["api", "worker"].map((name) => ({
        metadata: { name },
        spec: { selector: { matchLabels: { app: name } } },
      })),
    };
    const owned = (name: string, owner: string) => ({
      metadata: {
        name,
        labels: { "pod-template-hash": "5d" },
        ownerReferences: [{ kind: "ReplicaSet", name: owner, controller: true }],
      },
    });
    const pods = { items: [owned("a-1", "api-5d"), owned("w-1", "worker-5d")] };
    const findings = await findingsOf({
      [kinds.deployments]: deployments,
      [`/api/v1/namespaces/${NAMESPACE}/pods`]: pods,
    });
    expect(findings.map(preflightText)).toEqual([
      "the selector of Deployment api also selects pod w-1, which it does not own: an HPA counts them, and the proof does not. Make the selector narrower",
      "the selector of Deployment worker also selects pod a-1, which it does not own: an HPA counts them, and the proof does not. Make the selector narrower",
    ]);
  });

  test("a worker on an HPA of its own needs no ScaledObject", async () => {
    const onCpu = { [kinds.autoscalers]: autoscaling("api", "worker"), [kinds.scaledObjects]: list() };
    expect(await findingsOf(onCpu)).toEqual([]);
  });

  test("a missing namespace is named with the namespaces that have a worker", async () => {
    const worker = { items: [{ metadata: { name: "worker", namespace: "orders" } }] };
    const answers = { [`/api/v1/namespaces/${NAMESPACE}`]: rejected(404), "/apis/apps/v1/deployments": worker };
    expect(await findingsOf(answers)).toEqual([
      { id: "namespace-missing", severity: "ERROR", params: { namespace: NAMESPACE, elsewhere: ["orders"] } },
    ]);
  });

  test("that may not be listed are not reported as missing", async () => {
    expect(await findingsOf({ [kinds.deployments]: rejected(403) })).toEqual([]);
  });

  test("without Prometheus there is a warning", async () => {
    expect(await findingsOf({ [`/api/v1/namespaces/${NAMESPACE}/services`]: list("api", "cache") })).toEqual([
      { id: "prometheus-missing", severity: "WARN", params: { namespace: NAMESPACE } },
    ]);
  });
});

describe("k6", () => {
  test.each([
    ["k6 v1.8.1 (go1.26.8, linux/amd64)", "1.8.1"],
    ["k6.exe v2.0.0-rc1 (commit/abc, go1.26, windows/amd64)\nExtensions:\n  none", "2.0.0-rc1"],
    ["k9 v1.0.0", undefined],
    ["", undefined],
  ])("version of output %j", (output, version) => {
    expect(parseK6Version(output)).toBe(version);
  });

  test("2.x is supported", async () => {
    expect(await findingsOf({}, { k6Path: await k6Printing("k6 v2.1.0 (go1.27, linux/arm64)") })).toEqual([]);
  });

  test("that is missing, too old or another program is an error", async () => {
    const old = await k6Printing("k6 v0.49.0 (go1.21.6, linux/amd64)");
    const other = await k6Printing("hello");
    const pinned = "1.8.1";
    const error = async (path: string): Promise<unknown> => (await findingsOf({}, { k6Path: path }))[0];
    expect(await error("/nowhere/k6")).toMatchObject({ id: "k6-missing", params: { path: "/nowhere/k6", pinned } });
    expect(await error(old)).toMatchObject({ id: "k6-version-unsupported", params: { path: old, version: "0.49.0" } });
    expect(await error(other)).toMatchObject({ id: "k6-version-unknown", params: { path: other, pinned } });
  });
});

test.each([
  [1, undefined],
  [3, "WARN"],
  [7, "ERROR"],
])("clocks that are %i s apart give severity %s", async (seconds, severity) => {
  const skew = { leastMs: seconds * 1000, mostMs: seconds * 1000 + 200 };
  const findings = await findingsOf({}, { measureSkew: () => Promise.resolve(skew) });
  expect(findings).toEqual(severity === undefined ? [] : [{ id: "clock-skew", severity, params: { seconds } }]);
});
