import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ordersPart } from "../../../loadtest/targets/orders/permissions.ts";
import { addImages, imagesOf, type PodImages, readTarget } from "../../../loadtest/preflight/target.ts";
import { target as schema } from "../../../loadtest/model/target.ts";
import { run } from "../../../scripts/process/command.ts";
import { type Answer, kubeConfigFor, startFakeApiServer } from "./fakeApiServer.ts";

/** KEDA by Helm, and metrics-server, as their APIs lead to them. */
const CONTROLLERS = {
  "/apis/apiregistration.k8s.io/v1/apiservices/v1alpha1.keda.sh": { metadata: { name: "v1alpha1.keda.sh" } },
  ...apiOf("v1beta1.external.metrics.k8s.io", "autoscaling", "keda-operator-metrics-apiserver"),
  ...apiOf("v1beta1.metrics.k8s.io", "kube-system", "metrics-server"),
  "/apis/apps/v1/namespaces/autoscaling/deployments": {
    items: [
      deployment("autoscaling", "keda-operator-metrics-apiserver", "ghcr.io/kedacore/keda-metrics-apiserver:2.21.0"),
      deployment("autoscaling", "keda-operator", "ghcr.io/kedacore/keda:2.21.0@sha256:aa"),
    ],
  },
  "/apis/apps/v1/namespaces/kube-system/deployments": {
    items: [deployment("kube-system", "metrics-server", "registry.k8s.io/metrics-server/metrics-server:v0.9.0")],
  },
};

function deployment(namespace: string, name: string, image: string): object {
  return {
    metadata: { name, namespace, labels: { app: name }, annotations: { "meta.helm.sh/release-name": "keda" } },
    spec: { template: { metadata: { labels: { app: name } }, spec: { containers: [{ image }] } } },
  };
}

function apiOf(name: string, namespace: string, service: string): Record<string, Answer> {
  return {
    [`/apis/apiregistration.k8s.io/v1/apiservices/${name}`]: {
      metadata: { name },
      spec: { service: { name: service, namespace } },
    },
    [`/api/v1/namespaces/${namespace}/services/${service}`]: {
      metadata: { name: service, namespace },
      spec: { selector: { app: service } },
    },
  };
}

const apiPod = {
  metadata: { labels: { service: "api" } },
  status: {
    containerStatuses: [{ name: "api", image: "docker.io/ownsignal/api:dev", imageID: "sha256:aa" }],
    initContainerStatuses: [
      {
        name: "validator",
        image: "docker.io/ownsignal/validator:dev",
        imageID: "docker.io/ownsignal/validator@sha256:bb",
      },
    ],
  },
};

let checkout: string;
beforeEach(async () => {
  checkout = await mkdtemp(join(tmpdir(), "ownsignal-target-"));
});
afterEach(() => rm(checkout, { recursive: true }));

test("the target has versions, nodes and images", async () => {
  const server = await startFakeApiServer({
    "/version": { gitVersion: "v1.36.3", major: "1", minor: "36" },
    ...CONTROLLERS,
    "/api/v1/nodes": {
      items: [
        {
          metadata: { name: "one" },
          status: {
            nodeInfo: { kubeletVersion: "v1.36.3", architecture: "amd64" },
            capacity: { cpu: "2", memory: "24Gi" },
          },
        },
      ],
    },
    "/api/v1/namespaces/orders-dev/pods": { items: [apiPod] },
  });
  try {
    const target = await readTarget(server.kubeConfig, "orders-dev", {
      k6Path: "/nowhere/k6",
      checkout,
      partOf: ordersPart,
    });
    expect(schema.parse(target)).toEqual({
      context: "test",
      namespace: "orders-dev",
      kubernetes: "v1.36.3",
      keda: "2.21.0 (Helm release keda, namespace autoscaling)",
      metricsServer: "0.9.0 (Helm release keda, namespace kube-system)",
      k6: null,
      nodes: [{ name: "one", kubelet: "v1.36.3", cpu: "2", memory: "24Gi", architecture: "amd64" }],
      images: [
        { workload: "api", container: "api", image: "docker.io/ownsignal/api:dev", digest: "sha256:aa" },
        { workload: "api", container: "validator", image: "docker.io/ownsignal/validator:dev", digest: "sha256:bb" },
      ],
      revision: null,
    });
  } finally {
    await server.close();
  }
});

test("without an answer from the cluster the target is empty, and no error", async () => {
  const server = await startFakeApiServer({});
  await server.close();
  const target = await readTarget(kubeConfigFor(server.address), "orders", {
    k6Path: "/nowhere/k6",
    checkout,
    partOf: ordersPart,
  });
  expect(schema.parse(target)).toMatchObject({ context: "test", kubernetes: null, keda: null, nodes: [], images: [] });
});

test("the revision is the commit, with -dirty after a change", async () => {
  const git = (...args: string[]): Promise<string> => run("git", ["-C", checkout, ...args]);
  await git("init", "--quiet");
  await git("-c", "user.name=a", "-c", "user.email=a@b", "commit", "--quiet", "--allow-empty", "-m", "x");
  const commit = (await git("rev-parse", "HEAD")).trim();
  const server = await startFakeApiServer({});
  await server.close();
  const revision = async (): Promise<string | null> =>
    (await readTarget(kubeConfigFor(server.address), "orders", { k6Path: "/nowhere/k6", checkout, partOf: ordersPart }))
      .revision;
  expect(await revision()).toBe(commit);
  await writeFile(join(checkout, "new"), "");
  expect(await revision()).toBe(`${commit}-dirty`);
});

test("an image is listed once, and a second build of it separately", () => {
  const pod = (imageID: string): PodImages => ({
    metadata: { labels: { service: "worker" } },
    status: {
      containerStatuses: [{ name: "worker", image: "docker.io/ownsignal/worker:dev", imageID }],
    },
  });
  const images = imagesOf([pod("sha256:1"), pod("sha256:1"), pod("")], ordersPart);
  expect(images.map(({ digest }) => digest)).toEqual(["sha256:1"]);
  addImages(images, imagesOf([pod("sha256:1"), pod("sha256:2")], ordersPart));
  expect(images.map(({ digest }) => digest)).toEqual(["sha256:1", "sha256:2"]);
});
