import type { PodSelection } from "../../../model/scenario.ts";
import { killing, objectives, type ScenarioOf, USUAL } from "../scenarios/declaration.ts";
import { statefulReplicas, unavailable } from "./liveFields.ts";
import { ordersPlaced } from "./ordersPlaced.ts";
import { NOT_RESTARTED } from "./notRestarted.ts";

const redisPods = (namespace: string): PodSelection => ({
  labels: "app=ownsignal,service=cache",
  namespace,
  main: "redis",
});
const common = {
  ...USUAL,
  mustHold: [...NOT_RESTARTED],
} as const;

export const redisKilled: ScenarioOf = ({ faults: { ordersPerSecond, seconds, failedShare } }, namespace) => ({
  ...common,
  name: "redis-killed",
  summary:
    "Redis is killed by SIGKILL: the API keeps accepting, the worker holds and resumes, nothing is dead-lettered",
  ...ordersPlaced({ ordersPerSecond, seconds }),
  // The API keeps accepting.
  objectives: objectives({ failedShare }),
  faultInjections: [
    {
      trigger: { kind: "into the load", seconds: seconds / 2 },
      action: killing({ pods: redisPods(namespace), how: "sigkill" }),
      withinSeconds: 30,
    },
  ],
  expectedSeconds: 50 + seconds,
});

export const redisAway: ScenarioOf = (
  { faults: { ordersPerSecond, seconds, unavailableSeconds, failedShare } },
  namespace,
) => ({
  ...common,
  name: "redis-away",
  summary:
    "Redis is unavailable for a while: the API keeps accepting, the worker holds and resumes, nothing is dead-lettered",
  ...ordersPlaced({ ordersPerSecond, seconds: seconds + unavailableSeconds }),
  // The API keeps accepting.
  objectives: objectives({ failedShare }),
  faultInjections: unavailable(statefulReplicas("cache", namespace), {
    afterSeconds: seconds / 2,
    seconds: unavailableSeconds,
  }),
  expectedSeconds: 60 + seconds + unavailableSeconds,
});
