import type { LiveField, PodSelection } from "../../../model/scenario.ts";
import { killing, objectives, QUEUE_STAYS_EMPTY, type ScenarioOf, USUAL } from "../scenarios/declaration.ts";
import { apiFollowsCpu, workerFollowsQueue } from "../scenarios/expectations.ts";
import { readsOf } from "../scenarios/apiCpu.ts";
import { unavailable } from "./liveFields.ts";
import { NOT_RESTARTED } from "./notRestarted.ts";
import { backlogDrained } from "./backlogDrained.ts";

/** In which the backlog is long enough that no replica may go. */
const KEPT_SECONDS = 20;
const untouched = [{ id: "replicas-kept", workload: "worker", seconds: KEPT_SECONDS }, ...NOT_RESTARTED] as const;

/** A backlog is drained while the only pod of a part of KEDA is deleted, and another one has to start. */
function kedaPodDeleted(of: {
  name: "keda-killed" | "metrics-adapter-killed";
  what: string;
  pods: PodSelection;
}): ScenarioOf {
  return ({ faults: { backlogOrders } }) => ({
    ...USUAL,
    name: of.name,
    summary: `${of.what} is killed during a drain: the worker's replicas stay, it scales in at the end, no service is touched`,
    ...backlogDrained(backlogOrders),
    mustScale: [workerFollowsQueue(3, { seconds: 180, after: "load-start" })],
    mustNotScale: ["api"],
    faultInjections: [
      {
        trigger: { kind: "ready", workload: "worker", atLeast: 3 },
        action: killing({ pods: of.pods, which: "all", how: "delete" }),
        withinSeconds: 120,
      },
    ],
    mustHold: untouched,
    expectedSeconds: 80 + backlogOrders / 100,
  });
}

export const kedaKilled = kedaPodDeleted({
  name: "keda-killed",
  what: "KEDA's operator",
  pods: { labels: "app=keda-operator", namespace: "keda", main: null },
});
export const metricsAdapterKilled = kedaPodDeleted({
  name: "metrics-adapter-killed",
  what: "KEDA's metrics adapter",
  pods: { labels: "app=keda-metrics-apiserver", namespace: "keda", main: null },
});

/** About three replicas' work. */
const READS_PER_SECOND = 250;
const METRICS_SERVER: LiveField = {
  object: { kind: "Deployment", name: "metrics-server", namespace: "kube-system" },
  paths: ["spec.replicas"],
};

export const metricsServerAway: ScenarioOf = ({ faults: { unavailableSeconds } }) => {
  const steps = [{ requestsPerSecond: READS_PER_SECOND, seconds: 2 * unavailableSeconds + 60 }];
  return {
    ...USUAL,
    name: "metrics-server-away",
    summary: "metrics-server is unavailable under reads: the API's replicas stay, and it scales by CPU once it is back",
    load: readsOf(steps),
    needs: "api and orders that exist",
    reaches: ["api"],
    orders: null,
    queue: QUEUE_STAYS_EMPTY,
    mustScale: [apiFollowsCpu(2)],
    mustNotScale: ["worker"],
    objectives: objectives({}),
    faultInjections: unavailable(METRICS_SERVER, { afterSeconds: 5, seconds: unavailableSeconds }),
    mustHold: [
      { id: "replicas-kept", workload: "api", seconds: unavailableSeconds },
      { id: "not-restarted", workload: "api" },
    ],
    expectedSeconds: 150 + 2 * unavailableSeconds,
  };
};
