import type { KubernetesObject } from "@kubernetes/client-node";
import { join } from "node:path";
import { CommandError, run } from "../../scripts/process/command.ts";
import { ROOT } from "../../scripts/process/paths.ts";
import { AKS, HELM, type Way } from "../unit/scripts/controllers/recorded.ts";
import { asInstalledBy, listOf, releaseManifest, writtenTo } from "./foreignKeda.ts";

let ownKeda: KubernetesObject[];

/** What a command of this checkout says on standard error, and its exit code. */
async function command(
  name: string,
  cluster: string,
  ...args: string[]
): Promise<{ exitCode: number | null; said: string }> {
  const script = [join(ROOT, "scripts", name), ...args].join(" ");
  try {
    // Both streams in one: findings are on one, progress is on the other.
    return { exitCode: 0, said: await run("bash", ["-c", `${script} 2>&1`], { env: { CLUSTER: cluster } }) };
  } catch (error) {
    if (error instanceof CommandError) return { exitCode: error.exitCode, said: error.output };
    throw error;
  }
}

async function remove(objects: readonly KubernetesObject[]): Promise<void> {
  await run("kubectl", ["delete", "--ignore-not-found", "--timeout=120s", "-f", "-"], { input: listOf(objects) });
}

async function install(way: Way): Promise<KubernetesObject[]> {
  const objects = asInstalledBy(way, ownKeda);
  const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: way.namespace } };
  await run("kubectl", ["apply", "--server-side", "--field-manager=helm", "-f", "-"], {
    input: listOf([namespace, ...objects]),
  });
  for (const name of ["keda-operator", way.adapter, "keda-admission"]) {
    await run("kubectl", ["-n", way.namespace, "rollout", "status", `deployment/${name}`, "--timeout=180s"]);
  }
  const api = "apiservice/v1beta1.external.metrics.k8s.io";
  await run("kubectl", ["wait", "--for=condition=Available", api, "--timeout=180s"]);
  return objects;
}

async function names(kind: string, namespace: string): Promise<string> {
  return run("kubectl", ["-n", namespace, "get", kind, "-o", "name"]);
}

beforeAll(async () => {
  const context = (await run("kubectl", ["config", "current-context"])).trim();
  // They take KEDA away and put it back: no cluster but the one that can be made anew.
  if (!context.endsWith("@ownsignal"))
    throw new Error(`KUBECONFIG is to name the embedded cluster, and names ${context}`);
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

/** Without this project's marks metrics-server is somebody's; an unfinished mark makes the next up bring it back to its own. */
async function markMetricsServer(isOurs: boolean): Promise<void> {
  const mark = isOurs ? "ownsignal/installed=under-way" : "ownsignal/installed-";
  const label = `app.kubernetes.io/managed-by${isOurs ? "=ownsignal" : "-"}`;
  const object = ["-n", "kube-system", "deployment/metrics-server"];
  await run("kubectl", ["annotate", "--overwrite", ...object, mark]);
  await run("kubectl", ["label", "--overwrite", ...object, label]);
}

afterAll(async () => {
  await markMetricsServer(true);
  const restored = await command("up", "embedded");
  expect(restored.said).toContain("The cluster is ready");
});

test("a KEDA of Helm's in another namespace is used, and its owner is told what it lacks", async () => {
  const objects = await install(HELM);
  try {
    const before = await writtenTo(objects);
    const configMaps = await names("configmaps", HELM.namespace);

    const refused = await command("up", "existing");
    expect(refused.said).toContain("KEDA 2.21.0 (Helm release keda, namespace autoscaling) is used as it is");
    expect(refused.said).toContain(
      "error: KEDA does not trust the bus: Deployment keda-operator in namespace autoscaling mounts no authority at /custom/ca",
    );
    expect(refused.said).toContain("volumes.keda.extraVolumes=");
    expect(refused.exitCode).toBe(1);
    expect(await writtenTo(objects)).toEqual(before);
    expect(await names("configmaps", HELM.namespace)).toBe(configMaps);
    expect(await names("deployments", "keda")).toBe("");

    // What its owner was told, done by hand.
    const authority = await run("kubectl", [
      ...["-n", "orders-dev", "get", "secret", "servicebus-emulator-tls", "-o", "jsonpath={.data.ca\\.crt}"],
    ]);
    const pem = Buffer.from(authority, "base64").toString();
    await run("kubectl", ["-n", HELM.namespace, "create", "configmap", "custom-ca", `--from-literal=ca.crt=${pem}`]);
    const [volumes, mounts] = ["extraVolumes", "extraVolumeMounts"].map(
      (value) => new RegExp(`volumes\\.keda\\.${value}=(\\[.*?\\])(?= |$)`).exec(refused.said)?.[1],
    );
    const patch = `{"spec":{"template":{"spec":{"volumes":${volumes ?? ""},"containers":[{"name":"keda-operator","volumeMounts":${mounts ?? ""}}]}}}}`;
    await run("kubectl", ["-n", HELM.namespace, "patch", "deployment", "keda-operator", "-p", patch]);
    await run("kubectl", ["-n", HELM.namespace, "rollout", "status", "deployment/keda-operator", "--timeout=180s"]);

    const changed = await writtenTo(objects);
    expect(changed).not.toEqual(before);
    const accepted = await command("up", "existing");
    expect(accepted.said).toContain("The cluster is ready");
    expect(accepted.exitCode).toBe(0);
    expect(await writtenTo(objects)).toEqual(changed);
    const { said } = await command("doctor", "existing");
    expect(said).not.toMatch(/KEDA|keda|metrics-server/);
  } finally {
    await remove(objects);
    await run("kubectl", ["delete", "namespace", HELM.namespace, "--timeout=120s"]);
  }
});

test("on AKS's add-on up refuses overlay dev and changes nothing, and the doctor names overlay azure", async () => {
  const objects = await install(AKS);
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
