/** Where the embedded cluster lives on this machine: names, folders and addresses. One cluster a machine. */
export const NAME = "ownsignal";

/** Survives a reboot; `down` removes it. */
export const STATE = "/var/lib/ownsignal";
/** Sockets and records of running processes; `down` removes it. */
export const RUN = "/run/ownsignal";

export const KUBECONFIG = `${STATE}/kubeconfig`;
/** The administrator's own, for parts of the cluster itself. */
export const SUPER_KUBECONFIG = `${STATE}/kubernetes/super-admin.conf`;
export const PKI = `${STATE}/kubernetes/pki`;
export const CONFIG = `${STATE}/config`;
export const LOGS = `${STATE}/logs`;
export const VOLUMES = `${STATE}/volumes`;
export const CONTAINERD_SOCKET = `${RUN}/containerd/containerd.sock`;

/** The network namespace that the whole cluster runs in, and the pair of interfaces between it and the host. */
export const NETNS = "ownsignal";
export const NETNS_PATH = `/run/netns/${NETNS}`;
export const HOST_INTERFACE = "ownsignal0";
export const NODE_INTERFACE = "ownsignal1";
export const HOST_ADDRESS = "172.31.77.1";
export const NODE_ADDRESS = "172.31.77.2";
export const LINK_PREFIX_LENGTH = 30;
export const LINK_RANGE = "172.31.77.0/30";
export const POD_RANGE = "10.77.0.0/17";
export const SERVICE_RANGE = "10.77.128.0/17";
export const DNS_ADDRESS = "10.77.128.10";
export const API_SERVER = `https://${NODE_ADDRESS}:6443`;

/** How many volumes wait to be claimed: Redis and the emulator take one each. */
export const VOLUME_COUNT = 4;
/** The label, with value `true`, of the volumes that the node agent frees when they are released. */
export const VOLUME_LABEL = "ownsignal/volume";
