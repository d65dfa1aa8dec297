import { formatCount } from "../format.ts";
import type { ById } from "../../model/byId.ts";
import type { NodeFault } from "../../model/nodeFault.ts";
import type { Fault, FaultId, faultShapes } from "../../model/fault.ts";

type Texts = { readonly [Id in FaultId]: (params: ById<typeof faultShapes, Id>["params"]) => string };

const HOW = { sigkill: "killed by SIGKILL", delete: "deleted without grace", evict: "evicted" } as const;

const TEXTS: Texts = {
  "field-set": ({ object, field, to }) => `${field} of ${object} is set to ${to}`,
  "pod-killed": ({ workload, how, which, container }) => {
    const pods = `${which === "all" ? "every pod" : which === "random" ? "a random pod" : "a pod"} of ${workload}`;
    const of = container === undefined ? pods : `container ${container} of ${pods}`;
    return `${of} is ${HOW[how]}`;
  },
  "command-run": ({ workload, command }) => `${command} is run in a pod of ${workload}`,
  "nodes-cordoned": ({ workload }) => `the nodes of ${workload} are cordoned`,
  "node-fault": ({ fault }) => nodeFaultText(fault),
  "target-fault": ({ what }) => what,
  "rollout-restarted": ({ workload }) => `the rollout of ${workload} is restarted`,
  "changes-reverted": ({ only }) =>
    only === undefined ? "what was changed is reverted" : "what was changed last is reverted",
};

/** What a fault injection does, for people. */
export function faultText({ id, params }: Fault): string {
  // TypeScript does not see that id and params go together; the fault's type sees to it.
  return (TEXTS[id] as (params: Fault["params"]) => string)(params);
}

/** What a fault on the node does, for people. */
export function nodeFaultText(fault: NodeFault): string {
  switch (fault.kind) {
    case "daemon-stopped":
      return `${fault.daemon} is killed by SIGKILL and stays away`;
    case "connections-cut":
      return `connections to port ${fault.port} are cut`;
    case "volume-limited":
      return `the volume of ${fault.statefulSet} gets a file system with ${fault.freeMebibytes} MiB left`;
    case "volume-filled":
      return `the volume of ${fault.statefulSet} is filled${fault.leaveKibibytes === 0 ? "" : ` but for ${fault.leaveKibibytes} KiB`}`;
    case "server-abused":
      return `port ${fault.port} gets malformed, huge and slow requests, and ${formatCount(fault.connections, "connection")}`;
  }
}
