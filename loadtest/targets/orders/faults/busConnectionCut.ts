import { type ScenarioOf, USUAL } from "../scenarios/declaration.ts";
import { onNode } from "./onNode.ts";
import { NOT_RESTARTED } from "./notRestarted.ts";
import { backlogDrained } from "./backlogDrained.ts";

const AMQP_PORT = 5672;
const CUT_SECONDS = 5;
/** Cut and restored in turn, for a minute. */
const CUTS = 6;

export const busConnectionCut: ScenarioOf = ({ faults: { backlogOrders } }) => ({
  ...USUAL,
  name: "bus-connection-cut",
  summary:
    "connections to the bus are cut for 5 s and restored for 5 s, six times: throughput falls, no order is lost, and no lock",
  ...backlogDrained(backlogOrders),
  mustNotScale: ["api"],
  faultInjections: Array.from({ length: CUTS }, (_, cut) =>
    onNode(
      { kind: "connections-cut", port: AMQP_PORT },
      {
        trigger:
          cut === 0
            ? { kind: "ready", workload: "worker", atLeast: 3 }
            : { kind: "after the fault before", seconds: CUT_SECONDS },
        seconds: CUT_SECONDS,
      },
    ),
  ).flat(),
  mustHold: [{ id: "throughput-falls" }, { id: "no-lock-lost" }, ...NOT_RESTARTED],
  expectedSeconds: 150 + backlogOrders / 100,
});
