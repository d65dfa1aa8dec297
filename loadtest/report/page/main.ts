import type { Frame } from "../feed.ts";
import { formatNumber } from "../format.ts";
import { formatAmount } from "../amount.ts";
import type { ChartData, Signal } from "../chartData.ts";
import { missingAt } from "../explainReplicas.ts";
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
function facts({ chartData: data, deadLettered }: Frame): Fact[] {
  const index = data.seconds.length - 1;
  const only = Object.keys(deadLettered).length <= 1;
  const ofQueue = (signal: Signal, queue: string): Fact[] => {
    const dead = deadLettered[queue] ?? null;
    return [
      [only ? "messages on the queue" : `messages on ${queue}`, valueNow(signal, index)],
      [only ? "dead-lettered" : `dead-lettered of ${queue}`, dead === null ? "not read" : formatNumber(dead)],
    ];
  };
  const ofSignal = (signal: Signal, workload: string): Fact[] => {
    if (signal.queue !== null) return ofQueue(signal, signal.queue);
    const target = signal.target[index] ?? null;
    const value = valueNow(signal, index);
    const read = (signal.current[index] ?? null) !== null && target !== null;
    const each = signal.shared ? " per replica" : "";
    return [[`${workload} ${signal.name}`, read ? `${value} of ${formatAmount(target, signal.unit)}${each}` : value]];
  };
  return [
    ...data.tracks.flatMap(({ workload, signals, replicas }): Fact[] => {
      const ready = replicas.ready[index] ?? null;
      const desired = replicas.desired[index] ?? null;
      const now =
        ready === null || desired === null ? "not read" : `${formatNumber(ready)} of ${formatNumber(desired)}`;
      return [...signals.flatMap((signal) => ofSignal(signal, workload)), [`${workload} ready of desired`, now]];
    }),
    ...data.queues.flatMap((signal) => (signal.queue === null ? [] : ofQueue(signal, signal.queue))),
  ];
}

type Fact = [name: string, value: string];

function valueNow({ current, missing, unit }: Signal, index: number): string {
  const value = current[index] ?? null;
  if (value !== null) return formatAmount(value, unit);
  return missingAt(missing, index)?.kind === "gap" ? "not read" : "none";
}

function part(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`the page has no element #${id}`);
  return found;
}
