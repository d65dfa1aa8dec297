import { namesOf, scaleObjects } from "../../../../bench/scale/objects.ts";
import { isHeldBy, withSettings } from "../../../../bench/scale/operator.ts";
import { parseScaleRequest } from "../../../../bench/scale/options.ts";
import { counted, ratesBetween, usageOf } from "../../../../bench/scale/readings.ts";
import { isSame, type ScaleResult } from "../../../../bench/scale/results.ts";
import { scaleTable } from "../../../../bench/scale/table.ts";

const WORKER = [
  { apiVersion: "keda.sh/v1alpha1", kind: "TriggerAuthentication", metadata: { name: "worker" }, spec: { keys: [] } },
  {
    apiVersion: "keda.sh/v1alpha1",
    kind: "ScaledObject",
    metadata: { name: "worker" },
    spec: {
      scaleTargetRef: { name: "worker" },
      pollingInterval: 5,
      advanced: { horizontalPodAutoscalerConfig: { name: "worker", behavior: { scaleUp: {} } } },
      triggers: [{ type: "azure-servicebus", metadata: { queueName: "orders", messageCount: "50" } }],
    },
  },
];

test("each ScaledObject is the worker's, with a Deployment, an HPA and a queue of its own", () => {
  const objects = scaleObjects(WORKER, "Endpoint=sb://bus", { objects: 2, settings: "default" });
  expect(objects.map(({ kind, metadata }) => `${kind ?? ""} ${metadata?.name ?? ""}`)).toEqual([
    "Namespace scale-bench",
    "Secret servicebus-keda",
    "TriggerAuthentication worker",
    "Deployment scale-bench-1",
    "ScaledObject scale-bench-1",
    "Deployment scale-bench-2",
    "ScaledObject scale-bench-2",
  ]);
  expect(objects.at(-1)?.spec).toEqual({
    scaleTargetRef: { name: "scale-bench-2" },
    pollingInterval: 5,
    advanced: { horizontalPodAutoscalerConfig: { name: "scale-bench-2", behavior: { scaleUp: {} } } },
    triggers: [{ type: "azure-servicebus", metadata: { queueName: "scale-bench-2", messageCount: "50" } }],
  });
  expect(namesOf(2)).toEqual(["scale-bench-1", "scale-bench-2"]);
});

test("with the recommended settings KEDA's cache answers the HPA", () => {
  const objects = scaleObjects(WORKER, "", { objects: 1, settings: "recommended" });
  expect(objects.at(-1)?.spec).toMatchObject({ triggers: [{ useCachedMetrics: true }] });
});

test("an overlay without the worker's ScaledObject is refused", () => {
  expect(() => scaleObjects([], "", { objects: 1, settings: "default" })).toThrow("has no ScaledObject worker");
});

test("the operator gets the recommended settings once, and loses them again", () => {
  const own = { args: ["--leader-elect"], env: [{ name: "WATCH_NAMESPACE", value: "" }] };
  const recommended = withSettings(withSettings(own, "recommended"), "recommended");
  expect(recommended).toEqual({
    args: ["--leader-elect", "--kube-api-qps=100", "--kube-api-burst=200"],
    env: [...own.env, { name: "KEDA_SCALEDOBJECT_CTRL_MAX_RECONCILES", value: "20" }],
  });
  expect(withSettings(recommended, "default")).toEqual(own);
});

test("the lease is held by the operator once its only pod has it", () => {
  expect(isHeldBy("keda-operator-1_4f", ["keda-operator-1"])).toBe(true);
  expect(isHeldBy("keda-operator-1_4f", ["keda-operator-1", "keda-operator-2"])).toBe(false);
  expect(isHeldBy("keda-operator-1_4f", ["keda-operator-2"])).toBe(false);
  expect(isHeldBy("", [""])).toBe(false);
});

