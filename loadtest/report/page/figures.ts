import { formatNumber } from "../format.ts";
import type { Lane, Missing, Picture, Value } from "../chartData.ts";
import { formatSignal, missingAt, signalName } from "../explainReplicas.ts";
import { momentOf } from "./chart.ts";
import { element } from "./element.ts";

interface Column {
  title: string;
  values: readonly Value[];
  missing: readonly Missing[];
  format: (value: number) => string;
}

/** Beyond this, a table is nothing that anybody reads. */
const MOST_ROWS = 150;

/** The charts as a table, for whoever reads rather than looks. Filled when it is opened. */
export function figures(pictureNow: () => Picture): { element: HTMLElement; update(): void } {
  const body = element("div", "scroll");
  body.tabIndex = 0;
  body.setAttribute("role", "group");
  body.setAttribute("aria-label", "The same as a table");
  const details = element("details", "", element("summary", "", "The same as a table"), body);
  const fill = (): void => {
    if (details.open) body.replaceChildren(tableOf(pictureNow()));
  };
  details.addEventListener("toggle", fill);
  return { element: details, update: fill };
}

function tableOf(picture: Picture): HTMLElement {
  const columns = picture.lanes.flatMap(columnsOf);
  const rows = rowsOf(picture, columns);
  const head = element("tr", "", scoped("col", picture.axis === "clock" ? "time" : "since load"));
  for (const { title } of columns) {
    const cell = scoped("col", title);
    cell.className = "number";
    head.append(cell);
  }
  const lines = rows.map((index) => {
    const row = element("tr", "", scoped("row", momentOf(picture, picture.seconds[index] ?? 0)));
    for (const column of columns) row.append(element("td", "number", cellOf(column, index)));
    return row;
  });
  const shown =
    rows.length === picture.seconds.length
      ? "Every moment."
      : `${formatNumber(rows.length)} of ${formatNumber(picture.seconds.length)} moments: where replicas changed, and others evenly between.`;
  return element(
    "table",
    "",
    element("caption", "", shown),
    element("thead", "", head),
    element("tbody", "", ...lines),
  );
}

function columnsOf({ workload, signals, replicas }: Lane): Column[] {
  return [
    ...signals.map((signal): Column => ({
      title: `${workload}: ${signalName(signal)}`,
      values: signal.current,
      missing: signal.missing,
      format: (value) => formatSignal(value, signal.unit),
    })),
    { title: `${workload}: desired`, values: replicas.desired, missing: replicas.missing, format: formatNumber },
    { title: `${workload}: ready`, values: replicas.ready, missing: replicas.missing, format: formatNumber },
  ];
}

function cellOf({ values, missing, format }: Column, index: number): string {
  const known = values[index] ?? null;
  if (known !== null) return format(known);
  const why = missingAt(missing, index);
  if (why === undefined) return "–";
  return why.kind === "gap" ? "not read" : "none";
}

/** Where replicas or what is missing changed, and others evenly between, to the most that are shown. */
function rowsOf(picture: Picture, columns: readonly Column[]): number[] {
  const count = picture.seconds.length;
  const steady = columns.filter(({ title }) => /desired|ready/.test(title));
  const chosen = new Set<number>();
  for (let index = 0; index < count; index++) {
    const changed = steady.some((column) => index === 0 || cellOf(column, index) !== cellOf(column, index - 1));
    if (changed && chosen.size < MOST_ROWS) chosen.add(index);
  }
  const step = Math.max(1, Math.ceil(count / Math.max(1, MOST_ROWS - chosen.size)));
  for (let index = 0; index < count; index += step) chosen.add(index);
  if (count > 0) chosen.add(count - 1);
  return [...chosen].sort((one, other) => one - other);
}

function scoped(scope: "col" | "row", text: string): HTMLTableCellElement {
  const cell = element("th", "", text);
  cell.scope = scope;
  return cell;
}
