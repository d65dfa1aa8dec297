import { deploy, rollChangedImages } from "../../../../scripts/setup/rollout.ts";

const NEW = { name: "docker.io/ownsignal/api:dev", archive: "", id: "sha256:new" };

interface Pod {
  service: string;
  imageID: string;
  image?: string;
  deleted?: boolean;
  /** The later, the greater. */
  revision?: number;
}

/** What kubectl was asked to restart, with these pods in the namespace. */
async function restarted(pods: readonly Pod[]): Promise<string[]> {
  const asked: string[] = [];
  const list = {
    items: pods.map(({ service, imageID, image = NEW.name, deleted = false, revision = 1 }) => ({
      metadata: {
        labels: { service, "pod-template-hash": `revision-${revision}` },
        creationTimestamp: `2026-01-01T00:00:0${revision}Z`,
        ...(deleted ? { deletionTimestamp: "2026-01-01T00:00:00Z" } : {}),
      },
      status: { containerStatuses: [{ image, imageID }] },
    })),
  };
  await rollChangedImages(
    {
      kubectl: (args) => {
        if (args.includes("restart")) asked.push(args.at(-1) ?? "");
        return Promise.resolve(args.includes("get") ? JSON.stringify(list) : "");
      },
    },
    [NEW],
  );
  return asked;
}

describe("workloads that run an image of the same tag", () => {
  test("are not restarted when it is this build", async () => {
    expect(await restarted([{ service: "api", imageID: "sha256:new" }])).toEqual([]);
  });

  test("are restarted once when it is another build, however many pods", async () => {
    const old = { service: "api", imageID: "sha256:old" };
    expect(await restarted([old, old])).toEqual(["deployment/api"]);
  });

  test("are not restarted when the pod is terminating, has not started, or runs another image", async () => {
    expect(
      await restarted([
        { service: "api", imageID: "sha256:old", deleted: true },
        { service: "api", imageID: "" },
        { service: "cache", imageID: "sha256:old", image: "docker.io/library/redis:7.0.15-bookworm" },
      ]),
    ).toEqual([]);
  });
});

test("a workload whose rollout is under way is not restarted once more, and one whose newest pods are old is", async () => {
  const old = { service: "api", imageID: "sha256:old" };
  expect(
    await restarted([
      { ...old, revision: 1 },
      { service: "api", imageID: "", revision: 2 },
    ]),
  ).toEqual([]);
  expect(await restarted([{ service: "api", imageID: "sha256:new", revision: 2 }, old])).toEqual([]);
  expect(await restarted([old, { ...old, revision: 2 }])).toEqual(["deployment/api"]);
});

test("a deployment waits for every workload of its overlay, and for its ScaledObject", async () => {
  const waitedFor: string[] = [];
  const applied = [
    "namespace/orders-dev",
    "deployment.apps/api",
    "deployment.apps/kube-state-metrics",
    "statefulset.apps/cache",
    "scaledobject.keda.sh/worker",
    "",
  ];
  await deploy(
    {
      kubectl: (args) => {
        if (args.includes("apply")) return Promise.resolve(applied.join("\n"));
        if (args.includes("status")) waitedFor.push(args[4] ?? "");
        if (args.includes("wait")) waitedFor.push(args[4] ?? "");
        return Promise.resolve(JSON.stringify({ items: [] }));
      },
    },
    { images: [], overlay: "kustomize/overlays/dev" },
  );
  expect(waitedFor).toEqual([
    "statefulset.apps/cache",
    "deployment.apps/api",
    "deployment.apps/kube-state-metrics",
    "scaledobject.keda.sh/worker",
  ]);
});
