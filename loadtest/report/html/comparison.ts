import { formatNumber, formatRatio, formatSeen } from "../format.ts";
import type { Comparison } from "../../model/comparison.ts";
import { sameTiming } from "../../model/timing.ts";
import { timingName } from "../texts/timingTexts.ts";
import { html, type Markup, table } from "./markup.ts";
import { assertions } from "./scenario.ts";
import { badge } from "./verdict.ts";

/** The same load with another autoscaler beside the deployed one. @param chart the index of its chart data. */
export function comparisonSection(comparison: Comparison, chart: number): Markup {
  const { variant, scenario, baseline, variantResult } = comparison;
  const timings = baseline.timings.map((timing) => {
    const deployed = timing.measuredSeconds;
    const varied = sameTiming(variantResult.timings, timing)?.measuredSeconds ?? null;
    return [timingName(timing), formatSeen(deployed), formatSeen(varied), times(varied, deployed)];
  });
  const used = baseline.podSeconds.map(({ workload, measured }) => {
    const varied = variantResult.podSeconds.find((each) => each.workload === workload)?.measured ?? null;
    return [
      html`pod-seconds of ${workload}`,
      formatNumber(measured),
      varied === null ? "not measured" : formatNumber(varied),
      times(varied, measured),
    ];
  });
  return html`<section class="scenario" aria-labelledby="comparison">
    <h2 id="comparison">${scenario} with ${variant} ${badge(variantResult.verdict)}</h2>
    <p>
      The same load, run on the cluster with another autoscaler in place of the deployed one. Its verdict does not count
      for this proof.
    </p>
    ${table(
      "The deployed autoscaler and the other, under the same load.",
      [
        "figure",
        { title: "deployed", kind: "number" },
        { title: variant, kind: "number" },
        { title: "ratio", kind: "number" },
      ],
      [...timings, ...used],
    )}
    <h3>Charts</h3>
    ${
      variantResult.samples.length === 0
        ? html`<p>Nothing was recorded.</p>`
        : html`<div class="charts" data-chart="${chart}">
            <p class="no-script">The charts need JavaScript; report.json has their figures.</p>
          </div>`
    }
    ${assertions(variantResult.assertions)}
  </section>`;
}

function times(varied: number | null, deployed: number | null): string {
  return varied === null || deployed === null || deployed === 0 ? "–" : formatRatio(varied / deployed);
}
