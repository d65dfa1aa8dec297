import { demandText } from "../../../loadtest/report/texts/elasticityTexts.ts";

test("what demand is reckoned from is told with its figures, and with what it does not say", () => {
  expect(demandText({ id: "drain-objective", params: { drainSeconds: 60, messagesPerSecondPerReplica: 12.5 } })).toBe(
    "demand: as many replicas as process each message within 60 s of its arrival, at 12.5 messages/s of a replica as measured in this run",
  );
  const metric = { kind: "External", name: "s0-prometheus" } as const;
  expect(demandText({ id: "metric-target", params: { targets: [{ metric, target: 10 }] } })).toContain(
    "at 10 a replica, which is what its autoscaler is configured to follow",
  );
  const cpu = { kind: "ContainerResource", name: "cpu", container: "main" } as const;
  expect(demandText({ id: "resource-target", params: { metric: cpu, target: 60, readingAgeSeconds: 20 } })).toContain(
    "at a target of 60 each; a reading is taken for 20 s before",
  );
});
