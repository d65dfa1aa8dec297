import { chmod, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { run } from "../../process/command.ts";
import { toolset } from "../../toolsets/toolsets.ts";
import { applyServerSide } from "../applyServerSide.ts";
import { KUBEADM_CONFIG } from "./configuration.ts";
import { kubectl, kubectlSucceeds } from "./controlPlane.ts";
import { NAME, SUPER_KUBECONFIG, VOLUME_COUNT, VOLUME_LABEL, VOLUMES } from "./layout.ts";

/** What a cloud's cluster has from the start: names, storage, the permission to read logs. */
export async function addonsUp(): Promise<void> {
  const kubernetes = await toolset("kubernetes");
  // Over an installed one kubeadm would look for a migration from this version, of which it knows nothing.
  if (!(await kubectlSucceeds("-n", "kube-system", "get", "deployment", "coredns"))) {
    await run(kubernetes.binary("kubeadm"), [
      ...["init", "phase", "addon", "coredns", "--config", KUBEADM_CONFIG, "--kubeconfig", SUPER_KUBECONFIG],
    ]);
  }
  // One node, so a second replica would only take memory.
  await kubectl("-n", "kube-system", "scale", "deployment", "coredns", "--replicas=1");
  const volumes = Array.from({ length: VOLUME_COUNT }, (_, index) => `volume-${index}`);
  for (const volume of volumes) {
    const made = await mkdir(join(VOLUMES, volume), { recursive: true });
    // One that was there may be mounted: its mode is the kubelet's, which lets the pod's group write.
    if (made !== undefined) await chmod(join(VOLUMES, volume), 0o755);
  }
  const asAdministrator = (args: readonly string[], input?: string): Promise<string> =>
    run(
      kubernetes.binary("kubectl"),
      ["--kubeconfig", SUPER_KUBECONFIG, ...args],
      input === undefined ? {} : { input },
    );
  await applyServerSide(asAdministrator, [
    {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRoleBinding",
      metadata: { name: "ownsignal-apiserver-to-kubelet" },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "system:kubelet-api-admin" },
      subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: "kube-apiserver-kubelet-client" }],
    },
    {
      apiVersion: "storage.k8s.io/v1",
      kind: "StorageClass",
      metadata: { name: "local", annotations: { "storageclass.kubernetes.io/is-default-class": "true" } },
      provisioner: "kubernetes.io/no-provisioner",
      volumeBindingMode: "WaitForFirstConsumer",
    },
    ...volumes.map((name) => ({
      apiVersion: "v1",
      kind: "PersistentVolume",
      metadata: { name, labels: { [VOLUME_LABEL]: "true" } },
      spec: {
        capacity: { storage: "5Gi" },
        accessModes: ["ReadWriteOnce"],
        persistentVolumeReclaimPolicy: "Retain",
        storageClassName: "local",
        // Type `local`, since hostPath ignores fsGroup and a process that is not root could not write.
        local: { path: join(VOLUMES, name) },
        nodeAffinity: {
          required: {
            nodeSelectorTerms: [
              { matchExpressions: [{ key: "kubernetes.io/hostname", operator: "In", values: [NAME] }] },
            ],
          },
        },
      },
    })),
  ]);
}
