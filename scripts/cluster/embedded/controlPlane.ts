import { join } from "node:path";
import { run, succeeds } from "../../process/command.ts";
import { waitFor } from "../../process/waitFor.ts";
import { CliError } from "../../process/cliError.ts";
import { toolset } from "../../toolsets/toolsets.ts";
import { CONTAINERD_CONFIG, KUBELET_CONFIG, PROXY_CONFIG } from "./configuration.ts";
import {
  API_SERVER,
  CONTAINERD_SOCKET,
  NAME,
  NODE_ADDRESS,
  PKI,
  RUN,
  SERVICE_RANGE,
  STATE,
  SUPER_KUBECONFIG,
} from "./layout.ts";
import { isRunning, logOf, startDaemon, stopDaemon, type Daemon } from "./processes.ts";

/** How long a part may take to answer on a slow machine. */
const START_TIMEOUT_MS = 180_000;

async function daemons(): Promise<
  Record<"containerd" | "etcd" | "apiserver" | "controllers" | "scheduler" | "proxy" | "kubelet", Daemon>
> {
  const kubernetes = await toolset("kubernetes");
  const etcd = await toolset("etcd");
  const kubeconfig = (name: string): string => join(STATE, "kubernetes", `${name}.conf`);
  const pki = (name: string): string => join(PKI, name);
  const flags = (values: Readonly<Record<string, string>>): string[] =>
    Object.entries(values).map(([key, value]) => `--${key}=${value}`);
  return {
    containerd: { name: "containerd", command: "containerd", args: ["--config", CONTAINERD_CONFIG] },
    etcd: {
      name: "etcd",
      command: etcd.binary("server"),
      args: [
        ...flags({
          name: NAME,
          "data-dir": join(STATE, "etcd"),
          // Loopback of the cluster's own network namespace: neither the host nor a pod reaches it.
          "listen-client-urls": "http://127.0.0.1:2379",
          "advertise-client-urls": "http://127.0.0.1:2379",
          "listen-peer-urls": "http://127.0.0.1:2380",
          "initial-advertise-peer-urls": "http://127.0.0.1:2380",
          "initial-cluster": `${NAME}=http://127.0.0.1:2380`,
          "log-level": "warn",
        }),
        // A throw-away cluster: after a crash of the machine `down` and `up` make a new one.
        "--unsafe-no-fsync",
      ],
    },
    apiserver: {
      name: "kube-apiserver",
      command: kubernetes.binary("kube-apiserver"),
      args: flags({
        "advertise-address": NODE_ADDRESS,
        "secure-port": "6443",
        "etcd-servers": "http://127.0.0.1:2379",
        "allow-privileged": "true",
        "authorization-mode": "Node,RBAC",
        "enable-admission-plugins": "NodeRestriction",
        "service-cluster-ip-range": SERVICE_RANGE,
        "client-ca-file": pki("ca.crt"),
        "tls-cert-file": pki("apiserver.crt"),
        "tls-private-key-file": pki("apiserver.key"),
        "kubelet-client-certificate": pki("apiserver-kubelet-client.crt"),
        "kubelet-client-key": pki("apiserver-kubelet-client.key"),
        "kubelet-preferred-address-types": "InternalIP",
        "service-account-issuer": "https://kubernetes.default.svc.cluster.local",
        "service-account-key-file": pki("sa.pub"),
        "service-account-signing-key-file": pki("sa.key"),
        // The aggregation layer: KEDA's and metrics-server's APIs come through it.
        "requestheader-client-ca-file": pki("front-proxy-ca.crt"),
        "requestheader-allowed-names": "front-proxy-client",
        "requestheader-username-headers": "X-Remote-User",
        "requestheader-group-headers": "X-Remote-Group",
        "requestheader-extra-headers-prefix": "X-Remote-Extra-",
        "proxy-client-cert-file": pki("front-proxy-client.crt"),
        "proxy-client-key-file": pki("front-proxy-client.key"),
        "enable-aggregator-routing": "true",
      }),
    },
    controllers: {
      name: "kube-controller-manager",
      command: kubernetes.binary("kube-controller-manager"),
      args: flags({
        kubeconfig: kubeconfig("controller-manager"),
        "authentication-kubeconfig": kubeconfig("controller-manager"),
        "authorization-kubeconfig": kubeconfig("controller-manager"),
        "bind-address": "127.0.0.1",
        "leader-elect": "false",
        "use-service-account-credentials": "true",
        "root-ca-file": pki("ca.crt"),
        "service-account-private-key-file": pki("sa.key"),
        "cluster-signing-cert-file": pki("ca.crt"),
        "cluster-signing-key-file": pki("ca.key"),
      }),
    },
    scheduler: {
      name: "kube-scheduler",
      command: kubernetes.binary("kube-scheduler"),
      args: flags({
        kubeconfig: kubeconfig("scheduler"),
        "authentication-kubeconfig": kubeconfig("scheduler"),
        "authorization-kubeconfig": kubeconfig("scheduler"),
        "bind-address": "127.0.0.1",
        "leader-elect": "false",
      }),
    },
    proxy: { name: "kube-proxy", command: kubernetes.binary("kube-proxy"), args: flags({ config: PROXY_CONFIG }) },
    kubelet: {
      name: "kubelet",
      command: kubernetes.binary("kubelet"),
      args: flags({
        config: KUBELET_CONFIG,
        kubeconfig: kubeconfig("kubelet"),
        "hostname-override": NAME,
        "node-ip": NODE_ADDRESS,
        "root-dir": join(STATE, "kubelet"),
        "cert-dir": join(STATE, "kubelet/pki"),
      }),
    },
  };
}

