import { jest } from "@jest/globals";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runExplain } from "../../../../scripts/cli/explain.ts";
import { type FakeApiServer, startFakeApiServer } from "../../loadtest/fakeApiServer.ts";

let folder: string;
let server: FakeApiServer | undefined;
let stdout: string;
const before = process.env.KUBECONFIG;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ownsignal-explain-"));
  stdout = "";
  jest.spyOn(process.stdout, "write").mockImplementation((text) => {
    stdout += String(text);
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

const METRIC = "s0-azure-servicebus-orders";
const condition = (type: string, status: string, reason: string): object => ({ type, status, reason, message: "" });
const deployment = (name: string, replicas: number, readyReplicas: number): object => ({
  metadata: { name, generation: 1 },
  spec: { replicas },
  status: { replicas, readyReplicas, observedGeneration: 1 },
});
const WORKER = deployment("worker", 5, 1);

function answers(): Record<string, Record<string, unknown>> {
  const external = { metric: { name: METRIC } };
  return {
    "/version": { gitVersion: "v1.36.3", major: "1", minor: "36" },
    "/apis/apps/v1/namespaces/shop/deployments": { items: [WORKER, deployment("web", 1, 1)] },
    "/apis/apps/v1/namespaces/shop/deployments/worker": WORKER as Record<string, unknown>,
    "/apis/apps/v1/namespaces/shop/statefulsets": { items: [] },
    "/apis/autoscaling/v2/namespaces/shop/horizontalpodautoscalers": {
      items: [
        {
          metadata: { name: "keda-hpa-worker", ownerReferences: [{ kind: "ScaledObject", name: "worker" }] },
          spec: {
            scaleTargetRef: { kind: "Deployment", name: "worker" },
            minReplicas: 1,
            maxReplicas: 8,
            metrics: [
              { type: "External", external: { ...external, target: { type: "AverageValue", averageValue: "50" } } },
            ],
          },
          status: {
            currentReplicas: 5,
            desiredReplicas: 5,
            currentMetrics: [{ type: "External", external: { ...external, current: { averageValue: "780" } } }],
            conditions: [
              condition("ScalingActive", "True", "ValidMetricFound"),
              condition("ScalingLimited", "True", "ScaleUpLimit"),
            ],
          },
        },
      ],
    },
    "/apis/keda.sh/v1alpha1/namespaces/shop/scaledobjects": {
      items: [
        {
          metadata: { name: "worker" },
          spec: {
            scaleTargetRef: { name: "worker" },
            triggers: [{ type: "azure-servicebus", metadata: { queueName: "orders" } }],
          },
          status: { externalMetricNames: [METRIC], conditions: [condition("Active", "True", "ScalerActive")] },
        },
      ],
    },
    [`/apis/external.metrics.k8s.io/v1beta1/namespaces/shop/${METRIC}`]: { items: [{ value: "3900" }] },
  };
}

async function cluster(given: Parameters<typeof startFakeApiServer>[0]): Promise<void> {
  server = await startFakeApiServer(given);
  process.env.KUBECONFIG = join(folder, "kubeconfig");
  writeFileSync(
    process.env.KUBECONFIG,
    JSON.stringify({
      ...{ apiVersion: "v1", kind: "Config", "current-context": "here", users: [{ name: "me", user: {} }] },
      clusters: [{ name: "one", cluster: { server: server.address, "insecure-skip-tls-verify": true } }],
      contexts: [{ name: "here", context: { cluster: "one", user: "me", namespace: "shop" } }],
    }),
  );
}

test("it says what the metric calls for, which rule decides, and what is on its way", async () => {
  await cluster(answers());
  expect(await runExplain([])).toBe(0);
  expect(stdout).toBe(
    "worker: 5 desired, 5 there, 1 ready\n" +
      `  ${METRIC}: 780 a replica, 3900 at its source, target 50: calls for 78\n` +
      "  policy: scaling up by 4 pods in 15 s or 100 % in 15 s, the larger; its metrics call for 78\n" +
      "  start: 4 of 5 pods are not ready yet\n",
  );
});

test("--json has the same as data", async () => {
  await cluster(answers());
  expect(await runExplain(["worker", "--json"])).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject([
    {
      workload: "worker",
      replicas: { desired: 5, ready: 1 },
      rules: [{ id: "policy", direction: "up", proposed: 78 }, { id: "start" }],
    },
  ]);
});

test("what cannot be explained is refused with what there is", async () => {
  await cluster(answers());
  await expect(runExplain(["wroker"])).rejects.toMatchObject({
    message: expect.stringContaining('"wroker"') as string,
    fix: "did you mean worker? there are worker",
  });
  await expect(runExplain(["web"])).rejects.toThrow('nothing scales a workload "web" in namespace shop');
  await expect(runExplain(["-n", "empty"])).rejects.toThrow("nothing scales in namespace empty");
  await server?.close();
  await cluster({
    ...answers(),
    "/apis/autoscaling/v2/namespaces/shop/horizontalpodautoscalers": { code: 403, message: "no" },
  });
  await expect(runExplain([])).rejects.toThrow("HorizontalPodAutoscalers in shop cannot be listed");
});
