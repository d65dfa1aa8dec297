import { quantityMilli } from "../../loadtest/simulator/quantity.ts";
import { parseDuration } from "../../loadtest/model/parseDuration.ts";
import type { Arrival } from "../../loadtest/planner/plannedWorkload.ts";
import type { Steps } from "../../loadtest/simulator/steps.ts";
import { CliError } from "../process/cliError.ts";

/** A part of a load over time. Amounts are in thousandths: of a message, or of the metric's unit. */
export type CurvePart =
  | { readonly kind: "at"; readonly milli: number; readonly atSeconds: number }
  | { readonly kind: "rate"; readonly milli: number; readonly fromSeconds: number; readonly toSeconds: number }
  | {
      readonly kind: "ramp";
      readonly fromMilli: number;
      readonly toMilli: number;
      readonly fromSeconds: number;
      readonly toSeconds: number;
    }
  | {
      readonly kind: "spikes";
      readonly milli: number;
      readonly fromSeconds: number;
      readonly toSeconds: number;
      readonly everySeconds: number;
    };

export const CURVE_FIX =
  "give N@TIME, N/s@TIME..TIME, ramp:A-B@TIME..TIME or spikes:N@TIME..TIME/TIME, for example 4000@0s or ramp:0-50@0s..2m, with commas between several";

const LONGEST_SECONDS = 6 * 3600;

/** A curve as an option has it: `4000@0s,500@90s`, `40/s@0s..2m`, `ramp:0-50@0s..2m`, `spikes:200@0s..10m/1m`. @throws {CliError} naming the part that is wrong. */
export function parseCurve(text: string, option: string): CurvePart[] {
  return text.split(",").map((part) => partOf(part.trim(), option));
}

function partOf(text: string, option: string): CurvePart {
  const wrong = (what: string): CliError => new CliError(`${option}: "${text}" ${what}`, CURVE_FIX);
  const amount = (of: string): number => {
    const milli = quantityMilli(of);
    if (milli === null)
      throw wrong(`has ${of === "" ? "no amount" : `"${of}"`} where an amount such as 4000 or 500m is expected`);
    return milli;
  };
  const seconds = (of: string): number => {
    const value = parseDuration(of);
    if (value !== undefined && value > LONGEST_SECONDS)
      throw wrong(`goes on after ${LONGEST_SECONDS / 3600} h, which is too long to simulate`);
    if (value === undefined)
      throw wrong(`has ${of === "" ? "no time" : `"${of}"`} where a time such as 0s or 1m30s is expected`);
    return value;
  };
  const span = (of: string): { fromSeconds: number; toSeconds: number } => {
    const [from = "", to = "", ...rest] = of.split("..");
    if (rest.length > 0 || to === "") throw wrong("needs two times, as in 0s..2m");
    const times = { fromSeconds: seconds(from), toSeconds: seconds(to) };
    if (times.toSeconds <= times.fromSeconds) throw wrong("ends before it begins");
    return times;
  };
  const [, kind, what = "", when = ""] = /^(?:(ramp|spikes):)?([^@]*)@(.*)$/.exec(text) ?? [];
  if (when === "") throw wrong("has no time");
  if (kind === "ramp") {
    const [from = "", to = ""] = what.split("-");
    return { kind: "ramp", fromMilli: amount(from), toMilli: amount(to), ...span(when) };
  }
  if (kind === "spikes") {
    const [times = "", every = ""] = when.split("/");
    const everySeconds = seconds(every);
    if (everySeconds < 1) throw wrong("has spikes less than a second apart");
    return { kind: "spikes", milli: amount(what), everySeconds, ...span(times) };
  }
  if (what.endsWith("/s")) return { kind: "rate", milli: amount(what.slice(0, -2)), ...span(when) };
  return { kind: "at", milli: amount(what), atSeconds: seconds(when) };
}

