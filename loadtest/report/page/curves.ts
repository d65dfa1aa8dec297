import { formatAmount, formatTick, MIB } from "../amount.ts";
import type { WorkloadTrack, Missing, Signal, Value } from "../chartData.ts";
import { formatNumber } from "../format.ts";

/** How a curve is told apart: by its colour, a custom property of the style sheet, and by its stroke. */
export interface Look {
  color: "--signal" | "--signal-2" | "--ready" | "--desired" | "--recommended" | "--limit" | "--forecast";
  dash: readonly number[];
  widthPx: number;
  steps: boolean;
  fill: boolean;
}

/** One line in a chart. */
export interface Curve {
  name: string;
  look: Look;
  values: readonly Value[];
  /** Of a band: its lower bound, `values` being the upper one. */
  low?: readonly Value[];
  format: (value: number) => string;
}

/** One chart: curves that share an axis. */
export interface Panel {
  /** What it shows, and in which unit. */
  title: string;
  kind: "signal" | "replicas";
  curves: Curve[];
  missing: readonly Missing[];
  /** The axis reaches at least this high. */
  atLeast: number;
  formatTick: (value: number) => string;
}

const SOLID: readonly number[] = [];
const LOOKS = {
  signal: { color: "--signal", dash: SOLID, widthPx: 2, steps: false, fill: false },
  target: { color: "--signal", dash: [7, 5], widthPx: 1.5, steps: true, fill: false },
  secondSignal: { color: "--signal-2", dash: SOLID, widthPx: 2, steps: false, fill: false },
  secondTarget: { color: "--signal-2", dash: [2, 4], widthPx: 1.5, steps: true, fill: false },
  forecast: { color: "--forecast", dash: SOLID, widthPx: 1, steps: true, fill: true },
  ready: { color: "--ready", dash: SOLID, widthPx: 1.5, steps: true, fill: true },
  desired: { color: "--desired", dash: SOLID, widthPx: 2, steps: true, fill: false },
  recommended: { color: "--recommended", dash: [2, 3], widthPx: 2, steps: true, fill: false },
  maximum: { color: "--limit", dash: [10, 6], widthPx: 1.25, steps: true, fill: false },
  minimum: { color: "--limit", dash: [3, 6], widthPx: 1.25, steps: true, fill: false },
} as const satisfies Record<string, Look>;

/** Signals whose curves are told apart in one chart. */
const MOST_TOGETHER = 2;

/** The charts of a workload: one for each signal, of those in percent two together, and the replicas below. */
export function panelsOf(track: WorkloadTrack): Panel[] {
  const queues = track.signals.filter(({ queue }) => queue !== null);
  const shares = track.signals.filter(({ unit }) => unit === "percent");
  const others = track.signals.filter(({ queue, unit }) => queue === null && unit !== "percent");
  return [
    ...queues.map(signalPanel),
    ...pairs(shares).map(sharesPanel),
    ...others.map(signalPanel),
    replicasPanel(track),
  ];
}

/** The chart of one signal. */
export function signalPanel(signal: Signal): Panel {
  const { name, unit, queue, shared, current, target, missing } = signal;
  // The axis has round figures of what it shows.
  const scale = unit === "bytes" ? MIB : 1;
  const scaled = (values: readonly Value[]): Value[] => values.map((value) => (value === null ? null : value / scale));
  const format = (value: number): string => formatAmount(value * scale, unit);
  return {
    title: signalTitle(signal),
    kind: "signal",
    curves: [
      { name: queue === null ? name : "messages", look: LOOKS.signal, values: scaled(current), format },
      { name: shared ? "target per replica" : "target", look: LOOKS.target, values: scaled(target), format },
    ],
    missing,
    atLeast: queue === null ? mostOf(scaled(target)) || mostOf(scaled(current)) || 1 : 10,
    formatTick: (value) => formatTick(value * scale, unit),
  };
}

function signalTitle({ name, unit, shared }: Signal): string {
  switch (unit) {
    case "messages":
      return `Signal: ${name} waiting or locked`;
    case "bytes":
      return `Signal: ${name} in MiB for each replica`;
    case "cores":
      return `Signal: ${name} in cores for each replica`;
    case "percent":
    case "own":
      return `Signal: ${name}${shared ? ", all replicas together" : ""}`;
  }
}

function sharesPanel(signals: readonly Signal[]): Panel {
  const format = (value: number): string => formatAmount(value, "percent");
  const curves = signals.flatMap(({ name, current, target }, index): Curve[] => [
    { name, look: index === 0 ? LOOKS.signal : LOOKS.secondSignal, values: current, format },
    { name: `${name} target`, look: index === 0 ? LOOKS.target : LOOKS.secondTarget, values: target, format },
  ]);
  const names = signals.map(({ name }) => name);
  return {
    title: `Signal: ${names.join(" and ")} in % of ${names.length === 1 ? "its request" : "their requests"}`,
    kind: "signal",
    curves,
    missing: signals[0]?.missing ?? [],
    atLeast: 100,
    formatTick: format,
  };
}

function pairs(signals: readonly Signal[]): Signal[][] {
  const found: Signal[][] = [];
  for (let at = 0; at < signals.length; at += MOST_TOGETHER) found.push(signals.slice(at, at + MOST_TOGETHER));
  return found;
}

function mostOf(values: readonly Value[]): number {
  return Math.max(0, ...values.map((value) => value ?? 0));
}

function replicasPanel(track: WorkloadTrack): Panel {
  const { desired, ready, minimum, maximum, forecast, missing } = track.replicas;
  const format = formatNumber;
  return {
    title: "Desired vs ready replicas",
    kind: "replicas",
    curves: [
      // First, so that it lies behind what was measured.
      ...(forecast === null
        ? []
        : [{ name: "ready, forecast", look: LOOKS.forecast, values: forecast.high, low: forecast.low, format }]),
      { name: "ready", look: LOOKS.ready, values: ready, format },
      { name: "desired", look: LOOKS.desired, values: desired, format },
      { name: "recommended", look: LOOKS.recommended, values: withinLimits(track), format },
      { name: "maximum", look: LOOKS.maximum, values: maximum, format },
      { name: "minimum", look: LOOKS.minimum, values: minimum, format },
    ],
    missing,
    atLeast: 1,
    formatTick: format,
  };
}

/** The highest recommendation of all signals, cut to the limits: beyond them it would only squeeze the axis. */
function withinLimits({ signals, replicas }: WorkloadTrack): Value[] {
  return replicas.desired.map((_desired, index) => {
    const recommended = signals.map((signal) => signal.recommended[index] ?? null).filter((value) => value !== null);
    if (recommended.length === 0) return null;
    return Math.min(Math.max(...recommended, replicas.minimum[index] ?? 0), replicas.maximum[index] ?? Infinity);
  });
}
