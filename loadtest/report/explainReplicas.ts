import { formatCount, formatNumber } from "./format.ts";
import type { Lane, Missing, Signal, Value } from "./chartData.ts";

/** Why a workload has this many pods at a moment, in words. */
export interface Why {
  /** How many there are: `8 of 8 desired are ready`. */
  replicas: string;
  /** What its signal asks for, and what became of that. */
  because: string;
}

/** Runs in Node and in the browser. @param index of a moment of the lane's picture. */
export function whyThisMany(lane: Lane, index: number): Why {
  const { replicas } = lane;
  const desired = replicas.desired[index] ?? null;
  const ready = replicas.ready[index] ?? null;
  if (desired === null || ready === null) {
    const missing = missingAt(replicas.missing, index);
    return { replicas: missing?.kind === "absent" ? missing.why : "replicas not read", because: missingWords(missing) };
  }
  const most = mostDemanding(lane.signals, index);
  const said = most === undefined ? signalsUnknown(lane.signals, index) : demandInWords(most, index, desired);
  return {
    replicas: replicasInWords(desired, ready),
    because: [said, most === undefined ? undefined : outcome(lane, most.asks[index] ?? 0, index, desired)]
      .filter((part) => part !== undefined)
      .join("; "),
  };
}

/** What stands in a curve's place: `not read` or `not there`; undefined where it has a value. */
export function missingAt(missing: readonly Missing[], index: number): Missing | undefined {
  return missing.find(({ from, to }) => index >= from && index <= to);
}

/** A signal's value with its unit: `143 %`, `3,120`. */
export function formatSignal(value: number, unit: Signal["unit"]): string {
  return unit === "percent" ? `${formatNumber(value)} %` : formatNumber(value);
}

/** As it is said among people: `CPU`, `memory`, `messages`. */
export function signalName({ name }: Pick<Signal, "name">): string {
  return name.replace(/^cpu\b/, "CPU").replace(/ of container \S+$/, "");
}

function mostDemanding(signals: readonly Signal[], index: number): Signal | undefined {
  let most: Signal | undefined;
  for (const signal of signals) {
    const asks = signal.asks[index] ?? null;
    if (asks !== null && (most === undefined || asks > (most.asks[index] ?? 0))) most = signal;
  }
  return most;
}

function demandInWords(signal: Signal, index: number, desired: number): string {
  const current = signal.current[index] ?? 0;
  const target = signal.target[index] ?? 0;
  const asks = signal.asks[index] ?? 0;
  if (signal.unit === "messages") {
    return current === 0
      ? "no message asks for any"
      : `${formatCount(current, "message")} at ${formatNumber(target)} a replica ${current === 1 ? "asks" : "ask"} for ${formatNumber(asks)}`;
  }
  const reads = `${signalName(signal)} ${formatSignal(current, "percent")}, target ${formatSignal(target, "percent")}`;
  // Within the tolerance it asks for what there is.
  if (asks === desired && Math.ceil((desired * current) / target) !== asks)
    return `${reads}, close enough for no change`;
  return `${reads}, asks for ${formatNumber(desired)} × ${formatNumber(current)} ÷ ${formatNumber(target)}, rounded up ${formatNumber(asks)}`;
}

/** What came of what was asked for. */
function outcome(lane: Lane, asks: number, index: number, desired: number): string | undefined {
  const minimum = lane.replicas.minimum[index] ?? 0;
  const maximum = lane.replicas.maximum[index] ?? Infinity;
  const allowed = Math.min(Math.max(asks, minimum), maximum);
  if (desired > allowed) return "kept until the cooldown or stabilisation window is over";
  if (desired < allowed) return "not decided yet, or limited in its pace";
  if (asks > maximum) return `at most ${formatNumber(maximum)} allowed`;
  if (asks < minimum) return `at least ${formatNumber(minimum)} kept`;
  return undefined;
}

function replicasInWords(desired: number, ready: number): string {
  if (desired === ready) return desired === 0 ? "no replica" : `${formatCount(ready, "replica")} ready`;
  return ready > desired
    ? `${formatNumber(desired)} desired, ${formatNumber(ready)} still ready`
    : `${formatNumber(ready)} of ${formatNumber(desired)} ready`;
}

function signalsUnknown(signals: readonly Signal[], index: number): string {
  const known = signals.find((signal) => signal.current[index] != null);
  if (known !== undefined)
    return `${signalName(known)} ${formatSignal(value(known.current[index]), known.unit)}, no target`;
  const missing = signals.map((signal) => missingAt(signal.missing, index)).find((found) => found !== undefined);
  return missing?.kind === "absent" ? missing.why : "its signal could not be read";
}

function missingWords(missing: Missing | undefined): string {
  return missing?.kind === "gap" ? missing.why : "";
}

function value(known: Value | undefined): number {
  return known ?? 0;
}
