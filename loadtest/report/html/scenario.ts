import { assertionText } from "../texts/assertionTexts.ts";
import { metricText } from "../texts/metricText.ts";
import { formatCount, formatDuration, formatNumber, formatRatio, secondsBetween } from "../format.ts";
import type { Assertion } from "../../model/assertion.ts";
import type { Counters } from "../../model/counters.ts";
import type { Ledger } from "../../model/ledger.ts";
import type { DeploymentState, Sample } from "../../model/observed.ts";
import type { PodSeconds } from "../../model/podSeconds.ts";
import type { Reading } from "../../model/reading.ts";
import type { ScenarioReport } from "../../model/scenarioReport.ts";
import type { Timing } from "../../model/timing.ts";
import type { Workload } from "../../model/workload.ts";
import { facts, html, type Markup, table } from "./markup.ts";
import { badge } from "./verdict.ts";

/** All of one scenario. @param index of its picture, and of its place in the page. */
export function scenarioSection(scenario: ScenarioReport, index: number): Markup {
  return html`<section class="scenario" aria-labelledby="scenario-${index}">
    <h2 id="scenario-${index}">${scenario.name} ${badge(scenario.verdict)}</h2>
    <p class="summary">${scenario.summary}</p>
    ${facts(scenarioFacts(scenario))} ${curves(scenario, index)} ${assertions(scenario.assertions)}
    ${timingsTable(scenario.timings)} ${podSecondsTable(scenario.podSeconds)}
    <div class="columns">
      ${ledgerPart(scenario.ledger)} ${countersPart(scenario.counters)} ${podsPart(scenario)} ${livePart(scenario)}
    </div>
  </section>`;
}

/** `worker 0 → 8 → 0`. */
export function moverInWords({ mustScale, samples }: Pick<ScenarioReport, "mustScale" | "samples">): string {
  return mustScale.map((workload) => `${workload} ${courseOf(samples, workload)}`).join(", ") || "–";
}

/** `api 1 throughout`. */
export function bystanderInWords({ mustNotScale, samples }: Pick<ScenarioReport, "mustNotScale" | "samples">): string {
  return mustNotScale.map((workload) => `${workload} ${courseOf(samples, workload)}`).join(", ") || "–";
}

function courseOf(samples: readonly Sample[], workload: Workload): string {
  const ready = samples.flatMap(({ readings }) => {
    const reading: Reading<DeploymentState> = workload === "api" ? readings.apiDeployment : readings.workerDeployment;
    return reading.kind === "value" ? [reading.value.ready] : [];
  });
  const [first, last] = [ready[0], ready.at(-1)];
  if (first === undefined || last === undefined) return "not seen";
  const most = Math.max(...ready);
  if (ready.every((count) => count === first)) return `${formatNumber(first)} throughout`;
  return [first, most, last].map(formatNumber).join(" → ");
}

function scenarioFacts(scenario: ScenarioReport): [string, string][] {
  const entries: [string, string][] = [];
  if (scenario.mustScale.length > 0) entries.push(["had to move", moverInWords(scenario)]);
  if (scenario.mustNotScale.length > 0) entries.push(["had to stay", bystanderInWords(scenario)]);
  const took = secondsBetween(scenario.loadStartedAt, scenario.endedAt);
  if (took !== undefined) entries.push(["from load to rest", formatDuration(took)]);
  if (scenario.load?.kind === "ran") {
    const { requests, failedRequests, latencyMs } = scenario.load.counts;
    entries.push(["requests", formatNumber(requests)], ["failed", formatNumber(failedRequests)]);
    if (latencyMs !== null) entries.push(["latency p95", formatDuration(latencyMs.p95 / 1000)]);
  }
  if (scenario.ledger?.kind === "value") entries.push(["orders lost", formatNumber(scenario.ledger.value.lost)]);
  return entries;
}

function curves(scenario: ScenarioReport, index: number): Markup {
  if (scenario.samples.length === 0) {
    return html`<h3>Curves</h3>
      <p>Nothing was recorded.</p>`;
  }
  return html`<h3>Curves</h3>
    <div class="picture" data-picture="${index}">
      <p class="no-script">The curves need JavaScript; report.json holds their figures.</p>
    </div>`;
}

