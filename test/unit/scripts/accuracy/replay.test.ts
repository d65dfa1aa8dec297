import { join } from "node:path";
import { recordedRuns, readEvents } from "../../../../scripts/accuracy/events.ts";
import { ACCURACY } from "../../../../scripts/accuracy/configurations.ts";
import { readRecording, type RecordedScenario, WORKLOAD } from "../../../../scripts/accuracy/recording.ts";
import { SYNC_MILLIS } from "../../../../loadtest/simulator/hpaLoop.ts";
import { replayed } from "../../../support/recordings.ts";

/** A step may be seen by a sync earlier or later: when polls and syncs fell is known to the second only, and their periods are a little longer than declared. */
const SYNC_SECONDS = SYNC_MILLIS / 1000;

const runs = recordedRuns(await readEvents(join(ACCURACY, "events.jsonl"))).map(({ run }) => run);

type Samples = RecordedScenario["samples"];
type Readings = Samples[number]["workloads"][string];

function withReadings(recording: RecordedScenario, change: (readings: Readings, index: number) => Readings): Samples {
  return recording.samples.map((sample, index) => ({
    ...sample,
    workloads: Object.fromEntries(
      Object.entries(sample.workloads).map(([name, readings]) => [name, change(readings, index)]),
    ),
  }));
}

test("at least twenty runs are recorded", () => {
  expect(runs.length).toBeGreaterThanOrEqual(20);
});

test.each(runs)("from the sampled metrics of %s come its desired replicas, each step within a sync", async (run) => {
  const { measured, predicted, worstSeconds } = replayed(await readRecording(run));
  expect(predicted.map(({ desired }) => desired)).toEqual(measured.map(({ desired }) => desired));
  expect(worstSeconds).toBeLessThanOrEqual(SYNC_SECONDS);
});

describe("a recording that was changed does not come of its metrics", () => {
  const RUN = "dev-1";

  test("with fewer messages on the queue", async () => {
    const recording = await readRecording(RUN);
    const fewer = (value: number): number => Math.round(value / 10);
    const samples = withReadings(recording, (readings) =>
      readings.autoscaler.kind === "value"
        ? {
            ...readings,
            autoscaler: {
              kind: "value",
              value: {
                ...readings.autoscaler.value,
                metrics: readings.autoscaler.value.metrics.map((metric) => ({
                  ...metric,
                  current: metric.current === null ? null : fewer(metric.current),
                })),
              },
            },
          }
        : readings,
    ).map((sample) => ({
      ...sample,
      queues: Object.fromEntries(
        Object.entries(sample.queues).map(([name, queue]) => [
          name,
          queue.kind === "value" ? { ...queue, value: { ...queue.value, active: fewer(queue.value.active) } } : queue,
        ]),
      ),
    }));
    expect(replayed({ ...recording, samples }).worstSeconds).toBeNull();
  });

  test("with a replica more than the metrics call for", async () => {
    const recording = await readRecording(RUN);
    const samples = withReadings(recording, (readings) =>
      readings.replicas.kind === "value" && readings.replicas.value.desired === 5
        ? { ...readings, replicas: { kind: "value", value: { ...readings.replicas.value, desired: 6 } } }
        : readings,
    );
    expect(replayed({ ...recording, samples }).worstSeconds).toBeNull();
  });

  test("with a step that comes two syncs later", async () => {
    const recording = await readRecording(RUN);
    const desiredAt = (index: number): number | undefined => {
      const replicas = recording.samples[index]?.workloads[WORKLOAD]?.replicas;
      return replicas?.kind === "value" ? replicas.value.desired : undefined;
    };
    const lastStep = recording.samples.findLastIndex((_, index) => (desiredAt(index) ?? 0) > 0) + 1;
    const late = 2 * SYNC_SECONDS;
    const before = recording.samples[lastStep - 1];
    const held = Array.from({ length: late }, (_, index) => ({
      ...recording.samples[lastStep],
      ...before,
      atMs: (before?.atMs ?? 0) + (index + 1) * 1000,
    }));
    const after = recording.samples.slice(lastStep).map((sample) => ({ ...sample, atMs: sample.atMs + late * 1000 }));
    const samples = [...recording.samples.slice(0, lastStep), ...held, ...after] as Samples;
    expect(replayed({ ...recording, samples }).worstSeconds ?? Infinity).toBeGreaterThan(SYNC_SECONDS);
  });

  test("under settings that were not deployed", async () => {
    const recording = await readRecording(RUN);
    const scaledObject = { ...recording.scaledObject, maxReplicaCount: 7 };
    expect(replayed({ ...recording, scaledObject }).worstSeconds).toBeNull();
  });
});
