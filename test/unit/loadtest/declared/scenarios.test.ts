import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Declaration } from "../../../../loadtest/declaration/declaration.ts";
import { parseDeclaration } from "../../../../loadtest/declaration/readDeclaration.ts";
import { declaredScenarios } from "../../../../loadtest/targets/declared/scenarios.ts";
import { declaredWorkloads } from "../../../../loadtest/targets/declared/workloads.ts";
import { LIVE_API, LIVE_WORKER, SCALE_DOWN } from "../fixtures.ts";

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "ownsignal-declared-"));
  await writeFile(join(folder, "fill.sh"), "");
  await writeFile(join(folder, "load.js"), "");
});
afterAll(() => rm(folder, { recursive: true }));

async function declared(scenarios: string): Promise<Declaration> {
  const text = `
version: 1
workloads:
  web: { deployment: shop-web }
  jobs: { statefulSet: shop-jobs, namespace: batch }
loads:
  fill: { command: [sh, fill.sh], environment: { SIZE: 5, AT: { service: web, port: 80 } }, delivered: { count: 7 }, timeout: 1m }
  visits: { k6: load.js, delivered: { iterations: 100 }, timeout: 2m }
  window: { none: 90s }
scenarios:
${scenarios}`;
  const read = await parseDeclaration(text, join(folder, "autoscaling.yaml"));
  if (read.kind === "wrong") throw new Error(JSON.stringify(read.errors));
  return read.declaration;
}

const LIVE = {
  workloads: {
    web: LIVE_API,
    jobs: { ...LIVE_WORKER, keda: { pollingIntervalSeconds: 30, cooldownSeconds: 300, triggers: [] } },
  },
  metricsResolutionSeconds: 15,
};
const at = { namespace: "shop", live: LIVE };

test("a workload is in its own namespace, else in the declaration's", async () => {
  const declaration = await declared("  - { name: x, load: fill, mustScale: [{ workload: jobs, atLeast: 2 }] }");
  expect(declaredWorkloads(declaration, "shop")).toMatchObject([
    { name: "web", kind: "Deployment", object: "shop-web", namespace: "shop", container: null, idleReplicas: null },
    { name: "jobs", kind: "StatefulSet", object: "shop-jobs", namespace: "batch" },
  ]);
});

test("what the file leaves out comes from the live windows, and is told", async () => {
  const declaration = await declared(
    "  - { name: x, load: fill, mustScale: [{ workload: jobs, atLeast: 2 }, { workload: web, atLeast: 2 }] }",
  );
  const { scenarios, defaults } = declaredScenarios(declaration, at);
  // 30 s poll, 15 s sync, 120 s margin; 300 s cooldown, 30 s poll, 120 s margin.
  expect(scenarios[0]?.scenario.mustScale[0]).toMatchObject({
    within: { seconds: 165, after: "load-start" },
    scaleIn: { asserted: true, objectiveSeconds: 450 },
  });
  // No poll, but the metrics' resolution; the HPA's own window.
  expect(scenarios[0]?.scenario.mustScale[1]).toMatchObject({
    within: { seconds: 150 },
    scaleIn: { objectiveSeconds: SCALE_DOWN.stabilizationSeconds + 120 },
  });
  expect(defaults.map(({ path, value }) => `${path}: ${value}`)).toEqual([
    "scenario x: mustScale[0].within: 165s",
    "scenario x: mustScale[0].backToIdle: 450s",
    "scenario x: mustScale[1].within: 150s",
    "scenario x: mustScale[1].backToIdle: 150s",
  ]);
  expect(defaults[1]?.why).toBe("300 s cooldown + 30 s polling interval + 120 s margin");
});

test("what the file says is taken, and nothing is told of it", async () => {
  const declaration = await declared(`
  - name: x
    load: visits
    mustScale:
      - { workload: web, metric: cpu, container: app, atLeast: 3, within: 40s, after: load-end, firstWithin: 20s, backToIdle: false }
    mustNotScale: [jobs]
    objectives: { failedRequests: 0.01, latencyP95: 500ms, directionChanges: 2, overProvisionedTime: 0.5 }
    repeats: 3`);
  const { scenarios, defaults } = declaredScenarios(declaration, at);
  expect(defaults).toEqual([]);
  expect(scenarios[0]).toMatchObject({
    repeats: 3,
    scenario: {
      load: { program: { kind: "k6", script: join(folder, "load.js") }, delivered: 100, timeoutSeconds: 120 },
      reaches: ["web"],
      mustScale: [
        {
          metric: { kind: "resource", name: "cpu", container: "app" },
          atLeast: 3,
          within: { seconds: 40, after: "load-end" },
          firstWithinSeconds: 20,
          scaleIn: { asserted: false },
        },
      ],
      mustNotScale: ["jobs"],
      objectives: {
        failedShare: 0.01,
        latencyP95Ms: 500,
        directionChanges: 2,
        elasticity: { overProvisionedTime: 0.5, underProvisioned: null },
      },
    },
  });
});

