import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { SERVICES } from "../../../../scripts/images/bundle.ts";
import { clusterConfig, type ClusterRecord, parseRecord } from "../../../../scripts/cluster/kind/clusterConfig.ts";
import { KIND_TOOLS, kindProvider, type KindTools } from "../../../../scripts/cluster/kind/kind.ts";
import { RELEASE_MANIFESTS } from "../../../../scripts/cluster/releaseManifests.ts";
import { CommandError } from "../../../../scripts/process/command.ts";

/** What Docker, kind and kubectl would say, by the beginning of the command line, one after the other where there are several; "" to everything else. */
type Answers = Readonly<Record<string, string | Error | (string | Error)[]>>;

const NO_SUCH_CONTAINER = new CommandError(["docker", "inspect"], 1, "No such object");
const ON_NODE = JSON.stringify({
  status: { id: "sha256:config", repoDigests: ["docker.io/library/import-2026-01-01@sha256:manifest"] },
});
const VERSIONS = JSON.stringify({ clientVersion: { gitVersion: "v1.36.1" }, serverVersion: { gitVersion: "v1.36.4" } });
const FRESH: Answers = { "docker inspect": NO_SUCH_CONTAINER, "docker exec": ON_NODE, "kubectl version": VERSIONS };
const RUNNING: Answers = { ...FRESH, "kind get clusters": "other\nownsignal\n", "docker inspect": "true\n" };
const NODE = "registry.example/node:v1.36.4@sha256:1";

