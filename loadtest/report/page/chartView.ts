import { formatNumber } from "../format.ts";
import type { Lane, Picture } from "../chartData.ts";
import { missingAt, whyThisMany } from "../explainReplicas.ts";
import { chart, type Chart, momentOf } from "./chart.ts";
import { type Panel, panelsOf } from "./curves.ts";
import { element } from "./element.ts";
import { figures } from "./figures.ts";
import { type Legend, legend } from "./legend.ts";
import { clock } from "./moments.ts";

/** The curves of both workloads on one time axis, and one moment that is looked at: by pointer, by touch or by keyboard. */
export interface PictureView {
  update(picture: Picture): void;
  redraw(): void;
}

const ROLES: Record<Lane["role"], string> = {
  mustScale: "has to follow this load",
  mustNotScale: "must not notice",
  watched: "",
};
const TITLES: Record<Lane["workload"], string> = { api: "api", worker: "worker" };

let ids = 0;

/**
 * Fills an element with a picture.
 * @param options `heading`: the level of a workload's heading; `follow`: whether the moment stays at the newest until somebody looks elsewhere.
 */
export function pictureView(
  host: HTMLElement,
  first: Picture,
  { heading, follow }: { heading: 3 | 4; follow: boolean },
): PictureView {
  const id = `picture-${(ids += 1)}`;
  let picture = first;
  let chosen = follow ? picture.seconds.length - 1 : mostInteresting(picture);
  let hovered: number | null = null;
  let following = follow;
  let lanes: LaneView[] = [];

  const slider = element("input", "");
  slider.type = "range";
  slider.id = `${id}-moment`;
  slider.min = "0";
  slider.step = "1";
  const output = element("output", "");
  output.htmlFor.add(slider.id);
  const label = element("label", "", "Moment ", output);
  label.htmlFor = slider.id;
  const moment = element("div", "moment", slider, label);
  const stage = element("div", "");
  const table = figures(() => picture);

  slider.addEventListener("input", () => {
    chosen = Number(slider.value);
    hovered = null;
    following = follow && chosen === picture.seconds.length - 1;
    point();
  });
  function point(): void {
    const index = Math.min(hovered ?? chosen, picture.seconds.length - 1);
    for (const lane of lanes) lane.point(picture, index);
    const said = momentInWords(picture, index);
    output.textContent = following && hovered === null ? `now, ${said}` : said;
    slider.value = String(index);
    const why = picture.lanes.map((lane) => `${lane.workload}: ${sentence(lane, index)}`);
    slider.setAttribute("aria-valuetext", [said, ...why].join(". "));
  }

  function build(): void {
    for (const lane of lanes) lane.destroy();
    lanes = picture.lanes.map((lane, index) =>
      laneView(picture, lane, {
        id: `${id}-${lane.workload}`,
        heading,
        first: index === 0,
        last: index === picture.lanes.length - 1,
        onMoment: (at) => {
          hovered = at;
          point();
        },
      }),
    );
    stage.replaceChildren(...lanes.map(({ element: made }) => made));
  }

  function measure(): void {
    slider.max = String(Math.max(0, picture.seconds.length - 1));
    if (following) chosen = picture.seconds.length - 1;
  }

  host.replaceChildren(stage, moment, table.element);
  build();
  measure();
  point();

  return {
    update: (next) => {
      const rebuilt = shapeOf(next) !== shapeOf(picture);
      // The moments move along: whoever looks at one keeps it.
      const keptSecond = picture.zeroMs / 1000 + (picture.seconds[chosen] ?? 0);
      picture = next;
      if (!following) {
        const at = picture.seconds.findIndex((second) => picture.zeroMs / 1000 + second >= keptSecond);
        chosen = Math.max(0, at);
      }
      if (rebuilt) build();
      else picture.lanes.forEach((lane, index) => lanes[index]?.update(picture, lane));
      measure();
      point();
      table.update();
    },
    redraw: () => {
      for (const lane of lanes) lane.redraw();
    },
  };
}

interface LaneView {
  element: HTMLElement;
  update(picture: Picture, lane: Lane): void;
  point(picture: Picture, index: number): void;
  redraw(): void;
  destroy(): void;
}

