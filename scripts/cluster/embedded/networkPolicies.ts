import { run, succeeds } from "../../process/command.ts";
import { step } from "../../process/progress.ts";
import { waitFor } from "../../process/waitFor.ts";
import { toolset } from "../../toolsets/toolsets.ts";
import { HOST_ADDRESS, NAME, NODE_INTERFACE, SERVICE_RANGE, SUPER_KUBECONFIG } from "./layout.ts";
import { IN_CLUSTER_NETWORK } from "./network.ts";
import { installPackages } from "./packages.ts";
import { isRunning, logOf, startDaemon, stopDaemon } from "./processes.ts";

/** The name of the daemon; `down` ends it with the others. */
export const ENFORCER = "kube-router";
const START_TIMEOUT_MS = 60_000;
/** Chains of kube-router's firewall; kube-proxy's have other names. */
const OWN_CHAIN = /^:(KUBE-(?:ROUTER-(?:INPUT|FORWARD|OUTPUT)|POD-FW-\S+|NWPLCY-\S+)) /;

/**
 * Traffic of the host is treated as the node's own, which no policy stops: where k6 runs on the host, port-forward makes it that on other clusters.
 * A packet with this mark has been let in by a policy, in kube-router's words; mangle is a table that it leaves alone.
 */
const HOST_IS_NODE = [
  ...["-i", NODE_INTERFACE, "-s", HOST_ADDRESS],
  ...["-j", "MARK", "--set-xmark", "0x10000/0x10000"],
] as const;

/**
 * Has kube-router's firewall enforce NetworkPolicies on the embedded cluster, which does not do so by itself. For tests: nothing of it is deployed. Can be called
 * again where it runs already, as after an interrupted test.
 * @returns what ends the enforcement and removes its rules.
 * @throws {CliError} where kube-router cannot be built, or `ipset` not installed.
 */
export async function enforceNetworkPolicies(): Promise<() => Promise<void>> {
  await installPackages([["/usr/sbin/ipset", "ipset"]]);
  const kubeRouter = (await toolset("kube-router")).binary("kube-router");
  await step("enforcing NetworkPolicies by kube-router", async () => {
    if (!(await hostIsNode("-C", succeeds))) await hostIsNode("-A", run);
    await startDaemon({
      name: ENFORCER,
      command: kubeRouter,
      args: [
        ...["--run-firewall=true", "--run-router=false", "--run-service-proxy=false", "--enable-cni=false"],
        ...[`--kubeconfig=${SUPER_KUBECONFIG}`, `--hostname-override=${NAME}`],
        ...[`--service-cluster-ip-range=${SERVICE_RANGE}`, "--metrics-port=0"],
      ],
    });
    await waitFor(
      async () => {
        if (!(await isRunning(ENFORCER))) throw new Error(`kube-router ended; its log: ${logOf(ENFORCER)}`);
        return (await filterTable()).some((line) => line.startsWith("-A KUBE-POD-FW-")) ? true : undefined;
      },
      {
        timeoutMs: START_TIMEOUT_MS,
        overdue: () =>
          new Error(`kube-router has made no rules within ${START_TIMEOUT_MS / 1000} s; its log: ${logOf(ENFORCER)}`),
      },
    );
  });
  return endEnforcement;
}

async function endEnforcement(): Promise<void> {
  await stopDaemon(ENFORCER);
  const lines = await filterTable();
  const chains = lines.map((line) => OWN_CHAIN.exec(line)?.[1]).filter((chain) => chain !== undefined);
  const jumps = lines.filter((line) => /^-A (INPUT|FORWARD|OUTPUT) .*-j KUBE-ROUTER-/.test(line));
  // In one transaction, beside whatever kube-proxy writes: `:CHAIN` empties it.
  const script = [
    "*filter",
    ...chains.map((chain) => `:${chain} - [0:0]`),
    ...jumps.map((jump) => jump.replace("-A", "-D")),
    ...chains.map((chain) => `-X ${chain}`),
    "COMMIT\n",
  ].join("\n");
  const [nsenter, ...prefix] = IN_CLUSTER_NETWORK;
  await run(nsenter, [...prefix, "iptables-restore", "--noflush"], { input: script });
  // Of this network namespace, where nobody else makes any.
  await run(nsenter, [...prefix, "ipset", "destroy"]);
  await hostIsNode("-D", run);
}

async function filterTable(): Promise<string[]> {
  const [nsenter, ...prefix] = IN_CLUSTER_NETWORK;
  return (await run(nsenter, [...prefix, "iptables-save", "-t", "filter"])).split("\n");
}

function hostIsNode<T>(
  action: "-A" | "-C" | "-D",
  execute: (command: string, args: string[]) => Promise<T>,
): Promise<T> {
  const [nsenter, ...prefix] = IN_CLUSTER_NETWORK;
  return execute(nsenter, [...prefix, "iptables", "-t", "mangle", action, "PREROUTING", ...HOST_IS_NODE]);
}
