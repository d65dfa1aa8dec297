import { killing, objectives, type ScenarioOf, USUAL } from "../scenarios/declaration.ts";
import { statefulReplicas, unavailable } from "./liveFields.ts";
import { ordersPlaced } from "./ordersPlaced.ts";
import { NOT_RESTARTED } from "./notRestarted.ts";

const BUS = "servicebus-emulator";
/** Longer than the fallback takes, see the ScaledObject. */
const UNAVAILABLE_AT_IDLE_SECONDS = 180;
/** From the bus's return to a worker that reaches it: its StatefulSet's pod has to start, and the worker to connect again. */
const READY_AGAIN_SECONDS = 20;

const common = {
  ...USUAL,
  // While the bus is unavailable no order can be taken: what is claimed is how the API says so.
  objectives: objectives({ failedShare: null }),
} as const;
/** What the API gives the validator, the check of a key and the bus add up to 4.3 s at the most. */
const ANSWERED_WITHIN_SECONDS = 5;
const mustHold = [
  { id: "answered-in-time", withinSeconds: ANSWERED_WITHIN_SECONDS, statuses: [503] },
  { id: "accepting-again", withinSeconds: 10, after: "queue-readable" },
  ...NOT_RESTARTED,
] as const;

export const busKilled: ScenarioOf = ({ faults: { ordersPerSecond, seconds } }, namespace) => ({
  ...common,
  name: "bus-killed",
  summary: "the bus is killed by SIGKILL: POST answers 503 in time meanwhile, no accepted order is lost",
  ...ordersPlaced({ ordersPerSecond, seconds }),
  faultInjections: [
    {
      trigger: { kind: "into the load", seconds: seconds / 2 },
      action: killing({ pods: { labels: `app=ownsignal,service=${BUS}`, namespace, main: BUS }, how: "sigkill" }),
      withinSeconds: 30,
    },
  ],
  mustHold,
  expectedSeconds: 60 + seconds,
});

export const busAway: ScenarioOf = ({ faults: { ordersPerSecond, seconds, unavailableSeconds } }, namespace) => ({
  ...common,
  name: "bus-away",
  summary:
    "the bus is unavailable for a while: POST answers 503 in time meanwhile, KEDA keeps the replicas, no accepted order is lost",
  ...ordersPlaced({ ordersPerSecond, seconds: seconds + unavailableSeconds }),
  faultInjections: unavailable(statefulReplicas(BUS, namespace), {
    afterSeconds: seconds / 2,
    seconds: unavailableSeconds,
  }),
  mustHold: [...mustHold, { id: "replicas-kept", workload: "worker", seconds: unavailableSeconds }],
  expectedSeconds: 80 + seconds + unavailableSeconds,
});

export const busAwayIdle: ScenarioOf = (_sizes, namespace) => ({
  ...USUAL,
  name: "bus-away-idle",
  summary: "the bus is unavailable for 3 min while there is no worker: KEDA's fallback starts one",
  load: {
    ...{ program: { kind: "none" }, environment: {}, delivered: null },
    ...{ seconds: UNAVAILABLE_AT_IDLE_SECONDS + 30, timeoutSeconds: UNAVAILABLE_AT_IDLE_SECONDS + 60 },
  },
  needs: "bus",
  reaches: [],
  orders: null,
  queue: null,
  mustScale: [
    {
      workload: "worker",
      metric: { kind: "external", name: null },
      atLeast: 1,
      // Nothing but the fallback starts it, as there is no message; it is ready once it reaches the bus.
      within: { seconds: UNAVAILABLE_AT_IDLE_SECONDS + READY_AGAIN_SECONDS, after: "load-start" },
      scaleIn: { asserted: false, watchSeconds: 90 },
    },
  ],
  mustNotScale: [],
  objectives: objectives({ failedShare: null }),
  faultInjections: unavailable(statefulReplicas(BUS, namespace), {
    afterSeconds: 1,
    seconds: UNAVAILABLE_AT_IDLE_SECONDS,
  }),
  expectedSeconds: 130 + UNAVAILABLE_AT_IDLE_SECONDS,
});
