import { formatAmount } from "./amount.ts";
import { formatCount, formatNumber } from "./format.ts";
import type { WorkloadTrack, Missing, Signal } from "./chartData.ts";

/** Desired vs ready replicas of a workload at a moment, in words. */
export interface Explanation {
  /** How many there are: `8 of 8 desired are ready`. */
  replicas: string;
  /** What its scaling signal recommends, and what limits that. */
  because: string;
}

/** Runs in Node and in the browser. @param index of a moment of the chart data. */
export function explainReplicas(track: WorkloadTrack, index: number): Explanation {
  const { replicas } = track;
  const desired = replicas.desired[index] ?? null;
  const ready = replicas.ready[index] ?? null;
  if (desired === null || ready === null) {
    const missing = missingAt(replicas.missing, index);
    return {
      replicas: missing?.kind === "absent" ? missing.why : "replicas not read",
      because: missing?.kind === "gap" ? missing.why : "",
    };
  }
  const known = track.because?.[index];
  if (known !== undefined) return { replicas: replicasInWords(desired, ready), because: known };
  const most = mostDemanding(track.signals, index);
  const demand = most === undefined ? signalsUnknown(track, index) : demandInWords(most, index, desired);
  return {
    replicas: replicasInWords(desired, ready),
    because: [
      demand,
      most === undefined ? undefined : limitInWords(track, most.recommended[index] ?? 0, index, desired),
    ]
      .filter((part) => part !== undefined)
      .join("; "),
  };
}

/** Why there is no value at a moment; undefined where there is one. */
export function missingAt(missing: readonly Missing[], index: number): Missing | undefined {
  return missing.find(({ from, to }) => index >= from && index <= to);
}

/** The signal that recommends most at a moment, which is the one that the HPA follows; undefined where none recommends anything. */
export function mostDemanding(signals: readonly Signal[], index: number): Signal | undefined {
  let most: Signal | undefined;
  for (const signal of signals) {
    const recommended = signal.recommended[index] ?? null;
    if (recommended !== null && (most === undefined || recommended > (most.recommended[index] ?? 0))) most = signal;
  }
  return most;
}

function demandInWords(signal: Signal, index: number, desired: number): string {
  const current = signal.current[index] ?? 0;
  const target = signal.target[index] ?? 0;
  const recommended = signal.recommended[index] ?? 0;
  if (signal.shared) return sharedInWords(signal, current, target, recommended);
  const reading = `${signal.name} ${formatAmount(current, signal.unit)} / target ${formatAmount(target, signal.unit)}`;
  // Within the tolerance the recommendation is what is desired already.
  if (recommended === desired && Math.ceil((desired * current) / target) !== recommended)
    return `${reading}: within tolerance`;
  return `${formatNumber(desired)} × ${reading} = ${formatNumber(recommended)}, rounded up`;
}

/** `4,000 messages / 50 per replica = 80`, `s0-redis-jobs 40 / 5 per replica = 8` */
function sharedInWords({ name, unit, queue }: Signal, current: number, target: number, recommended: number): string {
  if (queue !== null && current === 0) return name === "messages" ? "queue empty" : `no ${name}`;
  const amount = formatAmount(current, unit);
  const noun = current === 1 ? name.replace(/^messages/, "message") : name;
  const reading = queue !== null ? `${amount} ${noun}` : `${name} ${amount}`;
  return `${reading} / ${formatAmount(target, unit)} per replica = ${formatNumber(recommended)}`;
}

/** What limits the recommendation; undefined where nothing does. */
function limitInWords(track: WorkloadTrack, recommended: number, index: number, desired: number): string | undefined {
  const minimum = track.replicas.minimum[index] ?? 0;
  const maximum = track.replicas.maximum[index] ?? Infinity;
  const allowed = Math.min(Math.max(recommended, minimum), maximum);
  if (desired > allowed) return "held by the cooldown or stabilization window";
  if (desired < allowed) return "not decided yet, or limited by the scale-up policies";
  if (recommended > maximum) return `capped at maxReplicas ${formatNumber(maximum)}`;
  if (recommended < minimum) return `raised to minReplicas ${formatNumber(minimum)}`;
  return undefined;
}

function replicasInWords(desired: number, ready: number): string {
  if (desired === ready) return desired === 0 ? "no replica" : `${formatCount(ready, "replica")} ready`;
  return ready > desired
    ? `${formatNumber(desired)} desired, ${formatNumber(ready)} still ready`
    : `${formatNumber(ready)} of ${formatNumber(desired)} ready`;
}

function signalsUnknown({ signals, unscaled }: WorkloadTrack, index: number): string {
  const known = signals.find((signal) => signal.current[index] != null);
  if (known !== undefined) return `${known.name} ${formatAmount(known.current[index] ?? 0, known.unit)}, no target`;
  if (unscaled && signals.length === 0) return "no autoscaler";
  const missing = signals.map((signal) => missingAt(signal.missing, index)).find((found) => found !== undefined);
  return missing?.kind === "absent" ? missing.why : "scaling signal not read";
}
