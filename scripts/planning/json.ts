import { noteText, type PlanNote } from "./notes.ts";
import type { JudgedScenario } from "./judgedPlans.ts";
import type { PlanResult } from "./planTables.ts";

/** Raised when a reader of the JSON has to change. */
const PLAN_VERSION = 1;

/** The forecasts with all their curves. Times are seconds from the load's begin. */
export function renderJson(results: readonly PlanResult[], notes: readonly PlanNote[]): string {
  return `${JSON.stringify({ planVersion: PLAN_VERSION, plans: results.map(planJson), notes: notes.map(noteJson) })}\n`;
}

/** The same of the scenarios of a file, each with what is predicted of its assertions. */
export function renderFileJson(
  scenarios: readonly (JudgedScenario & { readonly results: readonly PlanResult[] })[],
  notes: readonly PlanNote[],
): string {
  const told = scenarios.map(({ scenario, judged, results }) => ({ scenario, judged, plans: results.map(planJson) }));
  return `${JSON.stringify({ planVersion: PLAN_VERSION, scenarios: told, notes: notes.map(noteJson) })}\n`;
}

function planJson({ planned, forecast, changed, settings, swept, measured, recommended }: PlanResult): object {
  return {
    workload: planned.name,
    inputs: {
      scaler: planned.scaler,
      messages: planned.load.arrivals.reduce((sum, { messages }) => sum + messages, 0),
      loadEndSeconds: planned.load.endSeconds,
      service: planned.service,
      startSeconds: planned.startSeconds,
      aloneStartSeconds: planned.aloneStartSeconds,
    },
    ...{ forecast, settings, changed, swept, measured, recommended },
  };
}

function noteJson(note: PlanNote): object {
  return { ...note, text: noteText(note) };
}
