import { objectives, type ScenarioOf, USUAL } from "../scenarios/declaration.ts";
import { onNode } from "./onNode.ts";
import { ordersPlaced } from "./ordersPlaced.ts";
import { NOT_RESTARTED } from "./notRestarted.ts";
import { backlogDrained } from "./backlogDrained.ts";

const AWAY_SECONDS = 20;
const PACE = { ordersPerSecond: 25, seconds: 60 };

export const apiServerAway: ScenarioOf = () => ({
  ...USUAL,
  name: "api-server-away",
  summary:
    "the Kubernetes API server is unavailable for 20 s: the API keeps accepting, replicas stay, and what the proof cannot see it calls a gap",
  ...ordersPlaced(PACE),
  objectives: objectives({ failedShare: 0.001 }),
  faultInjections: onNode(
    { kind: "daemon-stopped", daemon: "kube-apiserver" },
    { trigger: { kind: "into the load", seconds: 25 }, seconds: AWAY_SECONDS },
  ),
  mustHold: [
    { id: "replicas-kept", workload: "worker", seconds: AWAY_SECONDS },
    { id: "unseen-called-gap", workload: "worker", seconds: AWAY_SECONDS },
    ...NOT_RESTARTED,
  ],
  expectedSeconds: 90 + PACE.seconds,
});

/** In which the backlog is long enough that no replica may go. */
const KEPT_SECONDS = 20;

/** A part of Kubernetes ends by SIGKILL during a drain, and is started again at once. */
function daemonKilled(of: {
  name: "etcd-killed" | "kubelet-killed";
  daemon: "etcd" | "kubelet";
  what: string;
}): ScenarioOf {
  const { name, daemon, what } = of;
  return ({ faults: { backlogOrders } }) => ({
    ...USUAL,
    name,
    summary: `${what} is killed by SIGKILL during a drain and started again: replicas stay, no order is lost`,
    ...backlogDrained(backlogOrders),
    mustNotScale: [],
    faultInjections: onNode(
      { kind: "daemon-stopped", daemon },
      { trigger: { kind: "ready", workload: "worker", atLeast: 3 }, seconds: 1 },
    ),
    mustHold: [{ id: "replicas-kept", workload: "worker", seconds: KEPT_SECONDS }, ...NOT_RESTARTED],
    expectedSeconds: 90 + backlogOrders / 100,
  });
}

export const etcdKilled = daemonKilled({ name: "etcd-killed", daemon: "etcd", what: "etcd" });
export const kubeletKilled = daemonKilled({ name: "kubelet-killed", daemon: "kubelet", what: "the kubelet" });
