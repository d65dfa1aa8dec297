import { formatNumber } from "../format.ts";
import { formatAmount } from "../amount.ts";
import type { WorkloadTrack, Missing, ChartData, Signal, Value } from "../chartData.ts";
import { element } from "./element.ts";
import { missingWord } from "./legend.ts";
import { momentOf } from "./moments.ts";

interface Column {
  title: string;
  isReplicas: boolean;
  values: readonly Value[];
  missing: readonly Missing[];
  format: (value: number) => string;
}

/** Longer tables are not read. */
const MOST_ROWS = 150;

/** The charts as a table, filled when it is opened. */
export function figures(currentData: () => ChartData): { element: HTMLElement; update(): void } {
  const body = element("div", "scroll");
  body.tabIndex = 0;
  body.setAttribute("role", "group");
  body.setAttribute("aria-label", "As a table");
  const details = element("details", "", element("summary", "", "As a table"), body);
  const fill = (): void => {
    if (details.open) body.replaceChildren(tableOf(currentData()));
  };
  details.addEventListener("toggle", fill);
  return { element: details, update: fill };
}

function tableOf(data: ChartData): HTMLElement {
  const columns = [
    ...data.tracks.flatMap(columnsOf),
    ...data.queues.map((signal) => signalColumn(signal.name, signal)),
  ];
  const rows = rowsOf(data, columns);
  const head = element("tr", "", scoped("col", data.axis === "clock" ? "time" : "since load"));
  for (const { title } of columns) {
    const cell = scoped("col", title);
    cell.className = "number";
    head.append(cell);
  }
  const lines = rows.map((index) => {
    const row = element("tr", "", scoped("row", momentOf(data, data.seconds[index] ?? 0)));
    for (const column of columns) row.append(element("td", "number", cellOf(column, index)));
    return row;
  });
  const shown =
    rows.length === data.seconds.length
      ? "Every moment."
      : `${formatNumber(rows.length)} of ${formatNumber(data.seconds.length)} moments: where replicas changed, and others evenly between.`;
  return element(
    "table",
    "",
    element("caption", "", shown),
    element("thead", "", head),
    element("tbody", "", ...lines),
  );
}

function columnsOf({ workload, signals, replicas }: WorkloadTrack): Column[] {
  const ofReplicas = (name: "desired" | "ready"): Column => ({
    title: `${workload}: ${name}`,
    isReplicas: true,
    values: replicas[name],
    missing: replicas.missing,
    format: formatNumber,
  });
  return [
    ...signals.map((signal) => signalColumn(`${workload}: ${signal.name}`, signal)),
    ofReplicas("desired"),
    ofReplicas("ready"),
  ];
}

function signalColumn(title: string, { current, missing, unit }: Signal): Column {
  return { title, isReplicas: false, values: current, missing, format: (value) => formatAmount(value, unit) };
}

function cellOf({ values, missing, format }: Column, index: number): string {
  const known = values[index] ?? null;
  return known === null ? missingWord({ missing }, index) : format(known);
}

/** Where replicas or what is missing changed, and others evenly between, to the most that are shown. */
function rowsOf(data: ChartData, columns: readonly Column[]): number[] {
  const count = data.seconds.length;
  const replicas = columns.filter(({ isReplicas }) => isReplicas);
  const chosen = new Set<number>();
  for (let index = 0; index < count; index++) {
    const changed = replicas.some((column) => index === 0 || cellOf(column, index) !== cellOf(column, index - 1));
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
