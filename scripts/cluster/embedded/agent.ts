import { CoreV1Api, KubeConfig, PatchStrategy, setHeaderOptions } from "@kubernetes/client-node";
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { NODE_ADDRESS, SUPER_KUBECONFIG, VOLUME_LABEL, VOLUMES } from "./layout.ts";

/**
 * The embedded cluster's stand-in for a cloud: gives every Service of type LoadBalancer the node's address (kube-proxy does the rest),
 * and wipes and frees volumes that were released. Runs until it is ended.
 */
const EVERY_MS = 1_000;

async function supplyLoadBalancers(core: CoreV1Api): Promise<void> {
  const services = await core.listServiceForAllNamespaces();
  for (const service of services.items) {
    const [name, namespace] = [service.metadata?.name, service.metadata?.namespace];
    if (service.spec?.type !== "LoadBalancer" || name === undefined || namespace === undefined) continue;
    if (service.status?.loadBalancer?.ingress?.some(({ ip }) => ip === NODE_ADDRESS) === true) continue;
    await core.patchNamespacedServiceStatus(
      { name, namespace, body: { status: { loadBalancer: { ingress: [{ ip: NODE_ADDRESS }] } } } },
      setHeaderOptions("Content-Type", PatchStrategy.MergePatch),
    );
    report(`gave Service ${namespace}/${name} the address ${NODE_ADDRESS}`);
  }
}

async function freeReleasedVolumes(core: CoreV1Api): Promise<void> {
  const volumes = await core.listPersistentVolume({ labelSelector: `${VOLUME_LABEL}=true` });
  for (const volume of volumes.items) {
    const name = volume.metadata?.name;
    if (volume.status?.phase !== "Released" || name === undefined) continue;
    const folder = join(VOLUMES, name);
    for (const entry of await readdir(folder)) await rm(join(folder, entry), { recursive: true, force: true });
    await core.patchPersistentVolume(
      { name, body: { spec: { claimRef: null } } },
      setHeaderOptions("Content-Type", PatchStrategy.MergePatch),
    );
    report(`wiped and freed ${name}`);
  }
}

function report(line: string): void {
  process.stdout.write(`${new Date().toISOString()} ${line}\n`);
}

const kubeConfig = new KubeConfig();
kubeConfig.loadFromFile(SUPER_KUBECONFIG);
const core = kubeConfig.makeApiClient(CoreV1Api);
for (;;) {
  for (const duty of [supplyLoadBalancers, freeReleasedVolumes]) {
    // An API server that is away comes back; the next round does what this one could not.
    await duty(core).catch((error: unknown) => {
      report(`${duty.name}: ${error instanceof Error ? error.message : String(error)}`);
    });
  }
  await sleep(EVERY_MS);
}