/** Starts whatever is not running, in the order in which one part needs another, and waits until each answers. */
export async function controlPlaneUp(): Promise<void> {
  const all = await daemons();
  await startDaemon(all.containerd);
  await answering(all.containerd, () => succeeds("ctr", ["--address", CONTAINERD_SOCKET, "version"]));
  await startDaemon(all.etcd);
  await startDaemon(all.apiserver);
  await answering(all.apiserver, () => kubectlSucceeds("get", "--raw", "/readyz"));
  for (const daemon of [all.controllers, all.scheduler, all.proxy, all.kubelet]) await startDaemon(daemon);
  await answering(all.kubelet, () => kubectlSucceeds("wait", "--for=condition=Ready", `node/${NAME}`, "--timeout=5s"));
}

/** Whether the whole of it runs and answers. */
export async function controlPlaneAnswers(): Promise<boolean> {
  for (const daemon of Object.values(await daemons())) if (!(await isRunning(daemon.name))) return false;
  return kubectlSucceeds("get", "--raw", "/readyz");
}

/** The order in which the parts are ended; containers are ended between the second and the third group. */
export const AGENTS = [
  ...["node-agent", "kubelet", "kube-proxy", "kube-scheduler", "kube-controller-manager"],
  // Runs only while NetworkPolicies are enforced.
  "kube-router",
  // Runs only while a server is abused.
  "abuse",
] as const;
export const STORES = ["kube-apiserver", "etcd"] as const;

export async function stopAll(names: readonly string[]): Promise<void> {
  await Promise.all(names.map((name) => stopDaemon(name)));
}

/** Runs kubectl as the administrator. */
export async function kubectl(...args: string[]): Promise<string> {
  return run((await toolset("kubernetes")).binary("kubectl"), ["--kubeconfig", SUPER_KUBECONFIG, ...args]);
}

export async function kubectlSucceeds(...args: string[]): Promise<boolean> {
  return succeeds((await toolset("kubernetes")).binary("kubectl"), ["--kubeconfig", SUPER_KUBECONFIG, ...args]);
}

async function answering(daemon: Daemon, ask: () => Promise<boolean>): Promise<void> {
  await waitFor(
    async () => {
      if (!(await isRunning(daemon.name))) throw overdue(daemon, "ended");
      return (await ask()) ? true : undefined;
    },
    {
      timeoutMs: START_TIMEOUT_MS,
      overdue: () => overdue(daemon, `does not answer after ${START_TIMEOUT_MS / 1000} s`),
    },
  );
}

function overdue(daemon: Daemon, what: string): CliError {
  return new CliError(
    `${daemon.name} ${what} (API server ${API_SERVER}, state in ${STATE} and ${RUN})`,
    `read the end of ${logOf(daemon.name)}; \`./scripts/down\` and the same command again start afresh`,
  );
}
