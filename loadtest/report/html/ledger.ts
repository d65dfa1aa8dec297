import { formatCount, formatNumber } from "../format.ts";
import type { Ledger } from "../../model/ledger.ts";
import type { ScenarioReport } from "../../model/scenarioReport.ts";
import { html, type Markup, unread } from "./markup.ts";

const EXAMPLES: Readonly<Record<keyof Ledger["examples"], string>> = {
  lost: "lost",
  waiting: "waiting",
  deadLettered: "dead-lettered",
  processedAgain: "processed again",
};

/** What became of every order. */
export function ledgerPart(reading: ScenarioReport["ledger"]): Markup | undefined {
  if (reading === null) return undefined;
  return html`<div>
    <h3>Ledger</h3>
    ${reading.kind === "value" ? ledgerOf(reading.value) : unread(reading)}
  </div>`;
}

function ledgerOf(ledger: Ledger): Markup {
  const parts: [string, number][] = [
    ["processed once", ledger.processedOnce],
    ["processed again", ledger.processedAgain],
    ["waiting", ledger.waiting],
    ["dead-lettered", ledger.deadLettered.total],
    ["lost", ledger.lost],
  ];
  const balance = html`<ul class="balance">
    <li><b>${formatNumber(ledger.accepted)}</b> accepted</li>
    ${parts.map(
      ([name, count], index) =>
        html`<li>
          <span class="sign">${index === 0 ? "=" : "+"}</span>
          <b class="${name === "lost" && count > 0 ? "fail" : ""}">${formatNumber(count)}</b> ${name}
        </li>`,
    )}
  </ul>`;
  const { unconfirmed } = ledger;
  const reasons = Object.entries(ledger.deadLettered.byReason).map(
    ([reason, count]) => html`<li>${formatNumber(count)} dead-lettered: ${reason}</li>`,
  );
  const examples = (Object.keys(EXAMPLES) as (keyof typeof EXAMPLES)[])
    .map((kind) => [EXAMPLES[kind], ledger.examples[kind]] as const)
    .filter(([, ids]) => ids.length > 0)
    .map(
      ([name, ids]) => html`<li>${name}: <code>${ids.slice(0, 3).join(", ")}${ids.length > 3 ? ", …" : ""}</code></li>`,
    );
  return html`${balance}
    <ul>
      <li>${formatCount(ledger.duplicatesAbsorbed, "repeated delivery", "repeated deliveries")} absorbed</li>
      <li>
        ${formatNumber(unconfirmed.total)}
        unconfirmed${
          unconfirmed.total === 0
            ? ""
            : `: ${formatNumber(unconfirmed.processed)} processed, ${formatNumber(unconfirmed.waiting)} waiting, ` +
              `${formatNumber(unconfirmed.deadLettered)} dead-lettered, ${formatNumber(unconfirmed.nowhere)} nowhere`
        }
      </li>
      ${
        ledger.deadLetteredAfterCommit === 0
          ? undefined
          : html`<li>${formatNumber(ledger.deadLetteredAfterCommit)} dead-lettered after they had been processed</li>`
      }
      ${reasons}${examples}
    </ul>`;
}
