import { messageOf } from "../../src/shared/messageOf.ts";
import { ABSENT, type Reading } from "../model/reading.ts";

/** Reads one thing now; undefined when it is not there. What it throws becomes a gap. */
export type Source<T> = (signal: AbortSignal) => Promise<T | undefined>;
export type Sources<T> = { readonly [Key in keyof T]: Source<T[Key]> };

/** What was read at one moment: when it was due, in milliseconds since 1970, and each source's reading. */
export interface Look<T> {
  atMs: number;
  readings: { readonly [Key in keyof T]: Reading<T[Key]> };
}

/** Looks at everything at a steady pace until it is stopped. */
export interface Sampler<S> {
  /** What has been seen so far, in order, without moments that are still being read. */
  readonly samples: readonly S[];
  /** The next sample that becomes complete; undefined once the sampler is stopped. */
  next(): Promise<S | undefined>;
  /** Resolves when what is being read now is complete. */
  settled(): Promise<void>;
  /** Drops all that was due before a moment, also what is still being read. */
  forget(beforeMs: number): void;
  /** Takes no further sample, and resolves when those under way are complete. */
  stop(): Promise<void>;
}

/**
 * Every source is read at its own pace: a slow one delays neither the others nor the next moment, and its late answer is a gap at the moment
 * when it was asked. Moments that the process slept through are gaps too, so that a starved sampler cannot pass for a quiet cluster.
 */
export function startSampler<T extends object, S extends { atMs: number }>(
  sources: Sources<T>,
  /** What becomes of the readings of a moment; it has the same `atMs`. */
  sampleOf: (look: Look<T>) => S,
  {
    intervalMs = 1000,
    timeoutMs = 3000,
    keep = Infinity,
  }: {
    intervalMs?: number;
    timeoutMs?: number;
    /** Samples that are kept, the newest: for whoever looks on without end. */
    keep?: number;
  } = {},
): Sampler<S> {
  const keys = Object.keys(sources) as (keyof T)[];
  const samples: S[] = [];
  const underWay: { look?: Look<T> }[] = [];
  let waiting: ((sample: S | undefined) => void)[] = [];
  let settled: Promise<unknown> = Promise.resolve();
  let stopped = false;
  // Moments are counted on the monotonic clock: a correction of the wall clock must not look like a gap.
  const startMonotonicMs = performance.now();
  const startMs = Date.now();
  let taken = 0;
  let keptFromMs = -Infinity;

  function publish(): void {
    while (underWay[0]?.look !== undefined) {
      const { look } = underWay.shift() as { look: Look<T> };
      if (look.atMs < keptFromMs) continue;
      const sample = sampleOf(look);
      samples.push(sample);
      if (samples.length > keep) samples.shift();
      const resolves = waiting;
      waiting = [];
      for (const resolve of resolves) resolve(sample);
    }
  }

  function take(atMs: number, missed: string | undefined): void {
    const slot: { look?: Look<T> } = {};
    underWay.push(slot);
    const reads = keys.map(async (key): Promise<[keyof T, Reading<T[keyof T]>]> => [
      key,
      missed === undefined ? await read(sources[key], timeoutMs) : { kind: "gap", error: missed },
    ]);
    const done = Promise.all(reads).then((entries) => {
      slot.look = { atMs, readings: Object.fromEntries(entries) as Look<T>["readings"] };
      publish();
    });
    settled = Promise.all([settled, done]);
  }

  function tick(): void {
    if (stopped) return;
    // A timer may fire a little early: it is the next moment all the same, or the one before would be seen twice and its label would lie.
    const due = Math.max(taken, Math.floor((performance.now() - startMonotonicMs) / intervalMs));
    for (; taken < due; taken++) take(startMs + taken * intervalMs, "the sampler did not get to run");
    take(startMs + due * intervalMs, undefined);
    taken = due + 1;
    timer = setTimeout(tick, Math.max(0, startMonotonicMs + taken * intervalMs - performance.now()));
  }

  let timer: NodeJS.Timeout | undefined;
  tick();

  return {
    samples,
    next: () =>
      stopped && underWay.length === 0 ? Promise.resolve(undefined) : new Promise((resolve) => waiting.push(resolve)),
    settled: async () => {
      await settled;
    },
    forget: (beforeMs) => {
      keptFromMs = beforeMs;
      samples.splice(0, samples.filter(({ atMs }) => atMs < beforeMs).length);
    },
    stop: async () => {
      stopped = true;
      clearTimeout(timer);
      await settled;
      for (const resolve of waiting) resolve(undefined);
      waiting = [];
    },
  };
}

/** Bounded even where the source ignores its signal. */
async function read<T>(source: Source<T>, timeoutMs: number): Promise<Reading<T>> {
  const abort = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      const error = new Error(`no answer within ${timeoutMs} ms`);
      abort.abort(error);
      reject(error);
    }, timeoutMs);
  });
  try {
    const value = await Promise.race([source(abort.signal), late]);
    return value === undefined ? ABSENT : { kind: "value", value };
  } catch (error) {
    return { kind: "gap", error: messageOf(error) };
  } finally {
    clearTimeout(timer);
  }
}
