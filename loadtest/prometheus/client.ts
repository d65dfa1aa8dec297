import { setTimeout as sleep } from "node:timers/promises";
import { parse } from "yaml";
import * as z from "zod";
import { messageOf } from "../../src/shared/messageOf.ts";
import { parseDuration } from "../model/parseDuration.ts";
import { abortReason } from "../model/abortReason.ts";
import { type Address, hostPort } from "../model/endpoint.ts";
import type { Reading } from "../model/reading.ts";

/** A sample of a series: when, and how much. NaN and the infinities are values too. */
export interface Point {
  atMs: number;
  value: number;
}

/** A series with its labels, its points in order. */
export interface Series {
  labels: Readonly<Record<string, string>>;
  points: readonly Point[];
}

/** What Prometheus does at its own pace: how long a value may take to be in a curve. */
export interface Pace {
  /** The longest interval at which any of its jobs is scraped. */
  scrapeSeconds: number;
  /** The longest interval at which any group of rules is evaluated. */
  evaluationSeconds: number;
}

/** A query that Prometheus did not answer in a usable way. */
export class PrometheusError extends Error {
  override readonly name = "PrometheusError";
}

/** One Prometheus. Every method rejects with a {@link PrometheusError} that names the address and the query. */
export interface Prometheus {
  /** The series that a selector matches, with the samples as they were scraped, from one moment to another, both included. */
  scraped(selector: string, fromMs: number, toMs: number): Promise<Series[]>;
  /** What a graph of an expression shows: a value at every step at which there is one. */
  shown(expression: string, fromMs: number, toMs: number, stepSeconds: number): Promise<Series[]>;
  /** What an expression comes to at a moment: the value of its only series, or of a scalar; undefined where it has none. */
  value(expression: string, atMs: number): Promise<number | undefined>;
  pace(): Promise<Pace>;
}

const seconds = z.number().transform((value) => Math.round(value * 1000));
const value = z.string().transform((text) => (text === "+Inf" ? Infinity : text === "-Inf" ? -Infinity : Number(text)));
const matrix = z.object({
  resultType: z.literal("matrix"),
  result: z.array(
    z.object({ metric: z.record(z.string(), z.string()), values: z.array(z.tuple([seconds, value])).default([]) }),
  ),
});
const instant = z.discriminatedUnion("resultType", [
  z.object({ resultType: z.literal("vector"), result: z.array(z.object({ value: z.tuple([seconds, value]) })) }),
  z.object({ resultType: z.literal("scalar"), result: z.tuple([seconds, value]) }),
]);
const configuration = z.object({
  yaml: z
    .string()
    .transform((text): unknown => parse(text))
    .pipe(
      // As Prometheus has it: with its defaults filled in.
      z.object({
        global: z.object({ evaluation_interval: z.string() }),
        scrape_configs: z.array(z.object({ scrape_interval: z.string() })).default([]),
      }),
    ),
});
const groups = z.object({ groups: z.array(z.object({ interval: z.number() })) });
const envelope = z.object({ status: z.string(), data: z.unknown().optional(), error: z.string().optional() });

/** How long one answer may take. */
const TIMEOUT_MS = 10_000;