/** Every claim, what was expected and what was measured. */
export function assertions(list: readonly Assertion[]): Markup {
  const rows = list
    .map((assertion) => ({ status: assertion.status, ...assertionText(assertion) }))
    .map(({ name, status, expected, measured, reason }) => [
      html`${name}`,
      badge(status),
      html`${measured}${
        reason === undefined
          ? undefined
          : html`<span class="reason ${status}"><strong>Because:</strong> ${reason}</span>`
      }`,
      html`${expected}`,
    ]);
  return html`<h3>Assertions</h3>
    ${
      rows.length === 0
        ? html`<p>None: it did not get that far.</p>`
        : table(
            "What was claimed, and what was seen.",
            [{ title: "assertion" }, { title: "verdict" }, { title: "measured" }, { title: "expected" }],
            rows,
          )
    }`;
}

function timingsTable(timings: readonly Timing[]): Markup | undefined {
  if (timings.length === 0) return undefined;
  const longest = Math.max(
    ...timings.flatMap((timing) => [timing.measuredSeconds ?? 0, timing.lowerBoundSeconds ?? 0]),
    1,
  );
  const rows = timings.map((timing) => [
    html`${timing.name}`,
    html`${
      timing.measuredSeconds === null
        ? "not seen"
        : `${formatDuration(timing.measuredSeconds)} ± ${formatDuration(timing.uncertaintySeconds)}`
    }`,
    html`${timing.lowerBoundSeconds === null ? "no bound" : formatDuration(timing.lowerBoundSeconds)}`,
    html`${timing.ratio === null ? "–" : formatRatio(timing.ratio)}`,
    bar(timing.measuredSeconds, timing.lowerBoundSeconds, longest),
    html`${timing.lowerBoundReason}`,
  ]);
  return html`<h3>Timings</h3>
    ${table(
      "Beside each the best that the live configuration allows. In the bars: measured, and the best as a mark.",
      [
        { title: "from … to" },
        { title: "measured", kind: "number" },
        { title: "best", kind: "number" },
        { title: "ratio", kind: "number" },
        { title: "", kind: "bar" },
        { title: "best because" },
      ],
      rows,
    )}`;
}

function bar(measured: number | null, best: number | null, longest: number): Markup {
  const width = (value: number): string => ((100 * value) / longest).toFixed(1);
  return html`<svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true" focusable="false">
    ${measured === null ? undefined : html`<rect class="measured" y="2" width="${width(measured)}" height="6" />`}
    ${
      best === null
        ? undefined
        : html`<line
            class="best"
            x1="${width(best)}"
            x2="${width(best)}"
            y1="0"
            y2="10"
            vector-effect="non-scaling-stroke"
          />`
    }
  </svg>`;
}

/** What pods were used, beside what others would have used. */
export function podSecondsTable(list: readonly PodSeconds[]): Markup | undefined {
  if (list.length === 0) return undefined;
  const share = (value: number | null, of: number): string =>
    value === null
      ? "not computed"
      : `${formatNumber(value)}${of > 0 ? ` (${formatNumber((100 * value) / of)} %)` : ""}`;
  const rows = list.map(({ workload, windowSeconds, measured, clairvoyant, fixed, fixedReplicas, assumptions }) => [
    html`${workload}`,
    html`${formatDuration(windowSeconds)}`,
    html`${formatNumber(measured)}`,
    html`${share(clairvoyant, measured)}`,
    html`${share(fixed, measured)}, ${formatCount(fixedReplicas, "replica")}`,
    html`${assumptions}`,
  ]);
  return html`<h3>Pod-seconds</h3>
    ${table(
      "Pods that existed, times how long. Oracle and fixed are computed; percent are of what was measured.",
      [
        { title: "workload" },
        { title: "window", kind: "number" },
        { title: "measured", kind: "number" },
        { title: "clairvoyant baseline", kind: "number" },
        { title: "fixed replicas", kind: "number" },
        { title: "assumptions" },
      ],
      rows,
    )}`;
}

function unread(reading: Reading<unknown>): Markup {
  return html`<p>${reading.kind === "gap" ? `Could not be read: ${reading.error}` : "Not there."}</p>`;
}

