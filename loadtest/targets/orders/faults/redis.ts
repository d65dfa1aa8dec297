import type { LiveField, PodSelection } from "../../../model/scenario.ts";
import { killing, objectives, type ScenarioOf, USUAL } from "../scenarios/declaration.ts";
import { ordersPlaced } from "./ordersPlaced.ts";

const AWAY_SECONDS = 30;

const redisPods = (namespace: string): PodSelection => ({
  labels: "app=ownsignal,service=cache",
  namespace,
  main: "redis",
});
const redisReplicas = (namespace: string): LiveField => ({
  object: { kind: "StatefulSet", name: "cache", namespace },
  paths: ["spec.replicas"],
});

const common = {
  ...USUAL,
  needs: "api",
  reaches: ["api"],
  mustScale: [],
  mustNotScale: [],
  // The API keeps accepting.
  objectives: objectives({ failedShare: 0.001 }),
  mustHold: [
    { id: "not-restarted", workload: "api" },
    { id: "not-restarted", workload: "worker" },
  ],
} as const;

const KILLED = { ordersPerSecond: 50, seconds: 40 };
export const redisKilled: ScenarioOf = (_sizes, namespace) => ({
  ...common,
  name: "redis-killed",
  summary:
    "Redis is killed by SIGKILL: the API keeps accepting, the worker holds and resumes, nothing is dead-lettered",
  ...ordersPlaced(KILLED),
  faultInjections: [
    {
      trigger: { kind: "into the load", seconds: 20 },
      action: killing({ pods: redisPods(namespace), how: "sigkill" }),
      withinSeconds: 30,
    },
  ],
  expectedSeconds: 50 + KILLED.seconds,
});

const AWAY = { ordersPerSecond: 50, seconds: 70 };
export const redisAway: ScenarioOf = (_sizes, namespace) => ({
  ...common,
  name: "redis-away",
  summary:
    "Redis is unavailable for 30 s: the API keeps accepting, the worker holds and resumes, nothing is dead-lettered",
  ...ordersPlaced(AWAY),
  faultInjections: [
    {
      trigger: { kind: "into the load", seconds: 20 },
      action: { kind: "set", field: redisReplicas(namespace), to: 0 },
      withinSeconds: 30,
    },
    {
      trigger: { kind: "after the fault before", seconds: AWAY_SECONDS },
      action: { kind: "restore" },
      withinSeconds: 2 * AWAY_SECONDS,
    },
  ],
  expectedSeconds: 60 + AWAY.seconds,
});
