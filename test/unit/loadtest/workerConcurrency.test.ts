import { concurrencyOf } from "../../../loadtest/targets/orders/workerConcurrency.ts";

const CONFIG: Record<string, Record<string, string>> = {
  base: { WORKER_CONCURRENCY: "4", OTHER: "1" },
  overlay: { WORKER_CONCURRENCY: "100" },
  words: { WORKER_CONCURRENCY: "many" },
};
const dataOf = (name: string): Promise<Record<string, string> | undefined> => Promise.resolve(CONFIG[name]);
const from = (...names: string[]): { envFrom: { configMapRef: { name: string } }[] } => ({
  envFrom: names.map((name) => ({ configMapRef: { name } })),
});

test.each([
  [
    "the variable itself, before any ConfigMap",
    { env: [{ name: "WORKER_CONCURRENCY", value: "8" }], ...from("base") },
    8,
  ],
  ["the last ConfigMap that has it", from("base", "overlay"), 100],
  [
    "a key of a ConfigMap",
    {
      env: [
        { name: "WORKER_CONCURRENCY", valueFrom: { configMapKeyRef: { name: "base", key: "WORKER_CONCURRENCY" } } },
      ],
    },
    4,
  ],
  ["the service's default where nothing sets it", from("missing"), 16],
  ["the service's default of a container without environment", undefined, 16],
])("the concurrency comes from %s", async (_, container, concurrency) => {
  expect(await concurrencyOf(container, dataOf)).toEqual({ kind: "value", value: concurrency });
});

test("a concurrency that is no positive number is not known", async () => {
  expect(await concurrencyOf(from("words"), dataOf)).toEqual({
    kind: "gap",
    error: 'WORKER_CONCURRENCY of Deployment worker is "many"',
  });
});
