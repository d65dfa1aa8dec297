import type { Frame } from "../feed.ts";
import { formatNumber } from "../format.ts";
import type { Picture } from "../chartData.ts";
import { formatSignal, missingAt, signalName } from "../explainReplicas.ts";
import { element } from "./element.ts";
import { clock } from "./moments.ts";
import { type PictureView, pictureView } from "./chartView.ts";

/** What a report brings with it: a picture for each element `data-picture`. */
interface Recorded {
  pictures: Picture[];
}

const views: PictureView[] = [];
const recorded = document.getElementById("recorded");
if (recorded !== null) {
  const { pictures } = JSON.parse(recorded.textContent) as Recorded;
  for (const host of document.querySelectorAll<HTMLElement>("[data-picture]")) {
    const picture = pictures[Number(host.dataset.picture)];
    if (picture !== undefined) views.push(pictureView(host, picture, { heading: 4, follow: false }));
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
  const trouble = part("trouble");
  const now = part("now");
  let view: PictureView | undefined;
  const feed = new EventSource("feed");
  feed.addEventListener("frame", (event: MessageEvent<string>) => {
    const frame = JSON.parse(event.data) as Frame;
    const { picture } = frame;
    if (view === undefined) {
      view = pictureView(host, picture, { heading: 3, follow: true });
      views.push(view);
    } else {
      view.update(picture);
    }
    const last = picture.seconds.at(-1);
    state.textContent =
      last === undefined ? "nothing read yet" : `live, last read at ${clock(picture.zeroMs + last * 1000)}`;
    now.replaceChildren(
      ...facts(frame).map(([name, value]) => element("div", "", element("dt", "", name), element("dd", "", value))),
    );
    const said = frame.troubles.join("; ");
    trouble.hidden = said === "";
    if (trouble.textContent !== said) trouble.textContent = said;
  });
  feed.addEventListener("error", () => {
    state.textContent = "no connection to the watching process; trying again";
  });
}

/** The figures of now. */
function facts({ picture, deadLettered }: Frame): [name: string, value: string][] {
  const index = picture.seconds.length - 1;
  return picture.lanes.flatMap(({ workload, signals, replicas }): [string, string][] => {
    const ready = replicas.ready[index] ?? null;
    const desired = replicas.desired[index] ?? null;
    return [
      ...signals.map((signal): [string, string] => {
        const value = signal.current[index] ?? null;
        const target = signal.target[index] ?? null;
        const name = signal.unit === "messages" ? "messages on the queue" : `${workload} ${signalName(signal)}`;
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
