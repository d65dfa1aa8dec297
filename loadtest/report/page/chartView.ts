import { formatNumber } from "../format.ts";
import type { ChartData } from "../chartData.ts";
import { chart, type Chart } from "./chart.ts";
import type { Panel } from "./curves.ts";
import { element } from "./element.ts";
import { figures } from "./figures.ts";
import { type Legend, legend } from "./legend.ts";
import { clock, momentOf } from "./moments.ts";
import { type Section, sectionsOf } from "./sections.ts";

/** The charts of all workloads on one time axis, and one selected moment: by pointer, by touch or by keyboard. */
export interface ChartsView {
  update(data: ChartData): void;
  redraw(): void;
}

let ids = 0;

/**
 * Fills an element with the charts.
 * @param options `heading`: the level of a workload's heading; `follow`: whether the newest moment stays selected until another one is.
 */
export function chartsView(
  host: HTMLElement,
  first: ChartData,
  { heading, follow }: { heading: 3 | 4; follow: boolean },
): ChartsView {
  const id = `charts-${(ids += 1)}`;
  let data = first;
  let chosen = follow ? data.seconds.length - 1 : mostInteresting(data);
  let hovered: number | null = null;
  let following = follow;
  let sections = sectionsOf(data);
  let views: SectionView[] = [];

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
  const table = figures(() => data);

  slider.addEventListener("input", () => {
    chosen = Number(slider.value);
    hovered = null;
    following = follow && chosen === data.seconds.length - 1;
    point();
  });
  function point(): void {
    const index = Math.min(hovered ?? chosen, data.seconds.length - 1);
    sections.forEach((section, at) => views[at]?.point(section, index));
    const said = momentInWords(data, index);
    output.textContent = following && hovered === null ? `now, ${said}` : said;
    slider.value = String(index);
    const why = sections.flatMap((section) => section.sentence?.(index) ?? []);
    slider.setAttribute("aria-valuetext", [said, ...why].join(". "));
  }

  function build(): void {
    for (const view of views) view.destroy();
    views = sections.map((section, index) =>
      sectionView(data, section, {
        id: `${id}-${index}`,
        heading,
        first: index === 0,
        last: index === sections.length - 1,
        onMoment: (at) => {
          hovered = at;
          point();
        },
      }),
    );
    stage.replaceChildren(...views.map(({ element: made }) => made));
  }

  function measure(): void {
    slider.max = String(Math.max(0, data.seconds.length - 1));
    if (following) chosen = data.seconds.length - 1;
  }

  host.replaceChildren(stage, moment, table.element);
  build();
  measure();
  point();

  return {
    update: (next) => {
      const nextSections = sectionsOf(next);
      const rebuilt = shapeOf(nextSections) !== shapeOf(sections);
      // The moments move along: a selected one stays selected.
      const keptSecond = data.zeroMs / 1000 + (data.seconds[chosen] ?? 0);
      data = next;
      sections = nextSections;
      if (!following) {
        const at = data.seconds.findIndex((second) => data.zeroMs / 1000 + second >= keptSecond);
        chosen = Math.max(0, at);
      }
      if (rebuilt) build();
      else sections.forEach((section, index) => views[index]?.update(data, section));
      measure();
      point();
      table.update();
    },
    redraw: () => {
      for (const view of views) view.redraw();
    },
  };
}

interface SectionView {
  element: HTMLElement;
  update(data: ChartData, section: Section): void;
  point(section: Section, index: number): void;
  redraw(): void;
  destroy(): void;
}

function sectionView(
  data: ChartData,
  section: Section,
  options: {
    id: string;
    heading: 3 | 4;
    first: boolean;
    last: boolean;
    onMoment: (index: number | null) => void;
  },
): SectionView {
  const title = element(`h${options.heading}`, "track-title", section.title);
  title.id = options.id;
  if (section.role !== "") title.append(element("span", "role", section.role));
  const replicas = element("strong", "");
  const because = element("span", "");
  const why = element("p", "why", replicas, " ", because);
  const made = element("div", "track", title, ...(section.explain === undefined ? [] : [why]));
  made.setAttribute("role", "group");
  made.setAttribute("aria-labelledby", options.id);

  const { panels } = section;
  const views = panels.map((panel, index) => {
    const isLast = options.last && index === panels.length - 1;
    const drawn = chart(data, panel, {
      first: options.first && index === 0,
      last: isLast,
      quiet: section.quiet,
      onMoment: options.onMoment,
    });
    const named = legend(panel, (curve, shown) => {
      drawn.show(curve, shown);
    });
    made.append(element("div", "panel", element("p", "panel-title", panel.title), drawn.element, named.element));
    return { drawn, named };
  });
  describe(views, panels);

  return {
    element: made,
    update: (next, { panels: nextPanels }) => {
      views.forEach(({ drawn, named }, index) => {
        const panel = nextPanels[index];
        if (panel === undefined) return;
        drawn.update(next, panel);
        named.update(panel);
      });
      describe(views, nextPanels);
    },
    point: ({ explain }, index) => {
      const said = explain?.(index);
      if (said !== undefined) {
        replicas.textContent = said.because === "" ? said.replicas : `${said.replicas}:`;
        because.textContent = said.because;
      }
      for (const { drawn, named } of views) {
        drawn.point(index);
        named.point(index);
      }
    },
    redraw: () => {
      for (const { drawn } of views) drawn.redraw();
    },
    destroy: () => {
      for (const { drawn } of views) drawn.destroy();
    },
  };
}

/** What a chart shows, for screen readers; the table of figures has the rest. */
function describe(views: readonly { drawn: Chart; named: Legend }[], panels: readonly Panel[]): void {
  views.forEach(({ drawn }, index) => {
    const panel = panels[index];
    if (panel === undefined) return;
    const parts = panel.curves.flatMap(({ name, values, low = [], format }) => {
      const known = [...values, ...low].filter((value) => value !== null);
      if (known.length === 0) return [`${name}: no values`];
      const [least, most] = [Math.min(...known), Math.max(...known)];
      return [least === most ? `${name} ${format(least)} throughout` : `${name} ${format(least)} to ${format(most)}`];
    });
    const gaps = panel.missing.filter(({ kind }) => kind === "gap").length;
    if (gaps > 0) parts.push(`${formatNumber(gaps)} stretches could not be read`);
    drawn.element.setAttribute("aria-label", `Chart. ${panel.title}. ${parts.join(", ")}.`);
  });
}

/** When the first workload first had all the replicas it ever got: the moment that explains most. */
function mostInteresting({ tracks, seconds }: ChartData): number {
  const ready = tracks[0]?.replicas.ready ?? [];
  const most = Math.max(0, ...ready.map((value) => value ?? 0));
  const first = ready.findIndex((value) => value === most);
  return first >= 0 ? first : Math.max(0, seconds.length - 1);
}

function momentInWords(data: ChartData, index: number): string {
  const second = data.seconds[index];
  if (second === undefined) return "nothing recorded";
  const shown = momentOf(data, second);
  if (data.axis === "clock") return shown;
  const since = `${shown} after the load's start`;
  return data.axis === "simulated" ? since : `${since}, ${clock(data.zeroMs + second * 1000)}`;
}

/** Changes where charts have to be made anew. */
function shapeOf(sections: readonly Section[]): string {
  return JSON.stringify(
    sections.map(({ title, panels }) => [title, panels.map((panel) => [panel.title, panel.curves.length])]),
  );
}
