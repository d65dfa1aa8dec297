import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { AnySchema } from "ajv";
import { Ajv2020 } from "ajv/dist/2020.js";
import { parse } from "yaml";
import { declared, filesOf, textOf, texts } from "./made.ts";
import { CRON, hpa, REDIS, scaledObject, service, workload } from "./objects.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ownsignal-init-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

test("an HPA on CPU with a Service gets a k6 load, and the other HPA is its control", async () => {
  const made = await filesOf({
    deployments: [workload("web"), workload("control"), workload("unscaled")],
    autoscalers: [hpa("web"), hpa("control")],
    services: [
      service("web", [
        { name: "metrics", port: 9797 },
        { name: "http", port: 9898, protocol: "TCP" },
      ]),
      service("control", [{ port: 443 }]),
    ],
  });
  expect([texts(made), made.unwritten]).toEqual([[], []]);
  expect(made.files.map(({ name }) => name)).toEqual([
    "autoscaling.yaml",
    "load-control.js",
    "load-web.js",
    "autoscaling.schema.json",
  ]);
  const { namespace, workloads, scenarios } = await declared(made, folder);
  expect([namespace, workloads.map(({ name, object }) => [name, object])]).toEqual([
    "shop",
    [
      ["control", "control"],
      ["web", "web"],
    ],
  ]);
  const [control, web] = scenarios;
  expect(control?.load).toMatchObject({ environment: { BASE_URL: { address: { port: 443, scheme: "https" } } } });
  expect(web).toMatchObject({
    name: "web",
    mustScale: [{ workload: "web", metric: { kind: "resource", name: "cpu", container: null }, atLeast: 3 }],
    mustNotScale: ["control"],
    load: {
      kind: "k6",
      script: join(folder, "load-web.js"),
      iterations: 12_000,
      environment: {
        BASE_URL: { kind: "service", address: { service: "web", port: 9898, scheme: "http" } },
        RATE: { kind: "text", text: "100" },
        DURATION_SECONDS: { kind: "text", text: "120" },
      },
    },
  });
  expect(textOf(made)).toContain(
    "  # HorizontalPodAutoscaler web: 1 to 4 replicas; scale-up window 0 s, scale-down window 30 s\n" +
      "  #   cpu of its pods, target 50 % of what is requested\n  web: { deployment: web }\n",
  );
});

test("the k6 script is a module that takes rate, duration and address from its environment", async () => {
  const made = await filesOf({
    deployments: [workload("web")],
    autoscalers: [hpa("web")],
    services: [service("web", [{ port: 80 }])],
  });
  writeFileSync(join(folder, "load-web.mjs"), textOf(made, "load-web.js"));
  await promisify(execFile)(process.execPath, ["--check", join(folder, "load-web.mjs")]);
  for (const name of ["RATE", "DURATION_SECONDS", "BASE_URL"]) {
    expect(textOf(made, "load-web.js")).toContain(`__ENV.${name}`);
  }
  expect(textOf(made)).toContain("# No control: nothing else scales here");
});

test("the schema line names a file that is written, which takes what is written", async () => {
  const made = await filesOf({
    deployments: ["web", "worker", "report"].map(workload),
    autoscalers: [hpa("web")],
    scaledObjects: [scaledObject("worker", [REDIS]), scaledObject("report", [CRON])],
    services: [service("web", [{ port: 80 }])],
  });
  const [first = ""] = textOf(made).split("\n");
  expect(first).toBe("# yaml-language-server: $schema=./autoscaling.schema.json");
  const validate = new Ajv2020({ strict: false, validateFormats: false }).compile(
    JSON.parse(textOf(made, "autoscaling.schema.json")) as AnySchema,
  );
  expect(validate(parse(textOf(made)))).toBe(true);
  expect(validate({ ...(parse(textOf(made)) as object), version: 2 })).toBe(false);
});

test("memory of a container, and a scale-up window that makes the load longer", async () => {
  const memory = {
    type: "ContainerResource",
    containerResource: { name: "memory", container: "app", target: { type: "AverageValue", averageValue: "100Mi" } },
  };
  const made = await filesOf({
    deployments: [workload("uploads")],
    autoscalers: [
      hpa("uploads", { metrics: [memory], maxReplicas: 2, behavior: { scaleUp: { stabilizationWindowSeconds: 60 } } }),
    ],
    services: [service("uploads", [{ port: 80 }])],
  });
  const { scenarios } = await declared(made, folder);
  expect(scenarios[0]?.mustScale).toMatchObject([
    { metric: { kind: "resource", name: "memory", container: "app" }, atLeast: 2 },
  ]);
  expect(scenarios[0]?.load).toMatchObject({ iterations: 18_000, timeoutSeconds: 240 });
  expect(textOf(made)).toContain("#   memory of container app, target 100Mi a replica");
});

