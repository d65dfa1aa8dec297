import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { preflight, type PreflightOptions } from "../../../loadtest/preflight/preflight.ts";
import type { PreflightFinding } from "../../../loadtest/preflight/finding.ts";
import { sizesOf } from "../../../loadtest/k6/lib/profiles.ts";
import { neededObjects, overlays } from "../../../loadtest/targets/orders/overlays.ts";
import { ordersPermissions } from "../../../loadtest/targets/orders/permissions.ts";
import { ordersScenario } from "../../../loadtest/targets/orders/catalogue.ts";
import type { ScenarioName } from "../../../loadtest/targets/orders/scenarios/names.ts";
import { ordersWorkloads } from "../../../loadtest/targets/orders/workloads.ts";
import { startFakeApiServer, type Answer, type FakeApiServer } from "./fakeApiServer.ts";

export const NAMESPACE = "orders-dev";
export const REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";

export interface ReviewBody {
  spec: { resourceAttributes: { verb: string; resource: string; subresource?: string } };
}

export const list = (...names: string[]): Answer => ({ items: names.map((name) => ({ metadata: { name } })) });
export const review =
  (isAllowed: (attributes: ReviewBody["spec"]["resourceAttributes"]) => boolean) =>
  (body: unknown): Answer => ({ status: { allowed: isAllowed((body as ReviewBody).spec.resourceAttributes) } });
export const rejected = (code: number): Answer => ({ code, message: "no" });

export const running = (...scenarios: ScenarioName[]): Partial<PreflightOptions> => {
  const declared = scenarios.map((name) => ordersScenario(name, sizesOf.smoke, NAMESPACE));
  return { scenarios: declared, targetPermissions: ordersPermissions(NAMESPACE, declared) };
};
export const autoscaling = (...names: string[]): Answer => ({
  items: names.map((name) => ({ metadata: { name }, spec: { scaleTargetRef: { kind: "Deployment", name } } })),
});

const services = (...names: string[]): Record<string, Answer> =>
  Object.fromEntries(names.map((name) => [`/api/v1/namespaces/${NAMESPACE}/services/${name}`, { metadata: { name } }]));
export const secret = (name: string, ...keys: string[]): Record<string, Answer> => ({
  [`/api/v1/namespaces/${NAMESPACE}/secrets/${name}`]: {
    metadata: { name },
    data: Object.fromEntries(keys.map((key) => [key, "YQ=="])),
  },
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
  ...services("api", "cache", "servicebus-emulator", "prometheus"),
  ...secret("servicebus-loadtest", "connection"),
  ...secret("servicebus-emulator-tls", "ca.crt"),
  "/apis/apps/v1/deployments": { items: [] },
};

let folder: string;
let k6Path: string;
let servers: FakeApiServer[];

export async function k6Printing(output: string): Promise<string> {
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

export async function started(answers: Parameters<typeof startFakeApiServer>[0]): Promise<FakeApiServer> {
  const server = await startFakeApiServer(answers);
  servers.push(server);
  return server;
}

/** What preflight finds on a cluster where nothing is missing but for these answers. */
export async function findingsOf(
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
    neededObjects: neededObjects(overlays.dev, { namespace: NAMESPACE, environment: {} }),
    targetFindings: () => Promise.resolve([]),
    k6Path,
    pinnedK6: "1.8.1",
    execsIntoPods: false,
    forwardsPorts: false,
    measureSkew: () => Promise.resolve({ leastMs: -10, mostMs: 10 }),
    ...options,
  });
}