/** A CSV file with the columns seconds and value. @throws {CliError} for a hole, or seconds that do not ascend, with the line. */
export function parseCsv(text: string, file: string): CurvePart[] {
  const lines = text.split(/\r?\n/).map((line, index) => ({ line: line.trim(), number: index + 1 }));
  const [header, ...rows] = lines.filter(({ line }) => line !== "");
  const fix = "give the columns seconds,value, one row for each change, with ascending seconds and no empty cell";
  if (header?.line.replaceAll(" ", "") !== "seconds,value") {
    throw new CliError(`${file}: line 1 is no header "seconds,value"`, fix);
  }
  if (rows.length === 0) throw new CliError(`${file} has no rows`, fix);
  let last = -Infinity;
  return rows.map(({ line, number }) => {
    const cells = line.split(",").map((cell) => cell.trim());
    const [at = "", value = ""] = cells;
    if (cells.length !== 2) throw new CliError(`${file}: line ${number} has ${cells.length} cells`, fix);
    if (at === "" || value === "")
      throw new CliError(`${file}: line ${number} is a hole: it has no ${at === "" ? "seconds" : "value"}`, fix);
    const [atSeconds, milli] = [Number(at), quantityMilli(value)];
    if (!(atSeconds >= 0 && atSeconds <= LONGEST_SECONDS)) {
      throw new CliError(`${file}: line ${number}: "${at}" is no number of seconds from 0 to ${LONGEST_SECONDS}`, fix);
    }
    if (milli === null) throw new CliError(`${file}: line ${number}: "${value}" is no amount`, fix);
    if (atSeconds <= last) throw new CliError(`${file}: line ${number}: second ${at} comes after second ${last}`, fix);
    last = atSeconds;
    return { kind: "at", milli, atSeconds };
  });
}

const inUnits = (milli: number): number => milli / 1000;

/** As messages that come to a queue: `at` all at once, a ramp by its rate. Rates are met second by second, in whole messages. */
export function arrivalsOf(parts: readonly CurvePart[]): Arrival[] {
  return parts
    .flatMap((part): Arrival[] => {
      switch (part.kind) {
        case "at":
          return [{ atSeconds: part.atSeconds, messages: Math.round(inUnits(part.milli)) }];
        case "rate":
          return eachSecond(part, () => inUnits(part.milli));
        case "ramp":
          return eachSecond(part, (share) => inUnits(part.fromMilli + (part.toMilli - part.fromMilli) * share));
        case "spikes":
          return starts(part).map((atSeconds) => ({ atSeconds, messages: Math.round(inUnits(part.milli)) }));
      }
    })
    .filter(({ messages }) => messages > 0)
    .sort((a, b) => a.atSeconds - b.atSeconds);
}

function eachSecond(
  { fromSeconds, toSeconds }: { fromSeconds: number; toSeconds: number },
  rateAt: (share: number) => number,
): Arrival[] {
  let due = 0;
  let sent = 0;
  const length = toSeconds - fromSeconds;
  return Array.from({ length: Math.ceil(length) }, (_, second) => {
    const lasts = Math.min(1, length - second);
    due += rateAt((second + lasts / 2) / length) * lasts;
    const messages = Math.round(due) - sent;
    sent += messages;
    return { atSeconds: fromSeconds + second, messages };
  });
}

function starts({ fromSeconds, toSeconds, everySeconds }: Extract<CurvePart, { kind: "spikes" }>): number[] {
  return Array.from(
    { length: Math.ceil((toSeconds - fromSeconds) / everySeconds) },
    (_, index) => fromSeconds + index * everySeconds,
  );
}

/**
 * As a level that holds until the next one, in thousandths: a rate and spikes fall to 0 at their end, spikes at half of each period.
 * @throws {CliError} for parts that overlap.
 */
export function levelSteps(parts: readonly CurvePart[], option: string): Steps {
  const steps = parts.flatMap((part): [number, number][] => {
    switch (part.kind) {
      case "at":
        return [[part.atSeconds, part.milli]];
      case "rate":
        return [
          [part.fromSeconds, part.milli],
          [part.toSeconds, 0],
        ];
      case "ramp": {
        const length = part.toSeconds - part.fromSeconds;
        return Array.from({ length: Math.ceil(length) + 1 }, (_, second) => {
          const at = Math.min(second, length);
          return [part.fromSeconds + at, Math.round(part.fromMilli + ((part.toMilli - part.fromMilli) * at) / length)];
        });
      }
      case "spikes":
        return starts(part).flatMap((at) => [
          [at, part.milli],
          [Math.min(at + part.everySeconds / 2, part.toSeconds), 0],
        ]);
    }
  });
  for (const [index, [at]] of steps.entries()) {
    const before = steps[index - 1];
    if (before !== undefined && at < before[0]) {
      throw new CliError(`${option}: its parts overlap at ${at} s`, "give parts one after the other");
    }
  }
  return steps;
}

/** When the last of a curve has come. */
export function endOf(parts: readonly CurvePart[]): number {
  return Math.max(...parts.map((part) => (part.kind === "at" ? part.atSeconds : part.toSeconds)));
}
