import type { WorkloadTrack, Missing, Signal, Value } from "../chartData.ts";
import { formatSignal } from "../explainReplicas.ts";
import { formatNumber } from "../format.ts";

/** How a curve is told apart: by its colour, a custom property of the style sheet, and by its stroke. */
export interface Look {
  color: "--signal" | "--signal-2" | "--ready" | "--desired" | "--recommended" | "--limit";
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
  ready: { color: "--ready", dash: SOLID, widthPx: 1.5, steps: true, fill: true },
  desired: { color: "--desired", dash: SOLID, widthPx: 2, steps: true, fill: false },
  recommended: { color: "--recommended", dash: [2, 3], widthPx: 2, steps: true, fill: false },
  maximum: { color: "--limit", dash: [10, 6], widthPx: 1.25, steps: true, fill: false },
  minimum: { color: "--limit", dash: [3, 6], widthPx: 1.25, steps: true, fill: false },
} as const satisfies Record<string, Look>;

/** The charts of a workload: a signal chart for each unit, and the replicas below. */
export function panelsOf(track: WorkloadTrack): Panel[] {
  const panels = (["messages", "percent"] as const).flatMap((unit) => {
    const signals = track.signals.filter((signal) => signal.unit === unit);
    return signals.length === 0 ? [] : [signalPanel(unit, signals)];
  });
  return [...panels, replicasPanel(track)];
}

function signalPanel(unit: Signal["unit"], signals: readonly Signal[]): Panel {
  const format = (value: number): string => formatSignal(value, unit);
  const curves = signals.flatMap((signal, index): Curve[] => {
    const name = signal.name;
    const shown = unit === "messages" ? "messages" : name;
    const target = unit === "messages" ? "target per replica" : `${name} target`;
    return [
      { name: shown, look: index === 0 ? LOOKS.signal : LOOKS.secondSignal, values: signal.current, format },
      { name: target, look: index === 0 ? LOOKS.target : LOOKS.secondTarget, values: signal.target, format },
    ];
  });
  const names = signals.map(({ name }) => name);
  return {
    title:
      unit === "messages"
        ? "Signal: messages waiting or locked"
        : `Signal: ${names.join(" and ")} in % of ${names.length === 1 ? "its request" : "their requests"}`,
    kind: "signal",
    curves,
    missing: signals[0]?.missing ?? [],
    atLeast: unit === "messages" ? 10 : 100,
    formatTick: format,
  };
}

function replicasPanel(track: WorkloadTrack): Panel {
  const { desired, ready, minimum, maximum, missing } = track.replicas;
  const format = formatNumber;
  return {
    title: "Desired vs ready replicas",
    kind: "replicas",
    curves: [
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
