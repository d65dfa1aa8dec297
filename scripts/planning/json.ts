import { noteText, type PlanNote } from "./notes.ts";
import type { PlanResult } from "./table.ts";

/** Raised when a reader of the JSON has to change. */
const PLAN_VERSION = 1;

/** The forecasts with all their curves. Times are seconds from the load's begin. */
export function renderJson(results: readonly PlanResult[], notes: readonly PlanNote[]): string {
  const plans = results.map(({ planned, forecast, changed, settings, measured, recommended }) => ({
    workload: planned.name,
    inputs: {
      scaler: planned.scaler,
      messages: planned.load.arrivals.reduce((sum, { messages }) => sum + messages, 0),
      loadEndSeconds: planned.load.endSeconds,
      service: planned.service,
      startSeconds: planned.startSeconds,
    },
    forecast,
    settings,
    changed,
    measured,
    recommended,
  }));
  const said = notes.map((note) => ({ ...note, text: noteText(note) }));
  return `${JSON.stringify({ planVersion: PLAN_VERSION, plans, notes: said })}\n`;
}