test("a command runs in the file's folder, and is told no address before the cluster is asked", async () => {
  const declaration = await declared("  - { name: x, load: fill, mustScale: [{ workload: jobs, atLeast: 2 }] }");
  const [one] = declaredScenarios(declaration, at).scenarios;
  expect(one?.scenario.load).toMatchObject({
    program: { kind: "command", command: ["sh", "fill.sh"], folder },
    environment: { SIZE: "5" },
    delivered: 7,
  });
  // A command's requests are not counted: nothing is asserted of them.
  expect(one?.scenario.objectives.failedShare).toBeNull();
});

test("where nothing is sent nothing has to be delivered", async () => {
  const declaration = await declared("  - { name: x, load: window, mustScale: [{ workload: jobs, atLeast: 2 }] }");
  expect(declaredScenarios(declaration, at).scenarios[0]?.scenario.load).toMatchObject({
    program: { kind: "none" },
    delivered: null,
    seconds: 90,
  });
});

test("faults name live objects and their fields", async () => {
  const declaration = await declared(`
  - name: x
    load: fill
    mustScale: [{ workload: jobs, atLeast: 2 }]
    faults:
      - { when: before-load, set: { object: ScaledObject/jobs, field: 'spec.triggers[0].metadata.listLength', to: "9" }, within: 30s }
      - { when: { ready: jobs, atLeast: 1 }, kill: jobs, within: 1m }
      - { when: { afterLoadEnd: 20s }, restore: true, within: 1m }`);
  expect(declaredScenarios(declaration, at).scenarios[0]?.scenario.faultInjections).toEqual([
    {
      trigger: { kind: "before the load" },
      action: {
        kind: "set",
        field: {
          object: { kind: "ScaledObject", name: "jobs", namespace: "shop" },
          paths: ["spec.triggers[0].metadata.listLength"],
        },
        to: "9",
      },
      withinSeconds: 30,
    },
    {
      trigger: { kind: "ready", workload: "jobs", atLeast: 1 },
      action: { kind: "kill", pods: { workload: "jobs" }, which: "first", how: "delete", container: null },
      withinSeconds: 60,
    },
    { trigger: { kind: "after the load", seconds: 20 }, action: { kind: "restore" }, withinSeconds: 60 },
  ]);
});

test("a fault cordons the nodes of a workload's pods, and restore uncordons them", async () => {
  const declaration = await declared(`
  - name: x
    load: fill
    mustScale: [{ workload: jobs, atLeast: 2 }]
    faults:
      - { when: { intoLoad: 20s }, cordon: jobs, within: 30s }
      - { when: { afterFault: 10s }, restore: true, within: 30s }`);
  expect(declaredScenarios(declaration, at).scenarios[0]?.scenario.faultInjections.map(({ action }) => action)).toEqual(
    [{ kind: "cordon", pods: { workload: "jobs" } }, { kind: "restore" }],
  );
});

test("faults kill and evict by labels or chance, and run commands, at moments of the load", async () => {
  const declaration = await declared(`
  - name: x
    load: fill
    mustScale: [{ workload: jobs, atLeast: 2 }]
    faults:
      - { when: { intoLoad: 20s }, kill: { labels: app=redis }, within: 30s }
      - { when: { afterFault: 10s }, evict: jobs, which: random, within: 30s }
      - { when: { afterFault: 10s }, exec: { in: { labels: app=redis, namespace: data }, command: [kill, "-9", "1"] }, within: 30s }`);
  const at10s = { kind: "after the fault before", seconds: 10 };
  expect(declaredScenarios(declaration, at).scenarios[0]?.scenario.faultInjections).toEqual([
    {
      trigger: { kind: "into the load", seconds: 20 },
      action: {
        ...{ kind: "kill", which: "first", how: "delete", container: null },
        pods: { labels: "app=redis", namespace: "shop", main: null },
      },
      withinSeconds: 30,
    },
    {
      trigger: at10s,
      action: { kind: "kill", pods: { workload: "jobs" }, which: "random", how: "evict", container: null },
      withinSeconds: 30,
    },
    {
      trigger: at10s,
      action: {
        kind: "exec",
        pods: { labels: "app=redis", namespace: "data", main: null },
        command: ["kill", "-9", "1"],
      },
      withinSeconds: 30,
    },
  ]);
});