function ledgerPart(reading: ScenarioReport["ledger"]): Markup | undefined {
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
  const examples = Object.entries(ledger.examples)
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

function countersPart(reading: ScenarioReport["counters"]): Markup | undefined {
  if (reading === null) return undefined;
  return html`<div>
    <h3>The services' own counters</h3>
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
      : `p50 ${formatDuration(orderAgeSeconds.p50)}, p95 ${formatDuration(orderAgeSeconds.p95)}, at the most ${formatDuration(orderAgeSeconds.max)}`;
  return table(
    `From Prometheus, of ${formatNumber(scrapes.api)} samples of api and ${formatNumber(scrapes.worker)} of worker. ` +
      `What a process counts after its last scrape is missing, unless that showed it drained: ${formatNumber(lostScrapes.api)} of api and ${formatNumber(lostScrapes.worker)} of worker ended so.`,
    [{ title: "counter" }, { title: "in this scenario" }],
    [
      [html`requests to the API`, html`${formatNumber(apiRequests)}`],
      [
        html`orders that the worker took to an end`,
        html`${formatNumber(ordersProcessed)}${uncountedOrdersUpperBound === 0 ? "" : `, and ${formatNumber(uncountedOrdersUpperBound)} at the most uncounted`}`,
      ],
      [html`locks lost`, html`${formatNumber(locksLost)}`],
      [html`age of orders`, html`${age}`],
    ],
  );
}

/** Pods that ended otherwise than by their autoscaler, or were restarted. */
function podsPart({ pods, loadStartedAt }: ScenarioReport): Markup | undefined {
  const odd = pods.filter(({ endedBecause, restarts }) => endedBecause !== null || restarts > 0);
  if (odd.length === 0) return undefined;
  const since = (atMs: number | null): string =>
    atMs === null || loadStartedAt === null ? "–" : formatDuration((atMs - Date.parse(loadStartedAt)) / 1000);
  return html`<div>
    <h3>Pods that ended otherwise</h3>
    ${table(
      "Ended by something else than their autoscaler, or restarted.",
      [{ title: "pod" }, { title: "gone after the load's start" }, { title: "restarts" }, { title: "because" }],
      odd.map(({ name, goneMs, restarts, endedBecause }) => [
        html`${name}`,
        html`${since(goneMs)}`,
        html`${formatNumber(restarts)}`,
        html`${endedBecause ?? "restarted in place"}`,
      ]),
    )}
  </div>`;
}

function livePart({ live, load }: ScenarioReport): Markup | undefined {
  if (live === null) return undefined;
  const worker: string[] = [
    `${formatNumber(live.workerIdleReplicas)} to ${formatCount(live.workerMaximum, "replica")}`,
    live.workerScaler === "keda"
      ? `asked every ${formatDuration(live.workerPollingIntervalSeconds)}, to rest after ${formatDuration(live.workerCooldownSeconds)}`
      : `scaled by ${live.workerScaler === "hpa" ? "an HPA alone" : "nothing"}`,
    ...(live.workerMessagesPerReplica === null
      ? []
      : [`${formatCount(live.workerMessagesPerReplica, "message")} a replica`]),
    ...(live.workerActivationMessages === null
      ? []
      : [`activated above ${formatCount(live.workerActivationMessages, "message")}`]),
  ];
  const targets = live.apiTargets.map(
    ({ metric, target }) => `${metricText(metric)} ${target === null ? "without target" : `${formatNumber(target)} %`}`,
  );
  const api = [
    `${formatNumber(live.apiMinimum)} to ${formatCount(live.apiMaximum, "replica")}`,
    ...targets,
    `down after ${formatDuration(live.apiScaleDown.stabilizationSeconds)} at rest`,
  ];
  return html`<div>
    <h3>What the live objects said</h3>
    ${table(
      "Deadlines and best times come from these.",
      [{ title: "of" }, { title: "configuration" }],
      [
        [html`worker`, html`${worker.join("; ")}`],
        [html`api`, html`${api.join("; ")}`],
        [html`metrics-server`, html`a new figure every ${formatDuration(live.metricsResolutionSeconds)}`],
        ...(load === null
          ? []
          : [
              [
                html`k6`,
                html`${
                  load.kind === "broke"
                    ? `did not run to its end: ${load.reason}`
                    : `${formatCount(load.counts.iterations, "iteration")}, ${formatNumber(load.counts.droppedIterations)} dropped, exit code ${load.exitCode}`
                }`,
              ],
            ]),
      ],
    )}
  </div>`;
}
