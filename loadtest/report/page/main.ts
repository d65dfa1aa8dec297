import type { Frame } from "../feed.ts";
import { formatNumber } from "../format.ts";
import type { ChartData } from "../chartData.ts";
import { formatSignal, missingAt } from "../explainReplicas.ts";
import { element } from "./element.ts";
import { clock } from "./moments.ts";
import { type ChartsView, chartsView } from "./chartView.ts";

/** What a report brings with it: chart data for each element `data-chart`. */
interface Recorded {
  charts: ChartData[];
}

const views: ChartsView[] = [];
const recorded = document.getElementById("recorded");
if (recorded !== null) {
  const { charts } = JSON.parse(recorded.textContent) as Recorded;
  for (const host of document.querySelectorAll<HTMLElement>("[data-chart]")) {
    const data = charts[Number(host.dataset.chart)];
    if (data !== undefined) views.push(chartsView(host, data, { heading: 4, follow: false }));
  }
}
const live = document.getElementById("live");
if (live !== null) watch(live);

// Curves are drawn on canvas, which does not follow the style sheet by itself.
for (const query of ["(prefers-color-scheme: dark)", "(prefers-contrast: more)"]) {
  matchMedia(query).addEventListener("change", () => {
    for (const view of views) view.redraw();
  });
}

/** Shows what the server sends, a frame each moment, until the page is closed. */
function watch(host: HTMLElement): void {
  const state = part("state");
  const errors = part("errors");
  const now = part("now");
  let view: ChartsView | undefined;
  const feed = new EventSource("feed");
  feed.addEventListener("frame", (event: MessageEvent<string>) => {
    const frame = JSON.parse(event.data) as Frame;
    const { chartData: data } = frame;
    if (view === undefined) {
      view = chartsView(host, data, { heading: 3, follow: true });
      views.push(view);
    } else {
      view.update(data);
    }
    const last = data.seconds.at(-1);
    state.textContent =
      last === undefined ? "nothing read yet" : `live, last read at ${clock(data.zeroMs + last * 1000)}`;
    now.replaceChildren(
      ...facts(frame).map(([name, value]) => element("div", "", element("dt", "", name), element("dd", "", value))),
    );
    const said = frame.errors.join("; ");
    errors.hidden = said === "";
    if (errors.textContent !== said) errors.textContent = said;
  });
  feed.addEventListener("error", () => {
    state.textContent = "no connection to the watching process; trying again";
  });
}

/** The figures of now. */
function facts({ chartData: data, deadLettered }: Frame): [name: string, value: string][] {
  const index = data.seconds.length - 1;
  return data.tracks.flatMap(({ workload, signals, replicas }): [string, string][] => {
    const ready = replicas.ready[index] ?? null;
    const desired = replicas.desired[index] ?? null;
    return [
      ...signals.map((signal): [string, string] => {
        const value = signal.current[index] ?? null;
        const target = signal.target[index] ?? null;
        const name = signal.unit === "messages" ? "messages on the queue" : `${workload} ${signal.name}`;
        if (value === null) return [name, missingAt(signal.missing, index)?.kind === "gap" ? "not read" : "none"];
        if (signal.unit === "messages" || target === null) return [name, formatSignal(value, signal.unit)];
        return [name, `${formatSignal(value, signal.unit)} of ${formatSignal(target, signal.unit)}`];
      }),
      ...(workload === "worker"
        ? [["dead-lettered", deadLettered === null ? "not read" : formatNumber(deadLettered)] as [string, string]]
        : []),
      [
        `${workload} ready of desired`,
        ready === null || desired === null ? "not read" : `${formatNumber(ready)} of ${formatNumber(desired)}`,
      ],
    ];
  });
}

function part(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`the page has no element #${id}`);
  return found;
}
