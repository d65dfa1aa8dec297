import { workerFollowsQueue } from "./expectations.ts";
import { type Scenario, USUAL } from "../../../model/scenario.ts";

export const soak: Scenario = {
  ...USUAL,
  name: "soak",
  summary: "a steady load for a long time: memory, replicas and latency do not drift",
  load: ({ soakSeconds, soakReadsPerSecond, soakOrdersPerSecond }) => ({
    script: "soak.ts",
    runner: "k6",
    environment: {
      SOAK_SECONDS: String(soakSeconds),
      READS_PER_SECOND: String(soakReadsPerSecond),
      ORDERS_PER_SECOND: String(soakOrdersPerSecond),
    },
    iterations: soakSeconds * (soakReadsPerSecond + soakOrdersPerSecond),
    seconds: soakSeconds,
  }),
  needs: "api",
  orders: ({ soakSeconds, soakOrdersPerSecond }) => soakSeconds * soakOrdersPerSecond,
  mustScale: [workerFollowsQueue(1, { seconds: 120, after: "load-start" })],
  // The API may need several replicas for this load or one; what it must not do is to drift.
  mustNotScale: [],
  queue: "drains",
  objectives: { failedShare: 0, latencyP95Ms: 1000, orderAgeP95Seconds: 60 },
  steady: true,
  expectedSeconds: ({ soakSeconds }) => 90 + soakSeconds,
};
