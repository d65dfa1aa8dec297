import { formatDuration, formatNumber } from "../format.ts";
import type { ScenarioReport } from "../../model/scenarioReport.ts";
import { html, type Markup, table } from "./markup.ts";

/** Pods that ended by something else than scaling in, or were restarted. */
export function podsPart({ pods, loadStartedAt }: ScenarioReport): Markup | undefined {
  const unexpected = pods.filter(({ endedBecause, restarts }) => endedBecause !== null || restarts > 0);
  if (unexpected.length === 0) return undefined;
  const since = (atMs: number | null): string =>
    atMs === null || loadStartedAt === null ? "–" : formatDuration((atMs - Date.parse(loadStartedAt)) / 1000);
  return html`<div>
    <h3>Unexpected pod terminations</h3>
    ${table(
      "Pods that ended by something else than scaling in, or were restarted.",
      ["pod", "gone after the load's start", "restarts", "cause"],
      unexpected.map(({ name, goneMs, restarts, endedBecause }) => [
        name,
        since(goneMs),
        formatNumber(restarts),
        endedBecause ?? "restarted in place",
      ]),
    )}
  </div>`;
}
