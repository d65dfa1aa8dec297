import { scaledObject } from "../../../../loadtest/simulator/scaledObject.ts";
import type { QueueTrigger } from "../../../../loadtest/simulator/triggers.ts";

function parsed(...triggers: object[]): ReturnType<typeof scaledObject.safeParse> {
  return scaledObject.safeParse({ spec: { triggers }, namespace: "shop" });
}

function queueOf(trigger: object): Partial<QueueTrigger> {
  const [found] = parsed(trigger).data?.triggers ?? [];
  if (found?.kind !== "queue") throw new Error("it is no trigger with a metric of its own");
  const { metric, targetMilli, activation, counts, targetField } = found;
  return { metric, targetMilli, activation, counts, targetField };
}

/** Metric names, defaults and what is counted are those of pkg/scalers of KEDA 2.21.0. */
test.each([
  [
    { type: "redis", metadata: { listName: "jobs.new", address: "redis:6379" } },
    { metric: "s0-redis-jobs-new", targetMilli: 5000, activation: 0, counts: "waiting", targetField: "listLength" },
  ],
  [
    { type: "redis", metadata: { listName: "jobs", listLength: "20", activationListLength: "3" } },
    { metric: "s0-redis-jobs", targetMilli: 20_000, activation: 3, counts: "waiting", targetField: "listLength" },
  ],
  [
    { type: "rabbitmq", metadata: { queueName: "jobs (a)/b", mode: "QueueLength", value: "2.5", protocol: "amqp" } },
    {
      metric: "s0-rabbitmq-jobs+-28a-29-2Fb",
      targetMilli: 2500,
      activation: 0,
      counts: "waiting",
      targetField: "value",
    },
  ],
  [
    {
      type: "rabbitmq",
      metadata: { queueName: "jobs", mode: "QueueLength", value: "20", host: "http://rabbit:15672" },
    },
    { metric: "s0-rabbitmq-jobs", targetMilli: 20_000, activation: 0, counts: "active", targetField: "value" },
  ],
  [
    {
      type: "rabbitmq",
      metadata: {
        queueName: "jobs",
        mode: "QueueLength",
        value: "20",
        protocol: "http",
        excludeUnacknowledged: "true",
      },
    },
    { metric: "s0-rabbitmq-jobs", targetMilli: 20_000, activation: 0, counts: "waiting", targetField: "value" },
  ],
  [
    {
      type: "prometheus",
      metadata: { serverAddress: "http://p", query: "sum(x)", threshold: "15", activationThreshold: "2" },
    },
    { metric: "s0-prometheus", targetMilli: 15_000, activation: 2, counts: "level", targetField: "threshold" },
  ],
  [
    { type: "metrics-api", metadata: { url: "http://b", valueLocation: "a.waiting", targetValue: "10" } },
    {
      metric: "s0-metric-api-a-waiting",
      targetMilli: 10_000,
      activation: 0,
      counts: "level",
      targetField: "targetValue",
    },
  ],
  [
    { type: "azure-servicebus", metadata: { queueName: "orders.eu" }, authenticationRef: { name: "keda" } },
    {
      metric: "s0-azure-servicebus-orders-eu",
      targetMilli: 5000,
      activation: 0,
      counts: "active",
      targetField: "messageCount",
    },
  ],
  [
    { type: "kubernetes-workload", metadata: { podSelector: "app=a", value: "3" } },
    { metric: "s0-workload-shop", targetMilli: 3000, activation: 0, counts: "level", targetField: "value" },
  ],
])("%j", (trigger, expected) => {
  expect(queueOf(trigger)).toEqual(expected);
});

test.each([
  [{ type: "cron", metadata: {} }, "a trigger of this type cannot be simulated; azure-servicebus, redis"],
  [{ type: "rabbitmq", metadata: { queueName: "a", mode: "MessageRate", value: "1" } }, "mode QueueLength"],
  [
    { type: "rabbitmq", metadata: { queueName: "a", mode: "QueueLength", value: "1", useRegex: "true" } },
    "by a pattern",
  ],
  [{ type: "prometheus", metadata: { query: "x" } }, "Invalid input"],
])("%j is refused", (trigger, message) => {
  expect(
    parsed(trigger)
      .error?.issues.map((issue) => issue.message)
      .join(),
  ).toContain(message);
});
