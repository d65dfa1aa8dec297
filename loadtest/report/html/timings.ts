import { formatCount, formatDuration, formatNumber, formatRatio, formatSeen } from "../format.ts";
import type { PodSeconds } from "../../model/podSeconds.ts";
import type { ScenarioReport } from "../../model/scenarioReport.ts";
import { assumptionsText } from "../texts/podSecondsTexts.ts";
import { lowerBoundText, timedBy, timingName, timingSpan } from "../texts/timingTexts.ts";
import { html, type Markup, table } from "./markup.ts";

/** What was measured, beside what the effective configuration allows. */
export function timingsTable(scenario: ScenarioReport): Markup | undefined {
  const { timings } = scenario;
  if (timings.length === 0) return undefined;
  const longest = Math.max(
    ...timings.flatMap((timing) => [timing.measuredSeconds ?? 0, timing.lowerBoundSeconds ?? 0]),
    1,
  );
  const rows = timings.map((timing) => [
    html`${timingName(timing)}<span class="span">${timingSpan(timing.id, timedBy(timing.workload, scenario))}</span>`,
    html`${
      timing.measuredSeconds === null
        ? formatSeen(null)
        : `${formatDuration(timing.measuredSeconds)} ± ${formatDuration(timing.uncertaintySeconds)}`
    }`,
    timing.lowerBoundSeconds === null ? "no bound" : formatDuration(timing.lowerBoundSeconds),
    timing.ratio === null ? "–" : formatRatio(timing.ratio),
    bar(timing.measuredSeconds, timing.lowerBoundSeconds, longest),
    lowerBoundText(timing.lowerBound),
  ]);
  return html`<h3>Timings</h3>
    ${table(
      "Each beside its lower bound, the least that the effective configuration allows; in the bars, a mark.",
      [
        "timing",
        { title: "measured", kind: "number" },
        { title: "lower bound", kind: "number" },
        { title: "ratio", kind: "number" },
        { title: "", kind: "bar" },
        "lower bound because",
      ],
      rows,
    )}`;
}

function bar(measured: number | null, lowerBound: number | null, longest: number): Markup {
  const width = (value: number): string => ((100 * value) / longest).toFixed(1);
  return html`<svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true" focusable="false">
    ${measured === null ? undefined : html`<rect class="measured" y="2" width="${width(measured)}" height="6" />`}
    ${
      lowerBound === null
        ? undefined
        : html`<line
            class="lower-bound"
            x1="${width(lowerBound)}"
            x2="${width(lowerBound)}"
            y1="0"
            y2="10"
            vector-effect="non-scaling-stroke"
          />`
    }
  </svg>`;
}

/** The pods that were used, beside two baselines. */
export function podSecondsTable(list: readonly PodSeconds[]): Markup | undefined {
  if (list.length === 0) return undefined;
  const share = (value: number | null, of: number): string =>
    value === null
      ? "not computed"
      : `${formatNumber(value)}${of > 0 ? ` (${formatNumber((100 * value) / of)} %)` : ""}`;
  const rows = list.map(({ workload, windowSeconds, measured, clairvoyant, fixed, fixedReplicas, assumptions }) => [
    workload,
    formatDuration(windowSeconds),
    formatNumber(measured),
    share(clairvoyant, measured),
    html`${share(fixed, measured)}, ${formatCount(fixedReplicas, "replica")}`,
    assumptionsText(assumptions),
  ]);
  return html`<h3>Pod-seconds</h3>
    ${table(
      "Pods that existed, times how long. The two baselines are computed; percent are of what was measured.",
      [
        "workload",
        { title: "window", kind: "number" },
        { title: "measured", kind: "number" },
        { title: "clairvoyant baseline", kind: "number" },
        { title: "fixed replicas", kind: "number" },
        "assumptions",
      ],
      rows,
    )}`;
}