function prometheusAt(at: Address | string, signal: AbortSignal | undefined): Prometheus {
  const origin = typeof at === "string" ? at.replace(/\/+$/, "") : `http://${hostPort(at)}`;

  async function ask<T>(path: string, parameters: Record<string, string>, shape: z.ZodType<T>): Promise<T> {
    const question = `${origin}/api/v1/${path}${parameters.query === undefined ? "" : ` about ${parameters.query}`}`;
    const until = AbortSignal.timeout(TIMEOUT_MS);
    const url = `${origin}/api/v1/${path}?${new URLSearchParams(parameters).toString()}`;
    let text: string;
    let status: number;
    try {
      const response = await fetch(url, { signal: signal === undefined ? until : AbortSignal.any([until, signal]) });
      status = response.status;
      text = await response.text();
    } catch (error) {
      const why = signal?.aborted
        ? abortReason(signal)
        : until.aborted
          ? `no answer within ${TIMEOUT_MS} ms`
          : messageOf(error);
      throw new PrometheusError(`Prometheus at ${question}: ${why}`, { cause: error });
    }
    const answer = envelope.safeParse(jsonOf(text));
    if (!answer.success) throw new PrometheusError(`${question} answered ${status}: ${text.slice(0, 200)}`);
    if (answer.data.status !== "success") {
      throw new PrometheusError(`${question} answered ${status}: ${answer.data.error ?? "no reason given"}`);
    }
    const data = shape.safeParse(answer.data.data);
    if (!data.success) {
      throw new PrometheusError(
        `${question} answered in a shape that is not Prometheus': ${z.prettifyError(data.error)}`,
      );
    }
    return data.data;
  }

  return {
    scraped: async (selector, fromMs, toMs) => {
      // A range leaves its own beginning out.
      const range = `${Math.max(1, toMs - fromMs + 1)}ms`;
      const answer = await ask("query", { query: `${selector}[${range}]`, time: String(toMs / 1000) }, matrix);
      return answer.result.map(seriesOf);
    },
    shown: async (expression, fromMs, toMs, stepSeconds) => {
      const answer = await ask(
        "query_range",
        { query: expression, start: String(fromMs / 1000), end: String(toMs / 1000), step: String(stepSeconds) },
        matrix,
      );
      return answer.result.map(seriesOf);
    },
    value: async (expression, atMs) => {
      const answer = await ask("query", { query: expression, time: String(atMs / 1000) }, instant);
      if (answer.resultType === "scalar") return answer.result[1];
      if (answer.result.length > 1) {
        throw new PrometheusError(
          `${expression} has ${answer.result.length} series: it has to be one, for example by sum(…)`,
        );
      }
      return answer.result[0]?.value[1];
    },
    pace: async () => {
      const [{ yaml }, rules] = await Promise.all([ask("status/config", {}, configuration), ask("rules", {}, groups)]);
      const jobs = yaml.scrape_configs;
      if (jobs.length === 0) throw new PrometheusError(`Prometheus at ${origin} scrapes nothing`);
      return {
        scrapeSeconds: Math.max(...jobs.map(({ scrape_interval: interval }) => durationSeconds(interval))),
        evaluationSeconds: Math.max(
          durationSeconds(yaml.global.evaluation_interval),
          ...rules.groups.map(({ interval }) => interval),
        ),
      };
    },
  };
}

/** What is read from a Prometheus: a gap with the error where it gave no usable answer, or where `signal` aborted. */
export async function readFrom<T>(
  /** Or its URL. */
  address: Address | string,
  signal: AbortSignal | undefined,
  read: (prometheus: Prometheus) => Promise<Reading<T>>,
): Promise<Reading<T>> {
  try {
    return await read(prometheusAt(address, signal));
  } catch (error) {
    if (error instanceof PrometheusError) return { kind: "gap", error: error.message };
    if (signal?.aborted === true) return { kind: "gap", error: abortReason(signal) };
    throw error;
  }
}

/**
 * Asks until a condition holds on the answer, or until it is too late.
 * @returns the last answer, whether or not it held.
 */
export async function askUntil<T>(
  ask: () => Promise<T>,
  holds: (answer: T) => boolean,
  { withinMs, everyMs = 500, signal }: { withinMs: number; everyMs?: number; signal?: AbortSignal | undefined },
): Promise<T> {
  const deadlineMs = Date.now() + withinMs;
  for (;;) {
    const answer = await ask();
    if (holds(answer) || Date.now() + everyMs > deadlineMs) return answer;
    await sleep(everyMs, undefined, signal === undefined ? {} : { signal });
  }
}

function durationSeconds(text: string): number {
  const seconds = parseDuration(text);
  if (seconds === undefined) throw new PrometheusError(`"${text}" is no duration of Prometheus`);
  return seconds;
}

function seriesOf({ metric, values }: { metric: Record<string, string>; values: [number, number][] }): Series {
  return { labels: metric, points: values.map(([atMs, of]) => ({ atMs, value: of })) };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
