import type { Elasticity } from "../../model/elasticity.ts";
import { formatAmount } from "../amount.ts";
import { formatDuration, formatPercent } from "../format.ts";
import { demandText } from "../texts/elasticityTexts.ts";
import { html, type Markup, table } from "./markup.ts";

/** Supply against demand, a small table for each workload. The names are those of docs/explanation/elasticity.md. */
export function elasticityPart(list: readonly Elasticity[]): Markup | undefined {
  if (list.length === 0) return undefined;
  return html`<h3>Elasticity metrics</h3>
    <p class="soft">
      Ready replicas against the replicas that would just have done, from the load's start until idle again. Formulas
      and sources: docs/explanation/elasticity.md.
    </p>
    <div class="columns">${list.map(tableOf)}</div>`;
}

function tableOf(of: Elasticity): Markup {
  const unknown =
    of.unknownSeconds === 0 ? "" : `, of which ${formatDuration(of.unknownSeconds)} are left out as not known`;
  const normalised = (share: number | null): string =>
    share === null ? "not normalised: no demand at times" : formatPercent(share);
  const replicas = (value: number): string => `${formatAmount(value, "own")} replicas`;
  return html`<div>
    ${table(
      `${of.workload}, over ${formatDuration(of.seconds)}${unknown}. ${capitalised(demandText(of.basis))}.`,
      [of.workload, { title: "too few", kind: "number" }, { title: "too many", kind: "number" }],
      [
        ["accuracy", replicas(of.underProvisioned), replicas(of.overProvisioned)],
        ["accuracy, normalised", normalised(of.underProvisionedShare), normalised(of.overProvisionedShare)],
        ["timeshare", formatPercent(of.underProvisionedTime), formatPercent(of.overProvisionedTime)],
      ],
    )}
    <p>
      Jitter: ${formatSigned(of.jitterPerMinute)} replicas more or less a minute, those of supply less those of demand.
    </p>
  </div>`;
}

function formatSigned(value: number): string {
  return value < 0 ? `−${formatAmount(-value, "own")}` : formatAmount(value, "own");
}

function capitalised(sentence: string): string {
  return sentence.slice(0, 1).toUpperCase() + sentence.slice(1);
}
