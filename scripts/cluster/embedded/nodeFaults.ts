import type { NodeFault, NodeFaults } from "../../../loadtest/model/nodeFault.ts";
import { run, succeeds } from "../../process/command.ts";
import { ABUSER, abuseAnswers, startAbuse } from "./abuse.ts";
import { controlPlaneUp } from "./controlPlane.ts";
import { IN_CLUSTER_NETWORK } from "./network.ts";
import { killDaemon, stopDaemon } from "./processes.ts";
import { fillVolume, freeVolume, limitVolume, unlimitVolume } from "./smallVolume.ts";

/** Faults on the embedded cluster's node, which is this machine. */
export const embeddedNodeFaults: NodeFaults = {
  inject: async (fault: NodeFault) => {
    switch (fault.kind) {
      case "daemon-stopped":
        await killDaemon(fault.daemon);
        break;
      case "connections-cut":
        for (const rule of cutting(fault.port)) if (!(await has(rule))) await inNetwork("-I", rule);
        break;
      case "volume-limited":
        await limitVolume(fault, fault.freeMebibytes);
        break;
      case "volume-filled":
        await fillVolume(fault, fault.leaveKibibytes);
        break;
      case "server-abused":
        await startAbuse(fault);
    }
  },
  revert: async (fault: NodeFault) => {
    switch (fault.kind) {
      case "daemon-stopped":
        // Starts whatever does not run, and waits until it answers.
        await controlPlaneUp();
        break;
      case "connections-cut":
        for (const rule of cutting(fault.port)) while (await has(rule)) await inNetwork("-D", rule);
        break;
      case "volume-limited":
        await unlimitVolume(fault);
        break;
      case "volume-filled":
        await freeVolume(fault);
        break;
      case "server-abused":
        await stopDaemon(ABUSER);
    }
  },
  abuseAnswers,
};

/** Resets both directions, or the side that only waits would notice nothing. */
function cutting(port: number): string[][] {
  return ["--dport", "--sport"].map((end) => [
    ...["FORWARD", "-p", "tcp", end, String(port), "-j", "REJECT", "--reject-with", "tcp-reset"],
  ]);
}

const [NSENTER, ...INTO_NETWORK] = IN_CLUSTER_NETWORK;

async function inNetwork(action: "-I" | "-D", rule: readonly string[]): Promise<void> {
  await run(NSENTER, [...INTO_NETWORK, "iptables", "--wait", action, ...rule]);
}

async function has(rule: readonly string[]): Promise<boolean> {
  return succeeds(NSENTER, [...INTO_NETWORK, "iptables", "--wait", "-C", ...rule]);
}
