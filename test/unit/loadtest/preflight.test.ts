import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { preflight, type PreflightOptions } from "../../../loadtest/preflight/preflight.ts";
import { parseK6Version } from "../../../loadtest/preflight/k6Version.ts";
import { kubeConfigFor, startFakeApiServer, type Answer, type FakeApiServer } from "./fakeApiServer.ts";

const NAMESPACE = "orders-dev";
const list = (...names: string[]): Answer => ({ items: names.map((name) => ({ metadata: { name } })) });
const review =
  (isAllowed: (attributes: { verb: string; resource: string; subresource?: string }) => boolean) =>
  (body: unknown): Answer => {
    const { spec } = body as {
      spec: { resourceAttributes: { verb: string; resource: string; subresource?: string } };
    };
    return { status: { allowed: isAllowed(spec.resourceAttributes) } };
  };
const refused = (code: number): Answer => ({ code, message: "no" });

/** All that the proof looks for, as a cluster has it. */
const SOUND = {
  "/version": { gitVersion: "v1.36.3", major: "1", minor: "36" },
  "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews": review(() => true),
  [`/api/v1/namespaces/${NAMESPACE}`]: { metadata: { name: NAMESPACE } },
  [`/apis/apps/v1/namespaces/${NAMESPACE}/deployments`]: list("api", "worker", "prometheus"),
  [`/apis/autoscaling/v2/namespaces/${NAMESPACE}/horizontalpodautoscalers`]: list("api"),
  [`/apis/keda.sh/v1alpha1/namespaces/${NAMESPACE}/scaledobjects`]: list("worker"),
  [`/api/v1/namespaces/${NAMESPACE}/services`]: list("api", "cache", "prometheus"),
  "/apis/apps/v1/deployments": { items: [] },
};

let folder: string;
let k6Path: string;
let servers: FakeApiServer[];

async function k6Saying(output: string): Promise<string> {
  const path = join(folder, `k6-${output.replaceAll(/\W/g, "")}`);
  await writeFile(path, `#!/bin/sh\necho '${output}'\n`);
  await chmod(path, 0o755);
  return path;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "ownsignal-preflight-"));
  k6Path = await k6Saying("k6 v1.8.1 (go1.26.8, linux/amd64)");
});
afterAll(() => rm(folder, { recursive: true }));
beforeEach(() => {
  servers = [];
});
afterEach(() => Promise.all(servers.map((server) => server.close())));

/** What preflight finds on a cluster that is sound but for these answers. */
async function look(
  answers: Parameters<typeof startFakeApiServer>[0] = {},
  options: Partial<PreflightOptions> = {},
): Promise<{ problems: string[]; notes: string[] }> {
  const server = await startFakeApiServer({ ...SOUND, ...answers });
  servers.push(server);
  const notes: string[] = [];
  const problems = await preflight({
    kubeConfig: server.kubeConfig,
    namespace: NAMESPACE,
    k6Path,
    pinnedK6: "1.8.1",
    patchesScaledObject: false,
    patchesAutoscaler: false,
    execsIntoPods: false,
    forwardsPorts: false,
    measureSkew: () => Promise.resolve({ leastMs: -10, mostMs: 10 }),
    note: (line) => notes.push(line),
    ...options,
  });
  return { problems, notes };
}

describe("before any load", () => {
  test("a sound cluster has nothing in the way", async () => {
    expect(await look()).toEqual({ problems: [], notes: [] });
  });

  test("a cluster that cannot be reached is told with what was dialled and by which context", async () => {
    const server = await startFakeApiServer({});
    await server.close();
    const { problems } = await look({}, { kubeConfig: kubeConfigFor(server.address) });
    expect(problems).toEqual([
      expect.stringMatching(
        `^the API server of context test \\(${server.address}\\) cannot be reached: .*ECONNREFUSED`,
      ),
    ]);
  });

  test("one that does not know who asks says so, and nothing that follows from it", async () => {
    expect((await look({ "/version": refused(401) })).problems).toEqual([
      expect.stringMatching(/does not know who asks \(401\): log in again/),
    ]);
  });

  test("whoever may not ask for the version is looked at all the same", async () => {
    expect((await look({ "/version": refused(403) })).problems).toEqual([]);
  });
});

describe("rights", () => {
  const without = (verb: string, resource: string): Parameters<typeof startFakeApiServer>[0] => ({
    "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews": review(
      (asked) => !(asked.verb === verb && [asked.resource, asked.subresource].filter(Boolean).join("/") === resource),
    ),
  });

  test("one that is missing is named by verb, resource, namespace and purpose", async () => {
    expect((await look(without("get", "secrets"))).problems).toEqual([
      "context test has no right to get secrets/servicebus-loadtest in namespace orders-dev, needed to send orders to the queue",
    ]);
    expect((await look(without("list", "pods"))).problems).toEqual([
      "context test has no right to list pods in namespace orders-dev, needed to follow the life of each pod",
    ]);
  });

  test.each([
    ["patch", "scaledobjects", { patchesScaledObject: true }],
    ["patch", "horizontalpodautoscalers", { patchesAutoscaler: true }],
    ["create", "pods/exec", { execsIntoPods: true }],
    ["create", "pods/portforward", { forwardsPorts: true }],
  ])("%s %s is asked for where it is used, and only there", async (verb, resource, use) => {
    expect((await look(without(verb, resource))).problems).toEqual([]);
    expect((await look(without(verb, resource), use)).problems).toEqual([
      expect.stringContaining(`no right to ${verb} ${resource}`),
    ]);
  });

  test("one that only the report needs is a note", async () => {
    const { problems, notes } = await look(without("list", "nodes"));
    expect(problems).toEqual([]);
    expect(notes).toEqual(["no right to list nodes in the whole cluster, to name the nodes in the report: left out"]);
  });

  test("an API server that does not say which there are stops nothing", async () => {
    const { problems, notes } = await look({ "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews": refused(403) });
    expect(problems).toEqual([]);
    expect(notes).toEqual(["the API server does not say which rights there are: no"]);
  });
});

