import { formatDuration, formatNumber } from "../format.ts";
import type { Counters } from "../../model/counters.ts";
import type { ScenarioReport } from "../../model/scenarioReport.ts";
import { html, type Markup, table, unread } from "./markup.ts";

export function countersPart(reading: ScenarioReport["counters"]): Markup | undefined {
  if (reading === null) return undefined;
  return html`<div>
    <h3>Service metrics</h3>
    ${reading.kind === "value" ? countersOf(reading.value) : unread(reading)}
  </div>`;
}

function countersOf({
  apiRequests,
  ordersProcessed,
  locksLost,
  orderAgeSeconds,
  scrapes,
  lostScrapes,
  uncountedOrdersUpperBound,
}: Counters): Markup {
  const age =
    orderAgeSeconds === null
      ? "none"
      : `p50 ${formatDuration(orderAgeSeconds.p50)}, p95 ${formatDuration(orderAgeSeconds.p95)}, max ${formatDuration(orderAgeSeconds.max)}`;
  return table(
    `From Prometheus, of ${formatNumber(scrapes.api)} samples of api and ${formatNumber(scrapes.worker)} of worker. ` +
      `Lost scrapes, which are processes that ended with counts that no scrape had read: ${formatNumber(lostScrapes.api)} of api and ${formatNumber(lostScrapes.worker)} of worker.`,
    ["metric", "in this scenario"],
    [
      ["requests to the API", formatNumber(apiRequests)],
      [
        "orders processed by the worker",
        html`${formatNumber(ordersProcessed)}${uncountedOrdersUpperBound === 0 ? "" : `, and ${formatNumber(uncountedOrdersUpperBound)} at most uncounted`}`,
      ],
      ["locks lost", formatNumber(locksLost)],
      ["age of orders", age],
    ],
  );
}
