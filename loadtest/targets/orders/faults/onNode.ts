import type { NodeFault } from "../../../model/nodeFault.ts";
import type { FaultInjection, Trigger } from "../../../model/scenario.ts";

/** A fault on the node that is restored so many seconds later. */
export function onNode(fault: NodeFault, of: { trigger: Trigger; seconds: number }): FaultInjection[] {
  const { trigger, seconds } = of;
  return [
    { trigger, action: { kind: "node", fault }, withinSeconds: 120 },
    {
      trigger: { kind: "after the fault before", seconds },
      action: { kind: "restore" },
      withinSeconds: 60 + seconds,
    },
  ];
}
