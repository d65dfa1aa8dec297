import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { KubeConfig } from "@kubernetes/client-node";
import { readLive } from "../../../../scripts/diagnosis/readLive.ts";

let server: Server | undefined;
afterEach(() => {
  server?.close();
  server?.closeAllConnections();
});

/** An API server that knows these paths, and answers 403 to any other. */
async function apiServer(answers: Record<string, object>): Promise<{ kubeConfig: KubeConfig; asked: string[] }> {
  const asked: string[] = [];
  const listening = createServer(({ url = "" }, response) => {
    const path = url.split("?")[0] ?? "";
    asked.push(path);
    const answer = answers[path];
    response.writeHead(answer === undefined ? 403 : 200, { "content-type": "application/json" });
    response.end(JSON.stringify(answer ?? { kind: "Status", code: 403 }));
  });
  server = listening;
  await new Promise<void>((resolve) => listening.listen(0, "127.0.0.1", resolve));
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromClusterAndUser(
    { name: "fake", server: `http://127.0.0.1:${(listening.address() as AddressInfo).port}`, skipTLSVerify: true },
    { name: "nobody" },
  );
  return { kubeConfig, asked };
}

const list = (...items: object[]): object => ({ items });
const GROUPS = (...names: string[]): object => ({
  kind: "APIGroupList",
  groups: names.map((name) => ({ name, versions: [] })),
});
const KEDA = "/apis/keda.sh/v1alpha1/namespaces/shop";
const REQUIRED = {
  "/apis/apps/v1/namespaces/shop/deployments": list({ metadata: { name: "api" } }),
  "/apis/apps/v1/namespaces/shop/statefulsets": list({ metadata: { name: "bus" }, spec: { serviceName: "bus" } }),
  "/apis/autoscaling/v2/namespaces/shop/horizontalpodautoscalers": list(),
  "/api/v1/namespaces/shop/services": list({ metadata: { name: "api" } }),
  "/api/v1/namespaces/shop/configmaps": list(),
  "/api/v1/namespaces/shop/limitranges": list({ spec: { limits: [{ type: "Container", default: { cpu: "1" } }] } }),
  [`${KEDA}/scaledobjects`]: list({ metadata: { name: "worker" }, spec: { triggers: [] } }),
  [`${KEDA}/triggerauthentications`]: list(),
};
const VERTICAL = "/apis/autoscaling.k8s.io/v1/namespaces/shop/verticalpodautoscalers";
const CLUSTER_WIDE = "/apis/keda.sh/v1alpha1/clustertriggerauthentications";

test("each kind is read, and VPAs are asked for only where the cluster has them", async () => {
  const { kubeConfig, asked } = await apiServer({ ...REQUIRED, "/apis": GROUPS("apps") });
  const live = await readLive(kubeConfig, "shop");
  expect(Object.entries(live).filter(([, { kind }]) => kind !== "value")).toEqual([]);
  expect(live.workloads).toMatchObject({ value: [{ metadata: { name: "api" } }, { metadata: { name: "bus" } }] });
  expect(live.limitRanges).toMatchObject({ value: [{ spec: { limits: [{ _default: { cpu: "1" } }] } }] });
  expect([asked.includes(VERTICAL), asked.includes(CLUSTER_WIDE)]).toEqual([false, false]);
});

test("where the cluster has VPAs and they must not be read, that is a gap and no absence", async () => {
  const { kubeConfig } = await apiServer({ ...REQUIRED, "/apis": GROUPS("autoscaling.k8s.io") });
  const { verticalAutoscalers } = await readLive(kubeConfig, "shop");
  expect(verticalAutoscalers).toMatchObject({ kind: "gap", forbidden: true });
});

test("authentications of the whole cluster are read where a trigger names one", async () => {
  const trigger = {
    type: "azure-servicebus",
    metadata: {},
    authenticationRef: { kind: "ClusterTriggerAuthentication", name: "azure" },
  };
  const { kubeConfig } = await apiServer({
    ...REQUIRED,
    "/apis": GROUPS(),
    [`${KEDA}/scaledobjects`]: list({ metadata: { name: "worker" }, spec: { triggers: [trigger] } }),
    [CLUSTER_WIDE]: list({ metadata: { name: "azure" } }),
  });
  const { clusterAuthentications } = await readLive(kubeConfig, "shop");
  expect(clusterAuthentications).toMatchObject({ kind: "value", value: [{ metadata: { name: "azure" } }] });
});
