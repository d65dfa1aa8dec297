import { detectExternalChanges } from "../../../loadtest/assertions/externalChanges.ts";
import type { AutoscalerState, ScaledObjectState } from "../../../loadtest/model/autoscaling.ts";
import type { Cause } from "../../../loadtest/model/cause.ts";
import type { Sample } from "../../../loadtest/model/observed.ts";
import type { PodLife } from "../../../loadtest/model/pods.ts";
import type { LiveField } from "../../../loadtest/model/scenario.ts";
import {
  apiCpuTarget,
  workerActivation,
  workerMaximum,
} from "../../../loadtest/targets/orders/scenarios/liveFields.ts";
import {
  ABSENT,
  API_AUTOSCALER,
  busTrigger,
  containerMetric,
  GAP,
  LOAD_START_MS,
  SCALE_UP,
  SCALED_OBJECT,
  samples,
  value,
  WORKER_AUTOSCALER,
} from "./fixtures.ts";

function changesOf(
  seen: readonly Sample[],
  workload: "api" | "worker",
  { own = [], pods = [] }: { own?: readonly LiveField[]; pods?: readonly PodLife[] } = {},
): Cause[] {
  const changes = detectExternalChanges(seen, pods, ["api", "worker"], own);
  expect(Object.keys(changes)).toEqual(["api", "worker"]);
  return changes[workload] ?? [];
}

test("a pod that somebody deleted is an external change of its own workload", () => {
  const pod: PodLife = {
    name: "worker-1",
    workload: "worker",
    createdMs: LOAD_START_MS,
    readyMs: LOAD_START_MS + 1000,
    goneMs: LOAD_START_MS + 9000,
    endedBecause: "deleted by somebody, its autoscaler had not asked for fewer",
    restarts: 0,
    removedExternally: true,
    exitCode: 0,
  };
  expect(changesOf(samples(0, 1), "worker", { pods: [pod] })).toEqual([
    {
      id: "external-pod-removal",
      subject: "worker-1",
      params: { reason: "deleted by somebody, its autoscaler had not asked for fewer" },
    },
  ]);
  expect(changesOf(samples(0, 1), "api", { pods: [pod] })).toEqual([]);
});

describe("a ScaledObject", () => {
  const changed = (of: Partial<ScaledObjectState>): Sample[] =>
    samples(0, 9, (at) => ({ workerScaledObject: value(at < 5 ? SCALED_OBJECT : { ...SCALED_OBJECT, ...of }) }));
  const withMetadata = (metadata: Record<string, string>): Partial<ScaledObjectState> => ({
    triggers: [busTrigger({ metadata: { ...busTrigger().metadata, ...metadata } })],
  });

  test.each<[Partial<ScaledObjectState>, object]>([
    [{ cooldownSeconds: 300 }, { field: "cooldownPeriod", from: "15", to: "300" }],
    [withMetadata({ queueName: "x" }), { field: "queueName", from: "orders", to: "x" }],
    [{ maxReplicas: 1 }, { field: "maxReplicaCount", from: "8", to: "1" }],
    [{ idleReplicas: 0 }, { field: "idleReplicaCount", from: "not set", to: "0" }],
    [
      { triggers: [busTrigger(), { ...busTrigger(), type: "cron" }] },
      { field: "triggers", from: "azure-servicebus", to: "azure-servicebus, cron" },
    ],
  ])("that somebody changed to %j is an external change", (of, params) => {
    expect(changesOf(changed(of), "worker")).toEqual([{ id: "external-field-change", subject: "worker", params }]);
  });

  test("that the proof itself changes is no external change, of another object it is", () => {
    const activation = changed(withMetadata({ activationMessageCount: "20" }));
    expect(changesOf(changed({ maxReplicas: 1 }), "worker", { own: [workerMaximum("orders-dev")] })).toEqual([]);
    expect(changesOf(activation, "worker", { own: [workerActivation("orders-dev")] })).toEqual([]);
    const { object, paths } = workerMaximum("orders-dev");
    const other: LiveField = { object: { ...object, name: "invoices" }, paths };
    expect(changesOf(changed({ maxReplicas: 1 }), "worker", { own: [other] })).toHaveLength(1);
  });

  test("that stays as it was is nothing, its HPA is KEDA's to change, and a gap changes nothing", () => {
    const busy = { ...SCALED_OBJECT, conditions: { Active: { status: "True", reason: "", message: "" } } };
    expect(changesOf(changed(busy), "worker")).toEqual([]);
    const made = samples(0, 9, (at) => ({
      workerAutoscaler: at < 5 ? ABSENT : value({ ...WORKER_AUTOSCALER, max: 3 + at }),
      workerScaledObject: at === 3 ? GAP : value(SCALED_OBJECT),
    }));
    expect(changesOf(made, "worker")).toEqual([]);
  });

  test("that was never readable leaves its HPA's changes unexplained", () => {
    const unread = samples(0, 9, (at) => ({
      workerAutoscaler: value({ ...WORKER_AUTOSCALER, max: at < 5 ? 8 : 9 }),
      workerScaledObject: GAP,
    }));
    expect(changesOf(unread, "worker")).toEqual([]);
  });
});

describe("an HPA", () => {
  const changed = (of: Partial<AutoscalerState>): Sample[] =>
    samples(0, 9, (at) => ({ apiAutoscaler: value(at < 5 ? API_AUTOSCALER : { ...API_AUTOSCALER, ...of }) }));
  const object = "HorizontalPodAutoscaler";

  test.each<[Partial<AutoscalerState>, object]>([
    [{ max: 2 }, { field: "maxReplicas", from: "6", to: "2", object }],
    [
      { scaleUp: { ...SCALE_UP, selectPolicy: "Disabled" } },
      { field: "scaleUp.selectPolicy", from: "Max", to: "Disabled", object },
    ],
    [{ metrics: [containerMetric("cpu", "api", 5, 90)] }, { field: "target of cpu", from: "60", to: "90", object }],
    [
      { metrics: [containerMetric("memory", "api", 5, 90)] },
      { field: "metrics", from: "ContainerResource api cpu", to: "ContainerResource api memory", object },
    ],
  ])("that somebody changed to %j is an external change", (of, params) => {
    expect(changesOf(changed(of), "api")).toEqual([{ id: "external-field-change", subject: "api", params }]);
  });

  test("that somebody deleted is an external change", () => {
    const gone = samples(0, 9, (at) => ({ apiAutoscaler: at < 5 ? value(API_AUTOSCALER) : ABSENT }));
    expect(changesOf(gone, "api")).toEqual([
      {
        id: "external-field-change",
        subject: "api",
        params: { field: "the object", from: "present", to: "absent", object },
      },
    ]);
  });

  test("whose target the proof sets itself, or that only reads and recommends something else, is nothing", () => {
    const target = changed({ metrics: [containerMetric("cpu", "api", 5, 10_000)] });
    expect(changesOf(target, "api", { own: [apiCpuTarget("orders-dev")] })).toEqual([]);
    expect(
      changesOf(changed({ desired: 4, current: 4, metrics: [containerMetric("cpu", "api", 170, 60)] }), "api"),
    ).toEqual([]);
  });
});