test("an HPA on CPU whose pods no Service selects gets a command to be written", async () => {
  const made = await filesOf({
    deployments: [workload("batch")],
    autoscalers: [hpa("batch")],
    services: [
      service("other", [{ port: 80 }]),
      service("without-selector", [{ port: 80 }], { selector: {} }),
      service("batch", [{ port: 53, protocol: "UDP" }]),
    ],
  });
  expect(made.unwritten).toEqual(["load-batch.sh"]);
  expect((await declared(made, folder)).scenarios[0]?.load).toMatchObject({ command: ["sh", "load-batch.sh"] });
});

test("a StatefulSet, beside a Deployment of the same name", async () => {
  const made = await filesOf({
    deployments: [workload("db")],
    statefulSets: [workload("db")],
    autoscalers: [hpa("db"), hpa("db-set", {}, { kind: "StatefulSet", name: "db" })],
  });
  expect((await declared(made, folder)).workloads.map(({ name, kind, object }) => [name, kind, object])).toEqual([
    ["db", "Deployment", "db"],
    ["db-statefulset", "StatefulSet", "db"],
  ]);
});

test("names that YAML reads as something else, and long ones with dots, are those of the objects", async () => {
  const long = `${"a".repeat(60)}.b`;
  const names = ["true", "1", "null", long];
  const made = await filesOf({ deployments: names.map(workload), autoscalers: names.map((name) => hpa(name)) });
  const { workloads } = await declared(made, folder);
  expect(workloads.map(({ object }) => object).sort()).toEqual([...names].sort());
  expect(workloads.every(({ name }) => name.length <= 63)).toBe(true);
});

test("what is wrong is said, and left out where it cannot be proven", async () => {
  const made = await filesOf({
    deployments: ["web", "twice", "stuck", "empty"].map(workload),
    autoscalers: [
      hpa("web"),
      hpa("twice"),
      hpa("stuck", { maxReplicas: 1 }),
      hpa("rollout", {}, { kind: "Rollout", name: "shop" }),
    ],
    scaledObjects: [scaledObject("twice", [REDIS]), scaledObject("gone", [REDIS]), scaledObject("empty", [])],
  });
  expect(texts(made)).toEqual([
    "ScaledObject empty has no triggers, so nothing can scale it: left out",
    "ScaledObject gone scales Deployment gone, which does not exist: left out. Correct its scaleTargetRef, or delete it",
    "HorizontalPodAutoscaler rollout scales Rollout shop, and only Deployments and StatefulSets can be proven: left out",
    "HorizontalPodAutoscaler stuck allows at most 1, and 1 is what it has without load: it cannot scale, so it is a control only",
    "HorizontalPodAutoscaler twice and ScaledObject twice all scale Deployment twice, each against the others: left out. Delete all but one",
  ]);
  const { workloads, scenarios } = await declared(made, folder);
  expect(workloads.map(({ name }) => name)).toEqual(["stuck", "web"]);
  expect(scenarios).toMatchObject([{ name: "web", mustNotScale: ["stuck"] }]);
});

test("a ScaledObject that is paused or not ready, and Services that may not be listed, are said", async () => {
  const paused = scaledObject("worker", [REDIS], {}, { annotations: { "autoscaling.keda.sh/paused": "true" } });
  const conditions = [{ type: "Ready", status: "False", reason: "TriggerError", message: "no such host" }];
  const made = await filesOf(
    { deployments: [workload("worker")], scaledObjects: [{ ...paused, status: { conditions } }] },
    { "/api/v1/namespaces/shop/services": { code: 403, message: "forbidden" } },
  );
  expect(texts(made)).toEqual([
    'ScaledObject worker is paused (autoscaling.keda.sh/paused: "true"): it will not scale until the annotation is removed',
    "ScaledObject worker is not ready: no such host",
    "Services in shop cannot be listed (missing permission: list services), so no load knows an address",
  ]);
  await declared(made, folder);
});

test("nothing that scales gives no files", async () => {
  expect(await filesOf({ deployments: [workload("web")] })).toEqual({
    scalables: [],
    findings: [],
    files: [],
    unwritten: [],
  });
});
