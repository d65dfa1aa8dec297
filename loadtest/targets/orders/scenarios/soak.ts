import { loadOf, objectives, queueDrains, type ScenarioOf, USUAL } from "./declaration.ts";
import { workerFollowsQueue } from "./expectations.ts";

export const soak: ScenarioOf = ({ soakSeconds, soakReadsPerSecond, soakOrdersPerSecond }) => ({
  ...USUAL,
  name: "soak",
  summary: "a steady load for a long time: memory, replicas and latency do not drift",
  load: loadOf("soak.ts", {
    environment: {
      SOAK_SECONDS: String(soakSeconds),
      READS_PER_SECOND: String(soakReadsPerSecond),
      ORDERS_PER_SECOND: String(soakOrdersPerSecond),
    },
    delivered: soakSeconds * (soakReadsPerSecond + soakOrdersPerSecond),
    seconds: soakSeconds,
  }),
  needs: "api",
  reaches: ["api"],
  orders: soakSeconds * soakOrdersPerSecond,
  queue: queueDrains(soakSeconds * soakOrdersPerSecond),
  mustScale: [workerFollowsQueue(1, { seconds: 120, after: "load-start" })],
  // The API may need several replicas for this load or one; what it must not do is to drift.
  mustNotScale: [],
  objectives: objectives({ latencyP95Ms: 1000 }),
  orderAgeP95Seconds: 60,
  steady: true,
  expectedSeconds: 90 + soakSeconds,
});
