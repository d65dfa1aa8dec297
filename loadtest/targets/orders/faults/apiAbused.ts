import { objectives, type ScenarioOf, USUAL } from "../scenarios/declaration.ts";
import { apiMinimum } from "./liveFields.ts";
import { onNode } from "./onNode.ts";
import { ordersPlaced } from "./ordersPlaced.ts";
import { NOT_RESTARTED } from "./notRestarted.ts";

/** Until everything has started, before the abuse, and under it. */
const THIRD_SECONDS = 40;
const PACE = { ordersPerSecond: 10, readsPerSecond: 40, seconds: 3 * THIRD_SECONDS };
/** Of the API's Service. */
const LOAD_BALANCER_PORT = 80;
const CONNECTIONS = 10_000;
/** What a pod requests: the scheduler keeps it for it. */
const REQUESTED_MIB = 384;

export const apiAbused: ScenarioOf = (_sizes, namespace) => ({
  ...USUAL,
  name: "api-abused",
  summary:
    "malformed, huge and slow requests and 10,000 connections come to the API's load balancer: each is refused, and the others do not wait for it",
  ...ordersPlaced(PACE),
  objectives: objectives({ failedShare: 0.001 }),
  faultInjections: [
    {
      trigger: { kind: "before the load" },
      action: { kind: "set", field: apiMinimum(namespace), to: 2 },
      withinSeconds: 60,
    },
    ...onNode(
      { kind: "server-abused", port: LOAD_BALANCER_PORT, connections: CONNECTIONS, seconds: 2 * THIRD_SECONDS },
      { trigger: { kind: "into the load", seconds: 2 * THIRD_SECONDS }, seconds: THIRD_SECONDS },
    ),
  ],
  mustHold: [
    { id: "abuse-refused", connections: CONNECTIONS },
    { id: "latency-less-than-doubled" },
    { id: "memory-bounded", workload: "api", atMostMiB: REQUESTED_MIB },
    ...NOT_RESTARTED,
  ],
  expectedSeconds: 60 + PACE.seconds,
});