describe("the provider kind executes", () => {
  let folder: string;
  let executed: string[];
  let config: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "ownsignal-kind-"));
    executed = [];
  });
  afterEach(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  function toolsThatSay(answers: Answers, imageArchives: string[] = []): KindTools {
    const kubeconfig = join(folder, "kind/kubeconfig");
    return {
      execute: async (command, args, options) => {
        const line = [command, ...args].join(" ").replaceAll(folder, "FOLDER");
        executed.push(line);
        if (line.includes("create cluster")) config = options?.input ?? "";
        // As the real one does.
        if (line.includes("create cluster") || line.includes("export kubeconfig")) await writeFile(kubeconfig, "");
        const answer = Object.entries(answers).find(([beginning]) =>
          line.replace(" --kubeconfig FOLDER/kind/kubeconfig", "").startsWith(beginning),
        )?.[1];
        const said = Array.isArray(answer) ? (answer.length > 1 ? answer.shift() : answer[0]) : answer;
        if (said instanceof Error) throw said;
        return said ?? "";
      },
      bundle: () => {
        executed.push("bundle");
        return Promise.resolve();
      },
      kind: () => Promise.resolve("kind"),
      nodeImage: NODE,
      imageArchives: () => Promise.resolve(imageArchives),
      releases: RELEASE_MANIFESTS,
      kubeconfig,
    };
  }

  async function made(record: Partial<ClusterRecord> | string = {}): Promise<void> {
    await mkdir(join(folder, "kind"));
    const whole = { state: "created", nodeImage: NODE, config: clusterConfig(NODE) };
    const text = typeof record === "string" ? record : JSON.stringify({ ...whole, ...record });
    await writeFile(join(folder, "kind/made"), text);
  }

  const changes = (): string[] =>
    executed.filter((line) => !/^(docker (info|ps|inspect)|kind get|kubectl .*(version|readyz))/.test(line));

  test("a cluster with a kubeconfig of its own where nothing is", async () => {
    const cluster = await kindProvider(toolsThatSay(FRESH)).up();
    expect(changes()).toEqual([
      "kind create cluster --name ownsignal --config - --kubeconfig FOLDER/kind/kubeconfig --wait 300s --retain",
    ]);
    expect(cluster.shellLine).toBe(`export KUBECONFIG=${join(folder, "kind/kubeconfig")}`);
  });

  test("a cluster whose every node port is published on loopback, on a free port", async () => {
    await kindProvider(toolsThatSay(FRESH)).up();
    const made = JSON.parse(config) as {
      nodes: {
        image: string;
        extraPortMappings: { containerPort: number; hostPort: number; listenAddress: string }[];
      }[];
      kubeadmConfigPatchesJSON6902: { patch: string }[];
    };
    const [node] = made.nodes;
    expect(node?.image).toBe(NODE);
    const published = node?.extraPortMappings.map(({ containerPort }) => containerPort) ?? [];
    expect(made.kubeadmConfigPatchesJSON6902[0]?.patch).toContain(`${published[0] ?? 0}-${published.at(-1) ?? 0}`);
    expect(published).toHaveLength((published.at(-1) ?? 0) - (published[0] ?? 0) + 1);
    for (const mapping of node?.extraPortMappings ?? []) {
      expect(mapping).toMatchObject({ hostPort: 0, listenAddress: "127.0.0.1" });
    }
  });

  test("by default a node image that is pinned by digest", () => {
    expect(KIND_TOOLS.nodeImage).toMatch(/^docker\.io\/kindest\/node:v1\.36\.\d+@sha256:[0-9a-f]{64}$/);
  });

  test("nothing twice where everything runs", async () => {
    await made();
    await kindProvider(toolsThatSay(RUNNING)).up();
    expect(changes()).toEqual([
      "kind export kubeconfig --name ownsignal --kubeconfig FOLDER/kind/kubeconfig",
      "kubectl --kubeconfig FOLDER/kind/kubeconfig wait --for=condition=Ready node --all --timeout=300s",
    ]);
  });

  test("after a reboot a start of the node, and waits until the API server answers", async () => {
    await made();
    const refused = new CommandError(["kubectl"], 1, "connection refused");
    const tools = toolsThatSay({
      ...RUNNING,
      ...{ "docker inspect": "false\n", "kubectl get --raw /readyz": [refused, refused, "ok"] },
    });
    await kindProvider(tools).up();
    expect(changes()[0]).toBe("docker start ownsignal-control-plane");
    expect(executed.filter((line) => line.endsWith("get --raw /readyz"))).toHaveLength(4);
  });

  test("after an interrupted start the deletion of its cluster, and makes it anew", async () => {
    await made({ state: "creating" });
    await kindProvider(toolsThatSay(RUNNING)).up();
    expect(changes().map((line) => line.split(" ").slice(0, 3).join(" "))).toEqual([
      "kind delete cluster",
      "kind create cluster",
    ]);
    expect(parseRecord(await readFile(join(folder, "kind/made"), "utf8"))?.state).toBe("created");
  });

  test.each([
    ["with another node image", { nodeImage: "old:v1.35.0", config: clusterConfig("old:v1.35.0") }, "old:v1.35.0"],
    ["by another version", "", "another version of ownsignal"],
  ])("nothing to a cluster that was made %s, and says what differs", async (_title, record, named) => {
    await made(record);
    const failure = kindProvider(toolsThatSay(RUNNING)).up();
    await expect(failure).rejects.toMatchObject({
      message: expect.stringMatching(new RegExp(`${named}.*needs ${NODE}`)) as string,
      fix: expect.stringContaining("./scripts/down") as string,
    });
    expect(changes()).toEqual([]);
  });

  test("a build and a load of the four images and of the archives that it is given, and asks the node by what digest it knows them", async () => {
    const cluster = await kindProvider(toolsThatSay(FRESH, ["/archives/keda.tar"])).up();
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
    expect(executed).toContain("kind load image-archive --name ownsignal /archives/keda.tar");
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

  test.each(["created", "creating"] as const)(
    "on down the deletion of a cluster that is %s, and of nothing else",
    async (state) => {
      await made({ state });
      const tools = toolsThatSay(RUNNING);
      await kindProvider(tools).down({ confirmed: false });
      expect(changes()).toEqual(["kind delete cluster --name ownsignal --kubeconfig FOLDER/kind/kubeconfig"]);
      expect(existsSync(dirname(tools.kubeconfig))).toBe(false);
    },
  );

  test("no delete where there is no cluster", async () => {
    await kindProvider(toolsThatSay(FRESH)).down({ confirmed: false });
    expect(changes()).toEqual([]);
  });

  test.each(["up", "down"] as const)("nothing to a cluster of that name that somebody else made: %s", async (way) => {
    await expect(kindProvider(toolsThatSay(RUNNING))[way]({ confirmed: false })).rejects.toMatchObject({
      message: expect.stringContaining("there is a kind cluster ownsignal that was not made from here") as string,
      fix: "if it is not needed: kind delete cluster --name ownsignal",
    });
    expect(changes()).toEqual([]);
  });

  test("nothing but `docker info` where Docker does not answer", async () => {
    const tools = toolsThatSay({
      "docker info": new CommandError(["docker", "info"], 1, "Client:\n Version: 1\nerror: no daemon\n"),
    });
    await expect(kindProvider(tools).up()).rejects.toMatchObject({
      message: "Docker does not answer: no daemon",
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

  test("what leaves a record of an unfinished cluster when the creation fails, and says why in one line", async () => {
    const printed =
      "Creating cluster ...\nERROR: failed to create cluster: no space left on device\n\nStack Trace: ...";
    const tools = toolsThatSay({ ...FRESH, "kind create": new CommandError(["kind"], 1, printed) });
    await expect(kindProvider(tools).up()).rejects.toMatchObject({
      name: "CliError",
      message: "the kind cluster could not be brought up: failed to create cluster: no space left on device",
      fix: expect.stringMatching(/^free disk/) as string,
    });
    expect(parseRecord(await readFile(join(folder, "kind/made"), "utf8"))?.state).toBe("creating");
  });

  test("what finds in the node's log why kind could not make it", async () => {
    const tools = toolsThatSay({
      ...FRESH,
      "kind create": new CommandError(["kind"], 1, 'ERROR: failed to create cluster: command "docker exec" failed'),
      "docker logs": "starting\n\u001b[0;1;31mFailed to create inotify object: Too many open files\u001b[0m\n",
    });
    await expect(kindProvider(tools).up()).rejects.toMatchObject({
      message: expect.stringMatching(
        /" failed; the node's log says: Failed to create inotify .* open files$/,
      ) as string,
      fix: expect.stringContaining("fs.inotify.max_user_instances") as string,
    });
  });

  test.each([
    [
      "docker: Error response from daemon: Head https://x: dial tcp: lookup x: no such host.",
      /pull from its registries/,
    ],
    ["permission denied while trying to connect to the Docker daemon socket", /group docker/],
    ["something new", /\.\/scripts\/down/],
  ])("what explains a build that fails with: %s", async (printed, fix) => {
    const tools = toolsThatSay({ ...FRESH, "docker build": new CommandError(["docker"], 1, `Step 1\n${printed}\n`) });
    const cluster = await kindProvider(tools).up();
    await expect(cluster.provideImages()).rejects.toMatchObject({
      name: "CliError",
      message: expect.stringMatching(/^the images could not be built and loaded into the node: [^\n]+$/) as string,
      fix: expect.stringMatching(fix) as string,
    });
  });

  test.each([
    [
      "the port that Docker publishes for a node port",
      "30004",
      "127.0.0.1:49163\n",
      { host: "127.0.0.1", port: 49163 },
    ],
    [
      "a free port where Docker publishes on every address",
      "30004",
      "0.0.0.0:7\n[::]:7\n",
      { host: "0.0.0.0", port: 7 },
    ],
  ])("to dial a Service: %s", async (_title, nodePort, published, expected) => {
    const answers = { "kubectl -n orders-dev get service api": nodePort, "docker port": published };
    const cluster = await kindProvider(toolsThatSay({ ...FRESH, ...answers })).up();
    expect(await cluster.dialService("orders-dev", "api", 80)).toMatchObject(expected);
    expect(executed).toContain(`docker port ownsignal-control-plane ${nodePort}/tcp`);
  });

  test.each([
    ["is too old", "v1.30.9"],
    ["is much too old", "v1.9.0"],
  ])("nothing where kubectl %s", async (_title, gitVersion) => {
    const old = { "kubectl version": JSON.stringify({ clientVersion: { gitVersion } }) };
    await expect(kindProvider(toolsThatSay({ ...FRESH, ...old })).up()).rejects.toMatchObject({
      message: `kubectl is too old: ${gitVersion}`,
      fix: expect.stringContaining("1.31 or newer") as string,
    });
    expect(changes()).toEqual([]);
  });
});
