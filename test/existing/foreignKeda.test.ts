import type { KubernetesObject } from "@kubernetes/client-node";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CommandError, run } from "../../scripts/process/command.ts";
import { AKS, HELM, RELEASE_MANIFEST, type Way } from "../unit/scripts/controllers/recorded.ts";
import { command, deployDev, INTERRUPTED, interrupted, requireEmbedded } from "./cluster.ts";
import { asInstalledBy, install, listOf, releaseManifest, remove, writtenTo } from "./foreignKeda.ts";

let ownKeda: KubernetesObject[];

async function names(kind: string, namespace: string): Promise<string> {
  return run("kubectl", ["-n", namespace, "get", kind, "-o", "name"]);
}

beforeAll(async () => {
  await requireEmbedded();
  ownKeda = await releaseManifest();
  // Its release manifest is not read then, which takes the network.
  await markMetricsServer(false);
  // KEDA's operator takes its finalizer off them: once it is gone, they would hold their CRD for ever.
  await run("kubectl", ["delete", "scaledobjects.keda.sh", "--all", "--all-namespaces", "--timeout=120s"]).catch(
    (error: unknown) => {
      if (!(error instanceof CommandError && error.output.includes("doesn't have a resource type"))) throw error;
    },
  );
  await remove(ownKeda);
  await run("kubectl", ["delete", "namespace", "keda", "--ignore-not-found", "--timeout=120s"]);
});

/**
 * Without this project's marks metrics-server is somebody's, and the removal leaves all of it; an unfinished mark makes the next up bring it back to
 * its own.
 */
async function markMetricsServer(isOurs: boolean): Promise<void> {
  const mark = isOurs ? "ownsignal/installed=under-way" : "ownsignal/installed-";
  const label = `app.kubernetes.io/managed-by${isOurs ? "=ownsignal" : "-"}`;
  const all = ["--overwrite", "--all-namespaces", "--selector", "k8s-app=metrics-server"];
  await run("kubectl", ["annotate", ...all, "deployments", mark]);
  const kinds = "deployments,services,serviceaccounts,clusterroles,clusterrolebindings,rolebindings,apiservices";
  await run("kubectl", ["label", ...all, kinds, label]);
}

afterAll(async () => {
  await markMetricsServer(true);
  const restored = await command("up", "embedded");
  expect(restored.said).toContain("The cluster is ready");
});

/** What the owner of a KEDA was told, word by word where it is commands; what a chart's values do, a patch does here. */
async function doAsTold(fix: string, way: Way): Promise<void> {
  const [commands = "", values] = fix.split("; set the chart's values ");
  await run("bash", ["-ec", commands], { cwd: await mkdtemp(join(tmpdir(), "ownsignal-told-")) });
  if (values !== undefined) {
    const [volumes, mounts] = ["extraVolumes", "extraVolumeMounts"].map(
      (value) => new RegExp(`volumes\\.keda\\.${value}=(\\[.*?\\])(?= |$)`).exec(values)?.[1],
    );
    const patch = `{"spec":{"template":{"spec":{"volumes":${volumes ?? ""},"containers":[{"name":"keda-operator","volumeMounts":${mounts ?? ""}}]}}}}`;
    await run("kubectl", ["-n", way.namespace, "patch", "deployment", "keda-operator", "-p", patch]);
  }
  await run("kubectl", ["-n", way.namespace, "rollout", "status", "deployment/keda-operator", "--timeout=180s"]);
}

test.each([
  ["Helm's in another namespace", HELM, "Helm release keda, namespace autoscaling"],
  ["a release manifest's", RELEASE_MANIFEST, "manifest, namespace keda"],
])("%s is used and never written to, by up, up again, interrupted ups and the removal", async (_title, way, origin) => {
  const objects = await install(way, ownKeda);
  try {
    const before = await writtenTo(objects);
    const configMaps = await names("configmaps", way.namespace);

    const refused = await command("up", "existing");
    expect(refused.said).toContain(`KEDA 2.21.0 (${origin}) is used as it is`);
    const lacks = `KEDA does not trust the bus: Deployment keda-operator in namespace ${way.namespace} mounts no authority at /custom/ca`;
    expect(refused.said).toContain(`error: ${lacks}`);
    expect(refused.exitCode).toBe(1);
    expect(await writtenTo(objects)).toEqual(before);
    expect(await names("configmaps", way.namespace)).toBe(configMaps);
    if (way.namespace !== "keda") expect(await names("deployments", "keda")).toBe("");

    await doAsTold(/its owner has to: (.*); then run the same command again/.exec(refused.said)?.[1] ?? "", way);
    const changed = await writtenTo(objects);
    expect(changed).not.toEqual(before);
    for (const at of ["==> making Secrets", "==> preparing KEDA"]) {
      expect((await interrupted(at, "up", "existing")).exitCode).toBe(INTERRUPTED);
    }
    for (const time of ["first", "second"]) {
      const accepted = await command("up", "existing");
      expect(accepted.said).toContain("The cluster is ready");
      expect({ time, exitCode: accepted.exitCode }).toEqual({ time, exitCode: 0 });
    }
    await deployDev();
    await command("up", "existing");
    const { said } = await command("doctor", "existing");
    expect(said).not.toMatch(/KEDA|keda|metrics-server/);
    expect(await writtenTo(objects)).toEqual(changed);

    const removed = await command("down", "existing", "--yes");
    expect(removed.said).toContain("ScaledObject orders-dev/worker");
    expect(removed.exitCode).toBe(0);
    expect(await run("kubectl", ["get", "namespace", "orders-dev", "--ignore-not-found"])).toBe("");
    expect(await writtenTo(objects)).toEqual(changed);
  } finally {
    await remove(objects);
    await run("kubectl", ["delete", "namespace", way.namespace, "--timeout=120s"]);
  }
});

test("on AKS's add-on up refuses overlay dev and changes nothing, and the doctor names overlay azure", async () => {
  const objects = await install(AKS, ownKeda);
  try {
    const before = await writtenTo(objects);
    const refused = await command("up", "existing");
    expect(refused.said).toContain("error: KEDA in namespace kube-system is AKS's add-on");
    expect(refused.said).toContain("kustomize/overlays/azure");
    expect(refused.exitCode).toBe(1);
    expect(await writtenTo(objects)).toEqual(before);
    expect(await names("deployments", "keda")).toBe("");
    const { said } = await command("doctor", "existing");
    expect(said.split("\n").filter((line) => /keda/i.test(line))).toEqual([
      expect.stringMatching(
        /^ERROR {2}KEDA in namespace kube-system is AKS's add-on.*Fix: deploy kustomize\/overlays\/azure/,
      ),
    ]);
  } finally {
    await remove(objects);
  }
});

test("half of somebody's KEDA ends up before anything is applied", async () => {
  const crds = asInstalledBy(HELM, ownKeda).filter(({ kind }) => kind === "CustomResourceDefinition");
  await run("kubectl", ["apply", "--server-side", "-f", "-"], { input: listOf(crds) });
  try {
    const before = await writtenTo(crds);
    const refused = await command("up", "existing");
    expect(refused.said).toContain(
      "error: KEDA is not whole: CustomResourceDefinition scaledobjects.keda.sh is there, APIService v1beta1.external.metrics.k8s.io is not; nothing was applied",
    );
    expect(refused.exitCode).toBe(1);
    expect(await writtenTo(crds)).toEqual(before);
  } finally {
    await remove(crds);
  }
});
