import type { Assertion } from "../../model/assertion.ts";
import { formatNumber } from "../format.ts";
import { pathText } from "../texts/assertionTexts.ts";
import { html, type Markup, table } from "./markup.ts";
import { badge } from "./verdict.ts";

/** How often desired replicas changed direction while the load lasted. */
export function oscillationPart(assertions: readonly Assertion[]): Markup | undefined {
  const rows = assertions.flatMap((assertion) => {
    if (assertion.id !== "does-not-oscillate" || assertion.measured === null) return [];
    const { subject, status, expected, measured } = assertion;
    return [
      [
        subject,
        badge(status),
        formatNumber(measured.directionChanges),
        formatNumber(expected.maxDirectionChanges),
        pathText(measured.path),
      ],
    ];
  });
  if (rows.length === 0) return undefined;
  return html`<div>
    <h3>Oscillation</h3>
    ${table(
      "Changes of direction of desired replicas from the load's start to its end; the first rise is none.",
      [
        "workload",
        "verdict",
        { title: "changes of direction", kind: "number" },
        { title: "at most", kind: "number" },
        "desired replicas",
      ],
      rows,
    )}
  </div>`;
}