describe("workloads", () => {
  const kinds = {
    deployments: `/apis/apps/v1/namespaces/${NAMESPACE}/deployments`,
    autoscalers: `/apis/autoscaling/v2/namespaces/${NAMESPACE}/horizontalpodautoscalers`,
    scaledObjects: `/apis/keda.sh/v1alpha1/namespaces/${NAMESPACE}/scaledobjects`,
  };

  test.each([
    ["Deployment", kinds.deployments, list("api", "shop"), "has no Deployment worker; it has api, shop"],
    ["HPA", kinds.autoscalers, list(), "has no HorizontalPodAutoscaler api; it has no HorizontalPodAutoscaler at all"],
    ["ScaledObject", kinds.scaledObjects, list("jobs"), "has no ScaledObject worker; it has jobs"],
    ["KEDA", kinds.scaledObjects, refused(404), "has no ScaledObject worker; it has no ScaledObject at all"],
  ])("without its %s: what is there is named", async (_, path, answer, says) => {
    expect((await look({ [path]: answer })).problems).toEqual([`namespace orders-dev ${says}`]);
  });

  test("a worker on an HPA of its own needs no ScaledObject", async () => {
    const onCpu = { [kinds.autoscalers]: list("api", "worker"), [kinds.scaledObjects]: list() };
    expect((await look(onCpu)).problems).toEqual([]);
  });

  test("a namespace that is not there is told, with the one where a worker is", async () => {
    const worker = { items: [{ metadata: { name: "worker", namespace: "orders" } }] };
    const answers = { [`/api/v1/namespaces/${NAMESPACE}`]: refused(404), "/apis/apps/v1/deployments": worker };
    expect((await look(answers)).problems).toEqual([
      "there is no namespace orders-dev. A Deployment worker is in namespace orders: --namespace",
    ]);
  });

  test("what may not be listed is not said to be missing", async () => {
    expect((await look({ [kinds.deployments]: refused(403) })).problems).toEqual([]);
  });

  test("without Prometheus there is a note", async () => {
    const { problems, notes } = await look({ [`/api/v1/namespaces/${NAMESPACE}/services`]: list("api", "cache") });
    expect(problems).toEqual([]);
    expect(notes).toEqual([
      "namespace orders-dev has no Service prometheus: the services' own counters are not judged",
    ]);
  });
});

describe("k6", () => {
  test.each([
    ["k6 v1.8.1 (go1.26.8, linux/amd64)", "1.8.1"],
    ["k6.exe v2.0.0-rc1 (commit/abc, go1.26, windows/amd64)\nExtensions:\n  none", "2.0.0-rc1"],
    ["k9 v1.0.0", undefined],
    ["", undefined],
  ])("says its version: %j", (output, version) => {
    expect(parseK6Version(output)).toBe(version);
  });

  test("2.x will do", async () => {
    expect((await look({}, { k6Path: await k6Saying("k6 v2.1.0 (go1.27, linux/arm64)") })).problems).toEqual([]);
  });

  test("one that is missing, old or something else is told, with the one that is pinned", async () => {
    const problemOf = async (path: string): Promise<string | undefined> =>
      (await look({}, { k6Path: path })).problems[0];
    const fix = "k6 1.8.1 is pinned, and built when no other is named by --k6; known are 1.x and 2.x";
    expect(await problemOf("/nowhere/k6")).toBe(`there is no k6 at /nowhere/k6. ${fix}`);
    const old = await k6Saying("k6 v0.49.0 (go1.21.6, linux/amd64)");
    expect(await problemOf(old)).toBe(
      `k6 at ${old} is of version 0.49.0, for which the load's scripts were not written. ${fix}`,
    );
    const other = await k6Saying("hello");
    expect(await problemOf(other)).toBe(`${other} does not say which version of k6 it is. ${fix}`);
  });
});

test("clocks that are too far apart are in the way, less is a note", async () => {
  const skewed = (seconds: number): Promise<{ problems: string[]; notes: string[] }> =>
    look({}, { measureSkew: () => Promise.resolve({ leastMs: seconds * 1000, mostMs: seconds * 1000 + 200 }) });
  expect((await skewed(3)).notes).toEqual([expect.stringContaining("3.0 s ahead of this machine's")]);
  expect((await skewed(3)).problems).toEqual([]);
  expect((await skewed(7)).problems).toEqual([expect.stringContaining("7.0 s ahead of this machine's")]);
});
