import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Sample } from "../../../loadtest/model/observed.ts";
import type { WorkloadDeclaration } from "../../../loadtest/model/workload.ts";
import { startSampler } from "../../../loadtest/observe/sampler.ts";
import { workloadSampling } from "../../../loadtest/observe/workloads.ts";
import { kubeConfigFor } from "./fakeApiServer.ts";

const WEB: WorkloadDeclaration = {
  name: "web",
  kind: "Deployment",
  object: "shop-web",
  namespace: "shop",
  container: null,
  idleReplicas: null,
};
const STORE: WorkloadDeclaration = { ...WEB, name: "store", kind: "StatefulSet", object: "shop-web" };

let server: Server;
/** What is answered, by path; any other is not found. */
let answers: Record<string, unknown>;
let asked: string[];
let status = 200;

beforeAll(async () => {
  server = createServer((request, response) => {
    const [path = ""] = (request.url ?? "").split("?");
    asked.push(request.url ?? "");
    const found = answers[path];
    const code = status === 200 && found === undefined ? 404 : status;
    response.writeHead(code, { "content-type": "application/json" });
    response.end(JSON.stringify(code === 200 ? found : { kind: "Status", code, message: "told by the server" }));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

beforeEach(() => {
  asked = [];
  status = 200;
  const replicas = { metadata: { generation: 1 }, spec: { replicas: 2 }, status: { replicas: 2, readyReplicas: 1 } };
  const hpa = (name: string, kind: string): object => ({
    metadata: { name },
    spec: { scaleTargetRef: { kind, name: "shop-web" }, minReplicas: 1, maxReplicas: 4, metrics: [] },
  });
  answers = {
    "/apis/apps/v1/namespaces/shop/deployments/shop-web": replicas,
    "/apis/apps/v1/namespaces/shop/statefulsets/shop-web": { ...replicas, spec: { replicas: 3 } },
    "/apis/autoscaling/v2/namespaces/shop/horizontalpodautoscalers": {
      items: [hpa("other", "StatefulSet"), hpa("keda-hpa-web", "Deployment")],
    },
    "/apis/keda.sh/v1alpha1/namespaces/shop/scaledobjects": {
      items: [
        {
          metadata: { name: "by-jobs" },
          // Without a kind KEDA takes a Deployment.
          spec: { scaleTargetRef: { name: "shop-web" }, triggers: [{ type: "redis", metadata: {} }] },
          status: { externalMetricNames: ["s0-redis-jobs"] },
        },
      ],
    },
    "/apis/external.metrics.k8s.io/v1beta1/namespaces/shop/s0-redis-jobs": { items: [{ value: "1500m" }] },
  };
});

async function sampleOf(workloads: readonly WorkloadDeclaration[], externalMetrics = false): Promise<Sample> {
  const { port } = server.address() as AddressInfo;
  const { sources, sampleOf: shape } = workloadSampling(
    kubeConfigFor(`http://127.0.0.1:${port}`),
    { workloads, queues: { jobs: () => Promise.resolve({ active: 3, deadLettered: 0 }) } },
    { externalMetrics },
  );
  const sampler = startSampler(sources, shape, { intervalMs: externalMetrics ? 50 : 5000 });
  try {
    let last = await sampler.next();
    // The names of external metrics are known from the sample before.
    while (externalMetrics && last?.workloads.web?.scaledObject.kind === "value") {
      if (last.workloads.web.externalMetrics.kind !== "absent") break;
      last = await sampler.next();
    }
    if (last === undefined) throw new Error("the sampler was stopped");
    return last;
  } finally {
    await sampler.stop();
  }
}

test("an autoscaler belongs to the workload that its scaleTargetRef names, by kind and name", async () => {
  const { workloads, queues } = await sampleOf([WEB, STORE]);
  expect(workloads.web).toMatchObject({
    replicas: { value: { desired: 2, ready: 1 } },
    autoscaler: { value: { name: "keda-hpa-web" } },
    scaledObject: { value: { name: "by-jobs" } },
  });
  expect(workloads.store).toMatchObject({
    replicas: { value: { desired: 3 } },
    autoscaler: { value: { name: "other" } },
    scaledObject: { kind: "absent" },
  });
  expect(queues.jobs).toEqual({ kind: "value", value: { active: 3, deadLettered: 0 } });
  // A list for the namespace, whatever the number of workloads.
  expect(asked.filter((path) => path.includes("horizontalpodautoscalers"))).toHaveLength(1);
});

test("external metrics are read by the names in the ScaledObject's status, for this ScaledObject", async () => {
  const { workloads } = await sampleOf([WEB], true);
  expect(workloads.web?.externalMetrics).toEqual({ kind: "value", value: [{ name: "s0-redis-jobs", value: 1.5 }] });
  expect(asked.find((path) => path.includes("s0-redis-jobs"))).toContain(
    "labelSelector=scaledobject.keda.sh%2Fname%3Dby-jobs",
  );
});

test("where KEDA is not installed the ScaledObject is absent, and what was not found too", async () => {
  answers = { "/apis/autoscaling/v2/namespaces/shop/horizontalpodautoscalers": { items: [] } };
  const { workloads } = await sampleOf([WEB], true);
  const absent = { kind: "absent" };
  expect(workloads.web).toEqual({
    replicas: absent,
    autoscaler: absent,
    scaledObject: absent,
    externalMetrics: absent,
  });
});

test("what may not be read is a gap with the object's name, and not a page of headers", async () => {
  status = 403;
  const { workloads } = await sampleOf([WEB]);
  expect(workloads.web?.replicas).toEqual({
    kind: "gap",
    error: "Deployment shop-web in shop: the API server answered 403",
  });
  expect(workloads.web?.scaledObject).toEqual({
    kind: "gap",
    error: "ScaledObjects in shop: the API server answered 403",
  });
});
