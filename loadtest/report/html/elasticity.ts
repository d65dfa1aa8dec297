import type { Elasticity } from "../../model/elasticity.ts";
import { formatAmount } from "../amount.ts";
import { formatDuration, formatPercent } from "../format.ts";
import { html, type Markup, table } from "./markup.ts";

const DEMAND: Readonly<Record<Elasticity["demand"], string>> = {
  cpu: "the CPU that it used, at its target",
  memory: "the memory that it used, at its target",
  "drain-objective": "what drains the queue within its objective",
  metric: "its metric, at its target",
};

/** Supply against demand, a small table for each workload. The names are those of docs/elasticity.md. */
export function elasticityPart(list: readonly Elasticity[]): Markup | undefined {
  if (list.length === 0) return undefined;
  return html`<h3>Elasticity metrics</h3>
    <p class="soft">
      Ready replicas against the replicas that would just have done, from the load's start until idle again. Formulas
      and sources: docs/elasticity.md.
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
      `${of.workload}, over ${formatDuration(of.seconds)}${unknown}. Demand: ${DEMAND[of.demand]}.`,
      [of.workload, { title: "too few", kind: "number" }, { title: "too many", kind: "number" }],
      [
        ["accuracy", replicas(of.underProvisioned), replicas(of.overProvisioned)],
        ["accuracy, normalised", normalised(of.underProvisionedShare), normalised(of.overProvisionedShare)],
        ["timeshare", formatPercent(of.underProvisionedTime), formatPercent(of.overProvisionedTime)],
      ],
    )}
    <p>Jitter: ${formatSigned(of.jitterPerMinute)} adaptations a minute, those of supply less those of demand.</p>
  </div>`;
}

function formatSigned(value: number): string {
  return value < 0 ? `−${formatAmount(-value, "own")}` : formatAmount(value, "own");
}
