import { type Look, type Sampler, startSampler } from "../../../loadtest/observe/sampler.ts";

interface Numbers {
  quick: number;
  other: number;
}

let sampler: Sampler<Look<Numbers>> | undefined;
const asLooked = (look: Look<Numbers>): Look<Numbers> => look;

afterEach(async () => {
  await sampler?.stop();
});

function start(
  quick: (signal: AbortSignal) => Promise<number | undefined>,
  other: (signal: AbortSignal) => Promise<number | undefined>,
  timeoutMs = 50,
): Sampler<Look<Numbers>> {
  sampler = startSampler({ quick, other }, asLooked, { intervalMs: 20, timeoutMs });
  return sampler;
}

async function next(of: Sampler<Look<Numbers>>): Promise<Look<Numbers>> {
  const sample = await of.next();
  if (sample === undefined) throw new Error("the sampler is stopped");
  return sample;
}

test("a value, an absence and a gap are three different readings, and a gap is no zero", async () => {
  const { readings } = await next(
    start(
      () => Promise.resolve(undefined),
      () => Promise.reject(new Error("fetch failed", { cause: new Error("ECONNREFUSED") })),
    ),
  );
  expect(readings).toEqual({ quick: { kind: "absent" }, other: { kind: "gap", error: "fetch failed: ECONNREFUSED" } });
  await sampler?.stop();
  expect(
    (
      await next(
        start(
          () => Promise.resolve(0),
          () => Promise.resolve(7),
        ),
      )
    ).readings,
  ).toEqual({
    quick: { kind: "value", value: 0 },
    other: { kind: "value", value: 7 },
  });
});

test("a source that hangs becomes a gap, is aborted, and neither skews nor holds up the others", async () => {
  const readAtMs: number[] = [];
  const aborted: unknown[] = [];
  const running = start(
    () => {
      readAtMs.push(performance.now());
      return Promise.resolve(readAtMs.length);
    },
    (signal) =>
      new Promise(() => {
        signal.addEventListener("abort", () => aborted.push(signal.reason));
      }),
    200,
  );
  const first = await next(running);
  // The first sample waits for its own hanging read only; meanwhile the quick source went on at its pace.
  expect(first.readings).toEqual({
    quick: { kind: "value", value: 1 },
    other: { kind: "gap", error: "no answer within 200 ms" },
  });
  expect(readAtMs.length).toBeGreaterThan(5);
  expect(aborted).not.toHaveLength(0);
});

test("samples come in the order of their moments, however long each took", async () => {
  let reads = 0;
  const running = start(
    () => Promise.resolve(1),
    () => {
      reads += 1;
      const read = reads;
      return new Promise((resolve) => setTimeout(resolve, read === 1 ? 45 : 1, read));
    },
    1000,
  );
  // On a busy machine there are gaps between them, which are moments that nobody looked at.
  const numbers = (): number[] =>
    running.samples.flatMap(({ readings: { other } }) => (other.kind === "value" ? [other.value] : []));
  while (numbers().length < 2) await next(running);
  expect(numbers().slice(0, 2)).toEqual([1, 2]);
  const moments = running.samples.map(({ atMs }) => atMs);
  expect(moments).toEqual([...moments].sort((a, b) => a - b));
});

test("moments that the process slept through are gaps", async () => {
  const running = start(
    () => Promise.resolve(1),
    () => Promise.resolve(2),
  );
  await next(running);
  const untilMs = performance.now() + 150;
  while (performance.now() < untilMs);
  for (;;) {
    const { readings } = await next(running);
    if (readings.quick.kind === "value" && running.samples.length > 6) break;
  }
  const slept = running.samples.filter(({ readings }) => readings.quick.kind === "gap");
  expect(slept.length).toBeGreaterThanOrEqual(5);
  expect(slept[0]?.readings.quick).toEqual({ kind: "gap", error: "the sampler did not get to run" });
  // No moment is missing: each is one interval after the one before.
  const steps = running.samples.slice(1).map(({ atMs }, index) => atMs - (running.samples[index]?.atMs ?? 0));
  expect(new Set(steps)).toEqual(new Set([20]));
});

test("every moment is looked at once, although timers fire a little early now and then", async () => {
  sampler = startSampler({ quick: () => Promise.resolve(1), other: () => Promise.resolve(2) }, asLooked, {
    intervalMs: 3,
    timeoutMs: 1000,
  });
  while (sampler.samples.length < 300) await next(sampler);
  const moments = sampler.samples.map(({ atMs }) => atMs);
  const steps = moments.slice(1).map((atMs, index) => atMs - (moments[index] ?? 0));
  expect(new Set(steps)).toEqual(new Set([3]));
});

test("once stopped it reads no more and has no next sample", async () => {
  let reads = 0;
  const running = start(
    () => Promise.resolve(++reads),
    () => Promise.resolve(1),
  );
  await next(running);
  await running.stop();
  const before = reads;
  expect(await running.next()).toBeUndefined();
  await new Promise((wake) => setTimeout(wake, 60));
  expect(reads).toBe(before);
});

test("who looks on without end keeps the newest samples only", async () => {
  sampler = startSampler({ quick: () => Promise.resolve(1), other: () => Promise.resolve(2) }, asLooked, {
    intervalMs: 1,
    keep: 3,
  });
  let last = await next(sampler);
  for (let taken = 0; taken < 6; taken++) last = await next(sampler);
  expect(sampler.samples).toHaveLength(3);
  expect(sampler.samples.at(-1)?.atMs).toBeGreaterThanOrEqual(last.atMs);
});

test("what becomes of a moment is made of its readings", async () => {
  const summed = startSampler(
    { quick: () => Promise.resolve(1), other: () => Promise.resolve(2) },
    ({ atMs, readings }) => ({
      atMs,
      sum: Object.values(readings).reduce((sum, reading) => sum + (reading.kind === "value" ? reading.value : 0), 0),
    }),
  );
  try {
    expect(await summed.next()).toMatchObject({ sum: 3 });
  } finally {
    await summed.stop();
  }
});

test("what was due before a moment is dropped, also what is answered after it", async () => {
  let answer: (value: number) => void = () => undefined;
  let reads = 0;
  const running = start(
    () => {
      reads += 1;
      return reads === 2 ? new Promise<number>((resolve) => (answer = resolve)) : Promise.resolve(reads);
    },
    () => Promise.resolve(1),
    5000,
  );
  await next(running);
  while (reads < 4) await new Promise((wake) => setTimeout(wake, 5));
  // The second is still being read, so nothing after the first is complete.
  expect(running.samples).toHaveLength(1);
  const fromMs = (running.samples[0]?.atMs ?? 0) + 2 * 20;
  running.forget(fromMs);
  expect(running.samples).toEqual([]);
  answer(2);
  const kept = await next(running);
  expect(kept.atMs).toBe(fromMs);
  expect(running.samples[0]).toBe(kept);
});

test("what is being read is complete once it has settled", async () => {
  let answer: (value: number) => void = () => undefined;
  const running = start(
    () => new Promise<number>((resolve) => (answer = resolve)),
    () => Promise.resolve(1),
  );
  const settled = running.settled();
  answer(1);
  await settled;
  expect(running.samples).toHaveLength(1);
});
