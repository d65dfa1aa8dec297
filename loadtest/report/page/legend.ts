import { missingAt } from "../explainReplicas.ts";
import type { Curve, Look, Panel } from "./curves.ts";
import { element } from "./element.ts";

/** The names of a chart's curves with their values at the moment; each is a button that hides and shows its curve. */
export interface Legend {
  readonly element: HTMLElement;
  update(panel: Panel): void;
  point(index: number): void;
}

const SVG = "http://www.w3.org/2000/svg";

export function legend(panel: Panel, onShow: (curve: number, shown: boolean) => void): Legend {
  let shownPanel = panel;
  let at = 0;
  const entries = panel.curves.map(({ name, look }, index) => {
    const value = element("span", "value");
    const button = element("button", "", swatch(look), element("span", "name", name), " ", value);
    button.type = "button";
    button.setAttribute("aria-pressed", "true");
    button.addEventListener("click", () => {
      const shown = button.getAttribute("aria-pressed") !== "true";
      button.setAttribute("aria-pressed", String(shown));
      onShow(index, shown);
    });
    return { item: element("li", "", button), value };
  });
  const list = element("ul", "legend", ...entries.map(({ item }) => item));

  function point(index: number): void {
    at = index;
    entries.forEach(({ value }, curve) => {
      const drawn = shownPanel.curves[curve];
      const known = drawn?.values[index] ?? null;
      const text =
        known === null || drawn === undefined ? missingWord(shownPanel, index) : valueText(drawn, index, known);
      if (value.textContent !== text) value.textContent = text;
    });
  }
  return {
    element: list,
    update: (next) => {
      shownPanel = next;
      point(at);
    },
    point,
  };
}

/** Of a band both bounds: `3 – 8`. */
function valueText({ low, format }: Curve, index: number, value: number): string {
  const bound = low?.[index] ?? value;
  return bound === value ? format(value) : `${format(bound)} – ${format(value)}`;
}

/** In place of a value. */
export function missingWord(panel: Pick<Panel, "missing">, index: number): string {
  const missing = missingAt(panel.missing, index);
  if (missing === undefined) return "–";
  return missing.kind === "gap" ? "not read" : "none";
}

function swatch({ color, dash, widthPx, fill }: Look): SVGSVGElement {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("width", "26");
  svg.setAttribute("height", "12");
  svg.setAttribute("aria-hidden", "true");
  if (fill) {
    const area = document.createElementNS(SVG, "rect");
    area.setAttribute("y", "4");
    area.setAttribute("width", "26");
    area.setAttribute("height", "8");
    area.style.fill = `var(${color}-fill)`;
    svg.append(area);
  }
  const line = document.createElementNS(SVG, "line");
  line.setAttribute("x2", "26");
  line.setAttribute("y1", fill ? "4" : "6");
  line.setAttribute("y2", fill ? "4" : "6");
  line.style.stroke = `var(${color})`;
  line.style.strokeWidth = String(widthPx);
  line.style.strokeDasharray = dash.join(" ");
  svg.append(line);
  return svg;
}