test("a counter is the sum of its series, and not of those whose name begins alike", () => {
  const text = `# HELP a_total x\na_total{method="GET"} 3\na_total{method="PUT"} 4\na_total_other 9\nb_total 2.5e+3\n`;
  expect(counted(text, "a_total")).toBe(7);
  expect(counted(text, "b_total")).toBe(2500);
  expect(() => counted(text, "c_total")).toThrow("no series c_total");
});

test("CPU and memory are those of the Deployment's own pod", () => {
  const pod = (name: string, cores: number) => ({
    podRef: { name, namespace: "keda" },
    containers: [
      {
        cpu: { time: "2026-01-01T00:00:00Z", usageCoreNanoSeconds: cores * 1e9 },
        memory: { workingSetBytes: 2 ** 20 },
      },
    ],
  });
  const text = JSON.stringify({ pods: [pod("keda-operator-extra-5d-x1", 9), pod("keda-operator-5d4c-x1", 2)] });
  expect(usageOf(text, "keda", "keda-operator")).toEqual({ atMs: 1767225600000, cpuSeconds: 2, bytes: 2 ** 20 });
  expect(() => usageOf(text, "other", "keda-operator")).toThrow("no usage of a pod of other/keda-operator");
});

test("rates are of the time between two readings, of CPU between the kubelet's own", () => {
  const reading = (atMs: number, counter: number, usageAtMs: number, cpuSeconds: number) => ({
    ...{ atMs, managementRequests: counter, apiRequests: 2 * counter },
    operator: { atMs: usageAtMs, cpuSeconds, bytes: 3 * 2 ** 20 },
    adapter: { atMs: usageAtMs, cpuSeconds: 0, bytes: 2 ** 20 },
  });
  expect(ratesBetween(reading(0, 100, -5000, 10), reading(60_000, 700, 45_000, 20))).toEqual({
    ...{ managementPerSecond: 10, apiRequestsPerSecond: 20 },
    ...{ operatorCores: 0.2, adapterCores: 0, operatorMiB: 3, adapterMiB: 1 },
  });
});

test("the table has a row for each number and each settings, and says what was not run", () => {
  const rates = {
    managementPerSecond: 2.04,
    operatorCores: 0.0213,
    adapterCores: 0.004,
    operatorMiB: 70,
    adapterMiB: 50,
  };
  const result: ScaleResult = {
    ...{ objects: 10, settings: "default", inputs: "a", startedAt: "2026-01-01T00:00:00Z" },
    ...{ readySeconds: 8.4, firstScaleSeconds: [5, 1, 3] },
    idle: { ...rates, apiRequestsPerSecond: 31 },
    awake: { ...rates, apiRequestsPerSecond: 45 },
  };
  const rows = scaleTable([result])
    .split("\n")
    .map((line) => line.split("|").map((cell) => cell.trim()));
  expect(rows).toHaveLength(10);
  expect(rows.find(([, objects, settings]) => objects === "10" && settings === "default")?.slice(3, -1)).toEqual([
    ...["8 s", "3.0 s (5.0 s)", "2.0", "2.0", "21m", "21m", "70 MiB", "4m", "50 MiB", "31", "45"],
  ]);
  expect(rows.filter((cells) => cells[3] === "not run")).toHaveLength(7);
});

test("other settings, another number or another version is another measurement", () => {
  const key = { objects: 10, settings: "default", inputs: "a" } as const;
  expect(isSame(key, { ...key })).toBe(true);
  expect(isSame(key, { ...key, settings: "recommended" })).toBe(false);
  expect(isSame(key, { ...key, objects: 30 })).toBe(false);
  expect(isSame(key, { ...key, inputs: "b" })).toBe(false);
});

test("all numbers are measured where none is named", () => {
  expect(parseScaleRequest([])).toEqual({ kind: "run", objects: [1, 10, 30, 100] });
  expect(parseScaleRequest(["--objects", "30", "--objects", "1"]).objects).toEqual([1, 30]);
  expect(() => parseScaleRequest(["--objects", "5"])).toThrow("--objects 5 is not measured");
  expect(() => parseScaleRequest(["--fast"])).toThrow("Unknown option '--fast'");
});
