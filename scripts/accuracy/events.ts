import { existsSync } from "node:fs";
import { appendFile, mkdir, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import * as z from "zod";
import { STATISTICS } from "../../loadtest/model/forecast.ts";
import { CliError } from "../process/cliError.ts";

const interval = z.object({
  median: z.number().nullable(),
  low: z.number().nullable(),
  high: z.number().nullable(),
});

/** What is known of a replica by measured runs. */
const calibration = z.object({
  /** The runs that it comes from. */
  runs: z.array(z.string()),
  messagesPerSecond: z.number().positive(),
  startSeconds: z.array(z.number().nonnegative()).min(1),
  /** Of pods that were created alone; the others were created together. */
  aloneStartSeconds: z.array(z.number().nonnegative()),
});
export type Calibration = z.infer<typeof calibration>;

const statistics = z.record(z.enum(STATISTICS), interval);

const forecastEvent = z.object({
  kind: z.literal("forecast"),
  run: z.string(),
  madeAt: z.iso.datetime(),
  /** Of the files of the planner and the simulator: another digest is another model. */
  model: z.string(),
  seed: z.int(),
  runs: z.int(),
  calibration,
  statistics,
});
export type ForecastEvent = z.infer<typeof forecastEvent>;

const recommendationEvent = z.object({
  kind: z.literal("recommendation"),
  /** The configuration that it is made for. */
  configuration: z.string(),
  madeAt: z.iso.datetime(),
  model: z.string(),
  calibration,
  objectives: z.string(),
  /** The first of those told; empty where no better setting was found. */
  settings: z.array(z.string()),
  /** In which it lies clear of the current settings. */
  better: z.array(z.enum(STATISTICS)),
  current: statistics,
  recommended: statistics.nullable(),
});
export type RecommendationEvent = z.infer<typeof recommendationEvent>;

const recordedEvent = z.object({
  kind: z.literal("recorded"),
  run: z.string(),
  loadStartedAt: z.iso.datetime(),
  /** How long was waited before the load, by chance, so that it meets polls and syncs at any moment. */
  waitedSeconds: z.number(),
  messagesPerSecond: z.number().nullable(),
  startSeconds: z.array(z.number()),
  aloneStartSeconds: z.array(z.number()),
});
export type RecordedEvent = z.infer<typeof recordedEvent>;

/** A run that shows nothing, such as one whose load broke; it is tried again. */
const voidEvent = z.object({ kind: z.literal("void"), run: z.string(), at: z.iso.datetime(), why: z.string() });

const event = z.discriminatedUnion("kind", [forecastEvent, recommendationEvent, recordedEvent, voidEvent]);
export type AccuracyEvent = z.infer<typeof event>;

/** In the order in which they happened. @throws {CliError} for a line that is none. */
export async function readEvents(path: string): Promise<AccuracyEvent[]> {
  if (!existsSync(path)) return [];
  const lines = (await readFile(path, "utf8")).split("\n");
  return lines.flatMap((line, index) => (line.trim() === "" ? [] : [parseLine(line, `${path}:${index + 1}`)]));
}

function parseLine(line: string, place: string): AccuracyEvent {
  try {
    return event.parse(JSON.parse(line));
  } catch (error) {
    throw new CliError(`${place} is no event of this version`, "restore the file from git, or delete the line", {
      cause: error,
    });
  }
}

/** A line at once, so that several processes can append. */
export async function appendEvent(path: string, one: AccuracyEvent): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await appendFile(path, `${JSON.stringify(one)}\n`);
}

/** The runs that are recorded, by their names, in the order of their ends: the last that was said of each decides. */
export function recordedRuns(events: readonly AccuracyEvent[]): RecordedEvent[] {
  const last = new Map<string, AccuracyEvent>();
  for (const one of events) {
    if (one.kind === "recorded" || one.kind === "void") last.set(one.run, one);
  }
  return [...last.values()].flatMap((one) => (one.kind === "recorded" ? [one] : []));
}

/** By all runs that were recorded so far, whatever their configuration: a replica's pace and start do not depend on it. Null before the first. */
export function calibrationOf(events: readonly AccuracyEvent[]): Calibration | null {
  const recorded = recordedRuns(events);
  const paces = recorded.flatMap(({ messagesPerSecond }) => messagesPerSecond ?? []);
  const startSeconds = recorded.flatMap((one) => one.startSeconds);
  if (paces.length === 0 || startSeconds.length === 0) return null;
  return {
    runs: recorded.map(({ run }) => run),
    messagesPerSecond: Number((paces.reduce((sum, pace) => sum + pace, 0) / paces.length).toFixed(4)),
    startSeconds,
    aloneStartSeconds: recorded.flatMap((one) => one.aloneStartSeconds),
  };
}
