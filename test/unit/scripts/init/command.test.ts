import { jest } from "@jest/globals";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readDeclaration } from "../../../../loadtest/declaration/readDeclaration.ts";
import { runInit } from "../../../../scripts/cli/init.ts";
import { type Answer, type FakeApiServer, startFakeApiServer } from "../../loadtest/fakeApiServer.ts";
import { answersWith, hpa, type Objects, REDIS, scaledObject, service, workload } from "./objects.ts";

const WEB: Objects = {
  deployments: [workload("web")],
  autoscalers: [hpa("web")],
  services: [service("web", [{ port: 80 }])],
};
const HPAS = "/apis/autoscaling/v2/horizontalpodautoscalers";
const OBJECTS_OF_KEDA = "/apis/keda.sh/v1alpha1/scaledobjects";
const REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";

let folder: string;
let server: FakeApiServer | undefined;
let stdout: string;
let stderr: string;
const before = process.env.KUBECONFIG;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ownsignal-init-"));
  [stdout, stderr] = ["", ""];
  jest.spyOn(process.stdout, "write").mockImplementation((text) => {
    stdout += String(text);
    return true;
  });
  jest.spyOn(process.stderr, "write").mockImplementation((text) => {
    stderr += String(text);
    return true;
  });
});
afterEach(async () => {
  jest.restoreAllMocks();
  await server?.close();
  server = undefined;
  if (before === undefined) delete process.env.KUBECONFIG;
  else process.env.KUBECONFIG = before;
  rmSync(folder, { recursive: true });
});

/** Contexts `here`, the current one, and `elsewhere`, of an API server with these answers. @param namespace of `here`. */
async function cluster(answers: Parameters<typeof startFakeApiServer>[0], namespace?: string): Promise<void> {
  server = await startFakeApiServer(answers);
  process.env.KUBECONFIG = join(folder, "kubeconfig");
  const context = { cluster: "one", user: "me" };
  writeFileSync(
    process.env.KUBECONFIG,
    JSON.stringify({
      ...{ apiVersion: "v1", kind: "Config", "current-context": "here", users: [{ name: "me", user: {} }] },
      clusters: [{ name: "one", cluster: { server: server.address, "insecure-skip-tls-verify": true } }],
      contexts: [
        { name: "here", context: { ...context, namespace } },
        { name: "elsewhere", context: { ...context, namespace: "none" } },
      ],
    }),
  );
}

const out = (): string => join(folder, "proof/autoscaling.yaml");
const init = (...args: string[]): Promise<number> => runInit(["--out", out(), ...args]);

test("it writes what scales in the context's namespace, and says what is next", async () => {
  await cluster(answersWith(WEB), "shop");
  expect(await init()).toBe(0);
  const proof = join(folder, "proof");
  expect(stdout).toBe(
    `${proof}/autoscaling.yaml: 1 workload, 1 scenario\n` +
      `${proof}/load-web.js: requests to Service web, port 80\n` +
      `${proof}/autoscaling.schema.json: by which editors complete it\n` +
      `\nNext:\n  ownsignal prove -f ${proof}/autoscaling.yaml\n`,
  );
  expect(stderr).toBe("");
  expect((await readDeclaration(out())).kind).toBe("declared");
});

test("--context and --namespace choose, and the next command has the context", async () => {
  await cluster(answersWith({ ...WEB, scaledObjects: [scaledObject("gone", [REDIS])] }));
  expect(await init("--context", "elsewhere", "-n", "shop")).toBe(1);
  expect(stdout).toContain(`ownsignal prove -f ${out()} --context elsewhere\n`);
  expect(stderr).toMatch(/^WARN {2}ScaledObject gone scales Deployment gone, which does not exist/);
  expect(existsSync(out())).toBe(true);
});

test("it writes over nothing but with --force, and says which file it left", async () => {
  const keda = { deployments: [workload("worker")], scaledObjects: [scaledObject("worker", [REDIS])] };
  await cluster(answersWith(keda), "shop");
  expect(await init()).toBe(0);
  expect(stdout).toContain(`Next, write ${join(folder, "proof/load-worker.sh")}, then:\n`);
  writeFileSync(out(), "mine\n");
  const script = join(folder, "proof/load-worker.sh");
  writeFileSync(script, "echo delivered 160\n");

  await expect(init()).rejects.toMatchObject({
    message: `${out()} exists`,
    fix: "write another file: --out FILE, or over it and its loads: --force",
  });
  expect(readFileSync(out(), "utf8")).toBe("mine\n");

  stdout = "";
  rmSync(out());
  expect(await init()).toBe(0);
  expect(stdout).toContain(`${script}: exists, left as it is\n`);
  // It has been written.
  expect(stdout).toContain("\nNext:\n");
  expect(readFileSync(script, "utf8")).toBe("echo delivered 160\n");

  expect(await init("--force")).toBe(0);
  expect(readFileSync(script, "utf8")).toContain("is not written yet");
});

