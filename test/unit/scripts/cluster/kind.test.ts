import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { SERVICES } from "../../../../scripts/images/bundle.ts";
import { kindProvider, type KindTools } from "../../../../scripts/cluster/kind.ts";
import { CommandError } from "../../../../scripts/process/command.ts";

/** What Docker, kind and kubectl would say, by the beginning of the command line; "" to everything else. */
type Answers = Readonly<Record<string, string | Error>>;

const NO_SUCH_CONTAINER = new CommandError(["docker", "inspect"], 1, "No such object");
const ON_NODE = JSON.stringify({
  status: { id: "sha256:config", repoDigests: ["docker.io/library/import-2026-01-01@sha256:manifest"] },
});
const FRESH: Answers = { "docker inspect": NO_SUCH_CONTAINER, "docker exec": ON_NODE };
const RUNNING: Answers = {
  "kind get clusters": "other\nownsignal\n",
  "docker inspect": "true\n",
  "docker exec": ON_NODE,
};

describe("the provider kind executes", () => {
  let folder: string;
  let executed: string[];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "ownsignal-kind-"));
    executed = [];
  });
  afterEach(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  function toolsThatSay(answers: Answers): KindTools {
    const kubeconfig = join(folder, "kind/kubeconfig");
    return {
      execute: async (command, args) => {
        const line = [command, ...args].join(" ").replaceAll(folder, "FOLDER");
        executed.push(line);
        // As the real one does.
        if (line.includes("create cluster") || line.includes("export kubeconfig")) await writeFile(kubeconfig, "");
        const answer = Object.entries(answers).find(([beginning]) => line.startsWith(beginning))?.[1] ?? "";
        if (answer instanceof Error) throw answer;
        return answer;
      },
      bundle: () => {
        executed.push("bundle");
        return Promise.resolve();
      },
      kind: () => Promise.resolve("kind"),
      kubeconfig,
      platform: "linux",
    };
  }

  async function made(): Promise<void> {
    await mkdir(join(folder, "kind"));
    await writeFile(join(folder, "kind/made"), "");
  }

  const changes = (): string[] =>
    executed.filter((line) => !/^(docker (info|ps|inspect)|kind get|kubectl version)/.test(line));

  test("a cluster by digest with a kubeconfig of its own, and the load balancer, where nothing is", async () => {
    const cluster = await kindProvider(toolsThatSay(FRESH)).up();
    expect(changes()).toEqual([
      expect.stringMatching(
        /^kind create cluster --name ownsignal --image docker\.io\/kindest\/node:v1\.36\.\d+@sha256:[0-9a-f]{64} --kubeconfig FOLDER\/kind\/kubeconfig --wait 300s$/,
      ),
      "docker rm --force ownsignal-cloud-provider-kind",
      expect.stringMatching(
        /^docker run --detach --name ownsignal-cloud-provider-kind --network kind --volume \/var\/run\/docker\.sock:\/var\/run\/docker\.sock registry\.k8s\.io\/cloud-provider-kind\/\S+:v[0-9.]+@sha256:[0-9a-f]{64}$/,
      ),
      "kubectl --kubeconfig FOLDER/kind/kubeconfig get --raw /readyz",
    ]);
    expect(cluster.shellLine).toBe(`export KUBECONFIG=${join(folder, "kind/kubeconfig")}`);
  });

  test("nothing twice where everything runs", async () => {
    await made();
    await kindProvider(toolsThatSay(RUNNING)).up();
    expect(changes()).toEqual([
      "kind export kubeconfig --name ownsignal --kubeconfig FOLDER/kind/kubeconfig",
      "kubectl --kubeconfig FOLDER/kind/kubeconfig wait --for=condition=Ready node --all --timeout=300s",
      "kubectl --kubeconfig FOLDER/kind/kubeconfig get --raw /readyz",
    ]);
  });

  test("a start of the node after a reboot", async () => {
    await made();
    await kindProvider(toolsThatSay({ ...RUNNING, "docker inspect": "false\n" })).up();
    expect(changes()[0]).toBe("docker start ownsignal-control-plane");
  });

  test("no second load balancer where another one runs", async () => {
    const ps = "theirs registry.k8s.io/cloud-provider-kind/cloud-controller-manager:v0.10.0\n";
    await kindProvider(toolsThatSay({ ...FRESH, "docker ps": ps })).up();
    expect(executed.filter((line) => line.startsWith("docker run"))).toEqual([]);
  });

  test("a build and a load of the four images, and asks the node by what digest it knows them", async () => {
    const cluster = await kindProvider(toolsThatSay(FRESH)).up();
    executed = [];
    const { images, overlay } = await cluster.provideImages();
    expect(executed[0]).toBe("bundle");
    const builds = executed.filter((line) => line.startsWith("docker build"));
    expect(builds.map((line) => /--target (\S+) --tag (\S+) \S+\/dist$/.exec(line)?.slice(1))).toEqual(
      SERVICES.map((service) => [service, `docker.io/ownsignal/${service}:dev`]),
    );
    expect(executed).toContain(
      `kind load docker-image --name ownsignal ${SERVICES.map((service) => `docker.io/ownsignal/${service}:dev`).join(" ")}`,
    );
    expect(images[0]).toEqual({ name: "docker.io/ownsignal/api:dev", id: "sha256:manifest" });
    expect(overlay).toMatch(/kustomize\/overlays\/dev$/);
  });

  test("KEDA and metrics-server from pinned release manifests", async () => {
    const { controllers } = await kindProvider(toolsThatSay(FRESH)).up();
    expect(controllers).toEqual({
      keda: "https://github.com/kedacore/keda/releases/download/v2.21.0/keda-2.21.0.yaml",
      metricsServer: "https://github.com/kubernetes-sigs/metrics-server/releases/download/v0.9.0/components.yaml",
      components: { keda: ["keda"], metricsServer: ["metrics-server", "metrics-server-insecure-kubelet"] },
    });
  });

  test("on down the removal of its own containers, cluster and kubeconfig, and of nothing else", async () => {
    await made();
    const tools = toolsThatSay({ ...RUNNING, "docker ps --all": "balancer1\nbalancer2\n" });
    await kindProvider(tools).down();
    expect(executed).toContain("docker ps --all --quiet --filter label=io.x-k8s.cloud-provider-kind.cluster=ownsignal");
    expect(changes()).toEqual([
      "docker rm --force ownsignal-cloud-provider-kind",
      "kind delete cluster --name ownsignal --kubeconfig FOLDER/kind/kubeconfig",
      "docker rm --force balancer1 balancer2",
    ]);
    expect(existsSync(dirname(tools.kubeconfig))).toBe(false);
  });

  test("no delete where there is no cluster", async () => {
    await kindProvider(toolsThatSay(FRESH)).down();
    expect(changes()).toEqual(["docker rm --force ownsignal-cloud-provider-kind"]);
  });

  test.each(["up", "down"] as const)("nothing to a cluster of that name that somebody else made: %s", async (way) => {
    await expect(kindProvider(toolsThatSay(RUNNING))[way]()).rejects.toMatchObject({
      message: expect.stringContaining("there is a kind cluster ownsignal that was not made from here") as string,
      fix: "if it is not needed: kind delete cluster --name ownsignal",
    });
    expect(changes()).toEqual([]);
  });

  test("nothing but `docker info` where Docker does not answer", async () => {
    const tools = toolsThatSay({ "docker info": new CommandError(["docker", "info"], 1, "no daemon") });
    await expect(kindProvider(tools).up()).rejects.toMatchObject({
      message: expect.stringContaining("Docker does not answer") as string,
      fix: expect.stringContaining("CLUSTER=embedded") as string,
    });
    expect(executed).toEqual(["docker info"]);
  });

  test("nothing on attach where no cluster is", async () => {
    await expect(kindProvider(toolsThatSay(FRESH)).attach()).rejects.toMatchObject({
      message: expect.stringContaining("no kind cluster ownsignal answers") as string,
      fix: "./scripts/up brings it up",
    });
    expect(executed).toEqual([]);
  });

  test("what leaves a record even when the creation fails, so that it can be deleted", async () => {
    const tools = toolsThatSay({ ...FRESH, "kind create": new CommandError(["kind"], 1, "no space") });
    await expect(kindProvider(tools).up()).rejects.toThrow("no space");
    expect(await readFile(join(folder, "kind/made"), "utf8")).toBe("");
  });
});
