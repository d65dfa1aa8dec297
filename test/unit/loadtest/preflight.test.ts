import { type PreflightOptions } from "../../../loadtest/preflight/preflight.ts";
import { requestErrorMessage } from "../../../loadtest/observe/rejection.ts";
import { checkPermissions } from "../../../loadtest/preflight/rbac.ts";
import { preflightText } from "../../../loadtest/preflight/texts.ts";
import { parseK6Version } from "../../../loadtest/preflight/k6Version.ts";
import { kubeConfigFor, startFakeApiServer } from "./fakeApiServer.ts";
import {
  REVIEWS,
  review,
  rejected,
  running,
  k6Printing,
  started,
  findingsOf,
  type ReviewBody,
} from "./preflightCluster.ts";

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