test.each([
  [
    "nothing that scales",
    { deployments: [workload("web")] },
    "nothing scales in namespace shop: no HorizontalPodAutoscaler or ScaledObject names what is there; " +
      "it has 1 Deployments and 0 StatefulSets; something scales in jobs, other",
  ],
  [
    "nothing that can scale",
    { ...WEB, autoscalers: [hpa("web", { maxReplicas: 1 })] },
    "nothing in namespace shop can scale: web may not have more replicas than without load",
  ],
])("%s is refused, and nothing is written", async (_, objects: Objects, message) => {
  const inNamespace = (namespace: string): Answer => ({ metadata: { name: "x", namespace } });
  await cluster(
    {
      ...answersWith(objects),
      [HPAS]: { items: [inNamespace("shop"), inNamespace("other")] },
      [OBJECTS_OF_KEDA]: { items: [inNamespace("jobs")] },
    },
    "shop",
  );
  await expect(init()).rejects.toThrow(message);
  expect(readdirSync(folder)).toEqual(["kubeconfig"]);
});

test("a namespace that does not exist is said, with those in which something scales", async () => {
  await cluster({ ...answersWith(WEB), [HPAS]: { items: [{ metadata: { name: "web", namespace: "shop" } }] } });
  await expect(init("-n", "shopp")).rejects.toMatchObject({
    message: "there is no namespace shopp in context here; something scales in shop",
    fix: "name one: --namespace NAME",
  });
});

const FORBIDDEN: Answer = { code: 403, message: "forbidden" };

test("what may not be listed is named, and nothing is written that would leave it out", async () => {
  const allowed = (body: unknown): Answer => {
    const { resource } = (body as { spec: { resourceAttributes: { resource: string } } }).spec.resourceAttributes;
    return { status: { allowed: resource === "statefulsets" } };
  };
  await cluster(
    {
      ...answersWith(WEB),
      "/api/v1/namespaces/shop": FORBIDDEN,
      "/apis/apps/v1/namespaces/shop/deployments": FORBIDDEN,
      "/apis/apps/v1/namespaces/shop/statefulsets": { code: 500, message: "etcd" },
      "/apis/keda.sh/v1alpha1/namespaces/shop/scaledobjects": FORBIDDEN,
      [REVIEWS]: allowed,
    },
    "shop",
  );
  await expect(init()).rejects.toThrow(
    "missing RBAC permission: list deployments.apps in shop; list scaledobjects.keda.sh in shop (context here)",
  );
  expect(readdirSync(folder)).toEqual(["kubeconfig"]);
});

test("a list that fails although it is allowed is no empty one", async () => {
  await cluster(
    {
      ...answersWith(WEB),
      "/apis/autoscaling/v2/namespaces/shop/horizontalpodautoscalers": { code: 500, message: "etcd" },
      [REVIEWS]: { status: { allowed: true } },
    },
    "shop",
  );
  await expect(init()).rejects.toThrow(
    "the API server of context here did not list horizontalpodautoscalers.autoscaling in shop",
  );
});

test("a folder that cannot be written to, and a wrong option, are refused by name", async () => {
  await cluster(answersWith(WEB), "shop");
  writeFileSync(join(folder, "proof"), "a file");
  await expect(init()).rejects.toThrow(/autoscaling\.yaml cannot be written: /);
  await expect(runInit(["--outt", "x"])).rejects.toThrow("Unknown option '--outt'");
  await expect(runInit(["-n", "Shop"])).rejects.toThrow('--namespace: "Shop" cannot be a namespace');
});

test("--help prints the options and reads nothing", async () => {
  process.env.KUBECONFIG = join(folder, "none");
  expect(await runInit(["--help"])).toBe(0);
  expect(stdout).toMatch(/^usage: ownsignal init/);
});
