import { hpaSpec } from "../../../../loadtest/simulator/hpaSpec.ts";
import { quantityFloat, quantityMilli } from "../../../../loadtest/simulator/quantity.ts";
import { scaledObject } from "../../../../loadtest/simulator/scaledObject.ts";
import { hpaOf } from "../../../../loadtest/simulator/scaledObjectHpa.ts";

describe("quantities", () => {
  test.each([
    ["5", 5000],
    ["2.7", 2700],
    ["500m", 500],
    ["0.0001", 1],
    ["1Gi", 2 ** 30 * 1000],
    ["300M", 300_000_000_000],
    ["1e3", 1_000_000],
    ["100u", 1],
  ])("%s is %d thousandths, rounded up", (text, milli) => {
    expect(quantityMilli(text)).toBe(milli);
  });

  test.each(["", "five", "-1", "1 Gi", "1KB"])("%p is none", (text) => {
    expect(quantityMilli(text)).toBeNull();
    expect(quantityFloat(text)).toBeNull();
  });

  test("a fraction is as near as Go takes it", () => {
    expect(quantityFloat("57m")).toBe(57 * 0.001);
    expect(quantityFloat("0.1")).toBe(0.1);
    expect(quantityFloat("1")).toBe(1);
  });
});

const messages = (result: { error?: { issues: { message: string }[] } }): string =>
  result.error?.issues.map(({ message }) => message).join("\n") ?? "";

const trigger = { type: "azure-servicebus", metadata: { queueName: "orders" } };

describe("what cannot be simulated is refused by name", () => {
  test.each([
    ["a formula", { advanced: { scalingModifiers: { formula: "a + b" } } }, "formula (scalingModifiers)"],
    ["a trigger", { triggers: [{ type: "kafka", metadata: {} }] }, "a trigger of this type cannot be simulated"],
    [
      "the fallback of a formula",
      { fallback: { failureThreshold: 1, replicas: 1, behavior: "triggerscalingmodifiers" } },
      "cannot be simulated",
    ],
    ["an unknown field", { pollInterval: 5 }, "pollInterval"],
    [
      "a behavior that is none",
      { advanced: { horizontalPodAutoscalerConfig: { behavior: { up: 1 } } } },
      "no behavior",
    ],
  ])("%s", (_, fields, text) => {
    expect(messages(scaledObject.safeParse({ spec: { triggers: [trigger], ...fields } }))).toContain(text);
  });

  test("a metric of an adapter for custom metrics", () => {
    const pods = { type: "Pods", pods: { metric: { name: "a" }, target: { type: "AverageValue", averageValue: "1" } } };
    expect(messages(hpaSpec.safeParse({ maxReplicas: 3, metrics: [pods] }))).toBe(
      "a metric of type Pods cannot be simulated; External, Resource and ContainerResource can",
    );
  });

  test("an annotation that is no number of replicas", () => {
    const annotations = { "autoscaling.keda.sh/paused-replicas": "some" };
    expect(messages(scaledObject.safeParse({ spec: { triggers: [trigger] }, annotations }))).toContain(
      "paused-replicas",
    );
  });

  test("a quantity that is none", () => {
    const target = { type: "AverageValue", averageValue: "five" };
    const metric = { type: "External", external: { metric: { name: "a" }, target } };
    expect(messages(hpaSpec.safeParse({ maxReplicas: 3, metrics: [metric] }))).toContain('"five" is no quantity');
  });
});

describe("the HPA of a ScaledObject", () => {
  test("has KEDA's defaults, and no behavior where none is set", () => {
    const hpa = hpaOf(scaledObject.parse({ spec: { triggers: [trigger] } }));
    expect(hpa).toEqual({
      minReplicas: 1,
      maxReplicas: 100,
      behavior: null,
      metrics: [
        { type: "External", name: "s0-azure-servicebus-orders", target: { type: "AverageValue", milli: 5000 } },
      ],
    });
  });
});
