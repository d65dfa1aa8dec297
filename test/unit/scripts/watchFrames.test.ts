import type { Sample } from "../../../loadtest/model/observed.ts";
import type { Frame } from "../../../loadtest/report/feed.ts";
import { publishFrames, type WatchedQueue } from "../../../scripts/watch/watch.ts";
import { foreignSample } from "../loadtest/foreignReport.ts";

/** A sampler that has these samples, one after the other. */
function samplerOf(all: readonly Sample[]): { samples: Sample[]; next: () => Promise<Sample | undefined> } {
  const samples: Sample[] = [];
  return {
    samples,
    next: () => {
      const sample = all[samples.length];
      if (sample !== undefined) samples.push(sample);
      return Promise.resolve(sample);
    },
  };
}

async function framesOf(audit: WatchedQueue["feeds"]): Promise<Frame[]> {
  const frames: Frame[] = [];
  const read = (): Promise<undefined> => Promise.resolve(undefined);
  await publishFrames(
    { queues: { audit: { feeds: audit, read } } },
    samplerOf([foreignSample(0, 40, 1), foreignSample(1, 30, 2)]),
    { publish: (frame) => frames.push(JSON.parse(frame()) as Frame) },
  );
  return frames;
}

test("each sample of any workloads is a frame of the whole window", async () => {
  const frames = await framesOf(null);
  expect(frames.map(({ chartData }) => chartData.seconds.length)).toEqual([1, 2]);
  expect(frames[1]).toMatchObject({ deadLettered: { audit: 1 }, errors: [] });
  expect(frames[1]?.chartData.tracks.map(({ workload }) => workload)).toEqual(["web", "mailer", "cache"]);
  expect(frames[1]?.chartData.queues.map(({ name }) => name)).toEqual(["messages on audit"]);
});

test("a queue stands with the workload that it is said to feed", async () => {
  const [frame] = await framesOf("cache");
  expect(frame?.chartData.queues).toEqual([]);
  const [first] = frame?.chartData.tracks ?? [];
  expect([first?.workload, first?.signals.map(({ name }) => name)]).toEqual(["cache", ["messages"]]);
});
