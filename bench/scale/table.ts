import { renderTable } from "../table.ts";
import { OBJECTS, type Rates, type ScaleResult, SETTINGS } from "./results.ts";

/** The measurements as a table of Markdown, by the number of ScaledObjects; "not run" for those that are missing. */
export function scaleTable(results: readonly ScaleResult[]): string {
  return renderTable([
    [
      ...["ScaledObjects", "settings", "created → all ready", "message → replica desired, median (most)"],
      ...[
        "management calls/s, at 0",
        "at 1",
        "operator's CPU, at 0",
        "at 1",
        "memory",
        "adapter's CPU, at 1",
        "memory",
      ],
      ...["API server's requests/s, at 0", "at 1"],
    ],
    ...OBJECTS.flatMap((objects) =>
      SETTINGS.map((settings) => {
        const found = results.find((one) => one.objects === objects && one.settings === settings);
        return [String(objects), settings, ...(found === undefined ? notRun() : cells(found))];
      }),
    ),
  ]);
}

function notRun(): string[] {
  return ["not run", ...Array.from({ length: 10 }, () => "")];
}

function cells({ readySeconds, firstScaleSeconds, idle, awake }: ScaleResult): string[] {
  const sorted = firstScaleSeconds.toSorted((a, b) => a - b);
  const middle = sorted[Math.floor((sorted.length - 1) / 2)] ?? NaN;
  const most = sorted.at(-1) ?? NaN;
  const of = (figure: (rates: Rates) => string): [string, string] => [figure(idle), figure(awake)];
  return [
    `${readySeconds.toFixed(0)} s`,
    `${middle.toFixed(1)} s (${most.toFixed(1)} s)`,
    ...of(({ managementPerSecond }) => managementPerSecond.toFixed(1)),
    ...of(({ operatorCores }) => milli(operatorCores)),
    `${awake.operatorMiB.toFixed(0)} MiB`,
    milli(awake.adapterCores),
    `${awake.adapterMiB.toFixed(0)} MiB`,
    ...of(({ apiRequestsPerSecond }) => apiRequestsPerSecond.toFixed(0)),
  ];
}

function milli(cores: number): string {
  return `${(cores * 1000).toFixed(0)}m`;
}
