import { scaleOutsOf } from "../askedBy.ts";
import type { ChartData } from "../chartData.ts";
import { formatDuration, formatNumber } from "../format.ts";
import { html, type Markup, table } from "./markup.ts";

/** Of a workload; a longer list says no more. */
const MOST_STEPS = 12;

/** Which of several metrics asked for each step up. */
export function scaleOutsPart({ tracks, seconds, axis }: ChartData): Markup | undefined {
  if (axis === "clock") return undefined;
  const rows = tracks.flatMap((track) =>
    scaleOutsOf(track)
      .slice(0, MOST_STEPS)
      .map(({ index, from, to, askedBy }) => [
        track.workload,
        formatDuration(seconds[index] ?? 0),
        `${formatNumber(from)} → ${formatNumber(to)}`,
        askedBy ?? "not read",
      ]),
  );
  if (rows.length === 0) return undefined;
  return html`<div>
    <h3>Which metric asked</h3>
    ${table(
      `Of workloads with several metrics: the one that recommended most at each step up, the first ${MOST_STEPS} of a workload. A step from 0 is KEDA's, the others are the HPA's.`,
      [
        "workload",
        { title: "after the load's start", kind: "number" },
        { title: "desired", kind: "number" },
        "recommended most",
      ],
      rows,
    )}
  </div>`;
}
