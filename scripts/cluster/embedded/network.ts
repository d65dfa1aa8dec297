import { run, succeeds } from "../../process/command.ts";
import { CliError } from "../../process/cliError.ts";
import {
  HOST_ADDRESS,
  HOST_INTERFACE,
  LINK_PREFIX_LENGTH,
  LINK_RANGE,
  NETNS,
  NETNS_PATH,
  NODE_ADDRESS,
  NODE_INTERFACE,
  POD_RANGE,
  SERVICE_RANGE,
} from "./layout.ts";

/** The words before a command that runs in the cluster's network; `ip netns exec` would remount /sys and hide the cgroups. */
export const IN_CLUSTER_NETWORK = ["nsenter", `--net=${NETNS_PATH}`, "--"] as const;

/**
 * Makes the network namespace, the pair of interfaces and the host's routes, whatever of them is missing.
 * The host's own firewall and forwarding stay as they are.
 * @throws {CliError} when an address range is in use here already.
 */
export async function networkUp(): Promise<void> {
  await requireFreeRanges();
  if (!(await succeeds("ip", ["netns", "pids", NETNS]))) {
    await run("ip", ["netns", "add", NETNS]);
  }
  if (!(await succeeds("ip", ["link", "show", HOST_INTERFACE]))) {
    await run("ip", ["link", "add", HOST_INTERFACE, "type", "veth", "peer", "name", NODE_INTERFACE, "netns", NETNS]);
  }
  const inside = (...args: string[]): Promise<string> => run("ip", ["-n", NETNS, ...args]);
  await run("ip", ["address", "replace", `${HOST_ADDRESS}/${LINK_PREFIX_LENGTH}`, "dev", HOST_INTERFACE]);
  await run("ip", ["link", "set", HOST_INTERFACE, "up"]);
  await inside("address", "replace", `${NODE_ADDRESS}/${LINK_PREFIX_LENGTH}`, "dev", NODE_INTERFACE);
  await inside("link", "set", "lo", "up");
  await inside("link", "set", NODE_INTERFACE, "up");
  await inside("route", "replace", "default", "via", HOST_ADDRESS);
  for (const range of [POD_RANGE, SERVICE_RANGE]) {
    await run("ip", ["route", "replace", range, "via", NODE_ADDRESS]);
  }
  const [nsenter, ...prefix] = IN_CLUSTER_NETWORK;
  for (const setting of ["net.ipv4.ip_forward=1", "net.bridge.bridge-nf-call-iptables=1"]) {
    await run(nsenter, [...prefix, "sysctl", "-q", "-w", setting]).catch((error: unknown) => {
      throw new CliError(
        `the kernel does not take ${setting}, which pods need to reach Services`,
        "load its module (`modprobe br_netfilter`), or run where it is built in",
        { cause: error },
      );
    });
  }
}

/** Keeps a proxy that this machine uses out of the way between it and the cluster, for this process and all that it starts. */
export function bypassProxies(environment: NodeJS.ProcessEnv = process.env): void {
  const direct = [LINK_RANGE, POD_RANGE, SERVICE_RANGE, "127.0.0.1", "localhost", ".svc", ".cluster.local"];
  for (const name of ["NO_PROXY", "no_proxy"]) {
    const kept = (environment[name] ?? "").split(",").filter((entry) => entry !== "" && !direct.includes(entry));
    environment[name] = [...kept, ...direct].join(",");
  }
}

/** Deletes the namespace, with it the interfaces and routes; nothing to do is no error. */
export async function networkDown(): Promise<void> {
  await succeeds("ip", ["link", "delete", HOST_INTERFACE]);
  await succeeds("ip", ["netns", "delete", NETNS]);
}

interface Route {
  dst: string;
  dev?: string;
}

async function requireFreeRanges(): Promise<void> {
  const routes = JSON.parse(await run("ip", ["-json", "-4", "route", "show", "table", "all"])) as Route[];
  for (const route of routes) {
    if (route.dev === HOST_INTERFACE || route.dst === "default") continue;
    for (const range of [LINK_RANGE, POD_RANGE, SERVICE_RANGE]) {
      if (overlap(route.dst, range)) {
        throw new CliError(
          `this machine already routes ${route.dst} by ${route.dev ?? "another interface"}; the cluster needs ${range}`,
          "take that route away, or use a cluster that you have: CLUSTER=existing",
        );
      }
    }
  }
}

/** Whether two IPv4 ranges (`a.b.c.d/n`, or one address) share an address. */
export function overlap(one: string, other: string): boolean {
  const [a, b] = [rangeOf(one), rangeOf(other)];
  return a.first <= b.last && b.first <= a.last;
}

function rangeOf(text: string): { first: number; last: number } {
  const [address = "", length = "32"] = text.split("/");
  const value = address.split(".").reduce((sum, byte) => sum * 256 + Number(byte), 0);
  const size = 2 ** (32 - Number(length));
  const first = Math.floor(value / size) * size;
  return { first, last: first + size - 1 };
}