function laneView(
  picture: Picture,
  lane: Lane,
  options: {
    id: string;
    heading: 3 | 4;
    first: boolean;
    last: boolean;
    onMoment: (index: number | null) => void;
  },
): LaneView {
  const title = element(`h${options.heading}`, "lane-title", TITLES[lane.workload]);
  title.id = options.id;
  if (ROLES[lane.role] !== "") title.append(element("span", "role", ROLES[lane.role]));
  const replicas = element("strong", "");
  const because = element("span", "");
  const why = element("p", "why", replicas, " ", because);
  const section = element("div", "lane", title, why);
  section.setAttribute("role", "group");
  section.setAttribute("aria-labelledby", options.id);

  const panels = panelsOf(lane);
  const views = panels.map((panel, index) => {
    const isLast = options.last && index === panels.length - 1;
    const drawn = chart(picture, panel, {
      first: options.first && index === 0,
      last: isLast,
      quiet: lane.role === "mustNotScale",
      onMoment: options.onMoment,
    });
    const named = legend(panel, (curve, shown) => {
      drawn.show(curve, shown);
    });
    section.append(element("div", "panel", element("p", "panel-title", panel.title), drawn.element, named.element));
    return { drawn, named };
  });
  describe(views, panels);

  return {
    element: section,
    update: (next, nextLane) => {
      const nextPanels = panelsOf(nextLane);
      views.forEach(({ drawn, named }, index) => {
        const panel = nextPanels[index];
        if (panel === undefined) return;
        drawn.update(next, panel);
        named.update(panel);
      });
      describe(views, nextPanels);
    },
    point: (shown, index) => {
      const now = shown.lanes.find(({ workload }) => workload === lane.workload);
      if (now === undefined) return;
      const said = whyThisMany(now, index);
      replicas.textContent = said.because === "" ? said.replicas : `${said.replicas}:`;
      because.textContent = said.because;
      for (const { drawn, named } of views) {
        drawn.point(index);
        named.point(index);
      }
    },
    redraw: () => {
      for (const { drawn, named } of views) {
        drawn.redraw();
        named.redraw();
      }
    },
    destroy: () => {
      for (const { drawn } of views) drawn.destroy();
    },
  };
}

/** What a chart shows, for whoever cannot see it; the table of figures has the rest. */
function describe(views: readonly { drawn: Chart; named: Legend }[], panels: readonly Panel[]): void {
  views.forEach(({ drawn }, index) => {
    const panel = panels[index];
    if (panel === undefined) return;
    const parts = panel.curves.flatMap(({ name, values, format }) => {
      const known = values.filter((value) => value !== null);
      if (known.length === 0) return [`${name}: nothing known`];
      const [least, most] = [Math.min(...known), Math.max(...known)];
      return [least === most ? `${name} ${format(least)} throughout` : `${name} ${format(least)} to ${format(most)}`];
    });
    const gaps = panel.missing.filter(({ kind }) => kind === "gap").length;
    if (gaps > 0) parts.push(`${formatNumber(gaps)} stretches could not be read`);
    drawn.element.setAttribute("aria-label", `Chart. ${panel.title}. ${parts.join(", ")}.`);
  });
}

/** When the first workload first had all the replicas it ever got: the moment that explains most. */
function mostInteresting({ lanes, seconds }: Picture): number {
  const ready = lanes[0]?.replicas.ready ?? [];
  const most = Math.max(0, ...ready.map((value) => value ?? 0));
  const first = ready.findIndex((value) => value === most);
  return first >= 0 ? first : Math.max(0, seconds.length - 1);
}

function momentInWords(picture: Picture, index: number): string {
  const second = picture.seconds[index];
  if (second === undefined) return "nothing recorded";
  const shown = momentOf(picture, second);
  return picture.axis === "clock" ? shown : `${shown} after the load's start, ${clock(picture.zeroMs + second * 1000)}`;
}

function sentence(lane: Lane, index: number): string {
  const { replicas, because } = whyThisMany(lane, index);
  const missing = missingAt(lane.replicas.missing, index);
  return because === "" || missing !== undefined ? replicas : `${replicas}, ${because}`;
}

/** Changes where charts have to be made anew. */
function shapeOf({ lanes }: Picture): string {
  return lanes.map(({ workload, signals }) => [workload, ...signals.map(({ name }) => name)].join()).join("|");
}
