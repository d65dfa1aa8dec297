import { formatNumber, formatRatio, formatSeen } from "../format.ts";
import type { Comparison } from "../../model/comparison.ts";
import { html, type Markup, table } from "./markup.ts";
import { assertions } from "./scenario.ts";
import { badge } from "./verdict.ts";

/** The same load with another autoscaler beside the deployed one. @param picture the index of its picture. */
export function comparisonSection(comparison: Comparison, picture: number): Markup {
  const { variant, scenario, baseline, variantResult } = comparison;
  const names = new Set([...baseline.timings, ...variantResult.timings].map(({ name }) => name));
  const timings = [...names].map((name) => {
    const deployed = baseline.timings.find((timing) => timing.name === name)?.measuredSeconds ?? null;
    const varied = variantResult.timings.find((timing) => timing.name === name)?.measuredSeconds ?? null;
    return [
      html`${name}`,
      html`${formatSeen(deployed)}`,
      html`${formatSeen(varied)}`,
      html`${times(varied, deployed)}`,
    ];
  });
  const used = baseline.podSeconds.map(({ workload, measured }) => {
    const varied = variantResult.podSeconds.find((each) => each.workload === workload)?.measured ?? null;
    return [
      html`pod-seconds of ${workload}`,
      html`${formatNumber(measured)}`,
      html`${varied === null ? "not measured" : formatNumber(varied)}`,
      html`${times(varied, measured)}`,
    ];
  });
  return html`<section class="scenario" aria-labelledby="comparison">
    <h2 id="comparison">${scenario} with ${variant} instead ${badge(variantResult.verdict)}</h2>
    <p>
      The same load, really run with another autoscaler in the deployed one's place. Its verdict is not this proof's.
    </p>
    ${table(
      "The deployed autoscaler and the other, under the same load.",
      [
        { title: "figure" },
        { title: "deployed", kind: "number" },
        { title: variant, kind: "number" },
        { title: "ratio", kind: "number" },
      ],
      [...timings, ...used],
    )}
    <h3>Curves</h3>
    ${
      variantResult.samples.length === 0
        ? html`<p>Nothing was recorded.</p>`
        : html`<div class="picture" data-picture="${picture}">
            <p class="no-script">The curves need JavaScript; report.json holds their figures.</p>
          </div>`
    }
    ${assertions(variantResult.assertions)}
  </section>`;
}

function times(varied: number | null, deployed: number | null): string {
  return varied === null || deployed === null || deployed === 0 ? "–" : formatRatio(varied / deployed);
}
