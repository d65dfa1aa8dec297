import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { run } from "../../process/command.ts";
import { COREDNS_TAG, SANDBOX_IMAGE } from "../../images/infrastructure.ts";
import { toolset } from "../../toolsets/toolsets.ts";
import {
  CONFIG,
  CONTAINERD_SOCKET,
  DNS_ADDRESS,
  HOST_ADDRESS,
  KUBECONFIG,
  NAME,
  NODE_ADDRESS,
  PKI,
  POD_RANGE,
  RUN,
  SERVICE_RANGE,
  STATE,
  SUPER_KUBECONFIG,
} from "./layout.ts";

export const KUBEADM_CONFIG = join(CONFIG, "kubeadm.yaml");
export const CONTAINERD_CONFIG = join(CONFIG, "containerd.toml");
export const KUBELET_CONFIG = join(CONFIG, "kubelet.yaml");
export const PROXY_CONFIG = join(CONFIG, "kube-proxy.yaml");
const CNI_CONFIG_DIRECTORY = join(CONFIG, "cni");

/** JSON is YAML: what Kubernetes reads as its configuration files. */
async function writeConfiguration(path: string, ...documents: object[]): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, documents.map((document) => JSON.stringify(document, undefined, 2)).join("\n---\n") + "\n");
}

/** Writes every part's configuration, and makes certificates and kubeconfigs where they are missing. */
export async function configure(): Promise<void> {
  const kubernetes = await toolset("kubernetes");
  await writeConfiguration(
    KUBEADM_CONFIG,
    {
      apiVersion: "kubeadm.k8s.io/v1beta4",
      kind: "InitConfiguration",
      localAPIEndpoint: { advertiseAddress: NODE_ADDRESS, bindPort: 6443 },
      nodeRegistration: { name: NAME, criSocket: `unix://${CONTAINERD_SOCKET}` },
    },
    {
      apiVersion: "kubeadm.k8s.io/v1beta4",
      kind: "ClusterConfiguration",
      clusterName: NAME,
      kubernetesVersion: `v${kubernetes.version}`,
      certificatesDir: PKI,
      networking: { serviceSubnet: SERVICE_RANGE, podSubnet: POD_RANGE, dnsDomain: "cluster.local" },
      dns: { imageTag: COREDNS_TAG },
    },
  );
  await writeContainerdConfiguration();
  await writeConfiguration(join(CNI_CONFIG_DIRECTORY, "10-ownsignal.conflist"), {
    cniVersion: "1.0.0",
    name: NAME,
    plugins: [
      {
        type: "bridge",
        bridge: "cni0",
        isGateway: true,
        ipMasq: true,
        hairpinMode: true,
        ipam: {
          type: "host-local",
          dataDir: join(RUN, "cni-addresses"),
          ranges: [[{ subnet: POD_RANGE }]],
          routes: [{ dst: "0.0.0.0/0" }],
        },
      },
      { type: "portmap", capabilities: { portMappings: true } },
    ],
  });
  await writeKubeletConfiguration();
  await writeConfiguration(PROXY_CONFIG, {
    apiVersion: "kubeproxy.config.k8s.io/v1alpha1",
    kind: "KubeProxyConfiguration",
    clientConnection: { kubeconfig: SUPER_KUBECONFIG },
    clusterCIDR: POD_RANGE,
    hostnameOverride: NAME,
    mode: "iptables",
    // Connection tracking limits are the host's, and stay as they are.
    conntrack: { maxPerCore: 0, min: 0 },
    healthzBindAddress: "127.0.0.1:10256",
    metricsBindAddress: "127.0.0.1:10249",
  });
  const kubeadm = kubernetes.binary("kubeadm");
  // Both leave what exists as it is.
  await run(kubeadm, ["init", "phase", "certs", "all", "--config", KUBEADM_CONFIG]);
  await run(kubeadm, [
    "init",
    "phase",
    "kubeconfig",
    "all",
    "--config",
    KUBEADM_CONFIG,
    "--kubeconfig-dir",
    dirname(PKI),
  ]);
  await writeFile(KUBECONFIG, await readFile(SUPER_KUBECONFIG), { mode: 0o600 });
}

async function writeContainerdConfiguration(): Promise<void> {
  await writeFile(
    CONTAINERD_CONFIG,
    `version = 2
root = "${STATE}/containerd"
state = "${RUN}/containerd"

[grpc]
  address = "${CONTAINERD_SOCKET}"

[plugins."io.containerd.internal.v1.opt"]
  path = "${STATE}/containerd/opt"

[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${SANDBOX_IMAGE}"
  # Where root lacks CAP_SYS_RESOURCE, runc cannot lower a container's score and would fail.
  restrict_oom_score_adj = true
  # Below containerd's state directory, not in /run/netns, which belongs to the machine.
  netns_mounts_under_state_dir = true
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
    default_runtime_name = "runc"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "${CNI_CONFIG_DIRECTORY}"
`,
  );
}

async function writeKubeletConfiguration(): Promise<void> {
  const resolver = join(CONFIG, "resolv.conf");
  // Pods ask CoreDNS only; the host's resolvers are none of their business.
  await writeFile(resolver, `nameserver ${HOST_ADDRESS}\n`);
  await writeConfiguration(KUBELET_CONFIG, {
    apiVersion: "kubelet.config.k8s.io/v1beta1",
    kind: "KubeletConfiguration",
    address: NODE_ADDRESS,
    authentication: {
      x509: { clientCAFile: join(PKI, "ca.crt") },
      webhook: { enabled: true },
      anonymous: { enabled: false },
    },
    authorization: { mode: "Webhook" },
    cgroupDriver: "cgroupfs",
    cgroupsPerQOS: true,
    enforceNodeAllocatable: [],
    failCgroupV1: false,
    clusterDNS: [DNS_ADDRESS],
    clusterDomain: "cluster.local",
    containerRuntimeEndpoint: `unix://${CONTAINERD_SOCKET}`,
    failSwapOn: false,
    healthzBindAddress: "127.0.0.1",
    podLogsDir: join(STATE, "pod-logs"),
    volumePluginDir: join(STATE, "kubelet/volume-plugins"),
    resolvConf: resolver,
    rotateCertificates: false,
    // No registry to pull again from: images are never collected, and pods are evicted only when the machine is really full.
    imageGCHighThresholdPercent: 100,
    imageGCLowThresholdPercent: 99,
    evictionHard: { "memory.available": "200Mi", "nodefs.available": "500Mi", "imagefs.available": "500Mi" },
    shutdownGracePeriod: "0s",
  });
}
