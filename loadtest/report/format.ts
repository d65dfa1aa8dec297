/**
 * How figures are formatted, the same in the terminal, the report and the live view. Runs in Node and in the browser.
 */

const WHOLE = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });
const ROUGH = new Intl.NumberFormat("en-US", { maximumFractionDigits: 1 });

/** With separators of thousands; a fraction only below 100. */
export function formatNumber(value: number): string {
  return Math.abs(value) < 100 ? ROUGH.format(value) : WHOLE.format(value);
}

/** A share of 1: `15 %`. */
export function formatPercent(share: number): string {
  return `${formatNumber(100 * share)} %`;
}

export function formatMilliseconds(durationMs: number): string {
  return `${formatNumber(durationMs)} ms`;
}

/** A number with its noun: `1 pod`, `4,000 orders`. */
export function formatCount(count: number, noun: string, plural = `${noun}s`): string {
  return `${formatNumber(count)} ${count === 1 ? noun : plural}`;
}

/** `400 ms`, `9.5 s`, `42 s`, `1m 20s`, `1h 5m`: no more digits than are read. */
export function formatDuration(seconds: number): string {
  if (seconds < 0) return `−${formatDuration(-seconds)}`;
  if (seconds === 0) return "0 s";
  if (seconds < 1) return `${WHOLE.format(Math.max(1, seconds * 1000))} ms`;
  if (seconds < 10) return `${ROUGH.format(seconds)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const [hours, minutes, remainder] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60), whole % 60];
  if (hours > 0) return minutes === 0 ? `${hours}h` : `${hours}h ${minutes}m`;
  return remainder === 0 ? `${minutes}m` : `${minutes}m ${remainder}s`;
}

/** The same, or that it was not seen. */
export function formatSeen(seconds: number | null | undefined): string {
  return seconds == null ? "not seen" : formatDuration(seconds);
}

/** How many times: `×1.4`, `×12`. */
export function formatRatio(ratio: number): string {
  return `×${ratio < 10 ? ratio.toFixed(1) : WHOLE.format(ratio)}`;
}

/** The time between two moments in ISO 8601, in seconds; undefined where one is missing. */
export function secondsBetween(from: string | null, to: string | null): number | undefined {
  if (from === null || to === null) return undefined;
  const seconds = (Date.parse(to) - Date.parse(from)) / 1000;
  return Number.isFinite(seconds) ? seconds : undefined;
}

/** `2026-11-21 18:26:32 UTC`. */
export function formatMoment(iso: string): string {
  return `${iso.slice(0, 10)} ${iso.slice(11, 19)} UTC`;
}
