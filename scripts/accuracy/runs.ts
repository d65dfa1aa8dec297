import { type Configuration, CONFIGURATIONS, configurationNamed } from "./configurations.ts";

/**
 * `calibration` tells throughput and pod starts and is not judged; of a `forecast` the forecast is written down before the run; a `pair` has current and
 * recommended settings, one after the other.
 */
export type Series = "calibration" | "forecast" | "pair";

/** One run of one configuration. */
export interface Run {
  /** Unlike any other's; the name of its files. */
  readonly name: string;
  readonly series: Series;
  readonly configuration: Configuration;
  /** Changes to it, as `--set` takes them without the workload. */
  readonly settings: readonly string[];
  /** From 1. */
  readonly repeat: number;
}

/** Of several worlds that measure side by side, which one this is. */
export interface Share {
  readonly index: number;
  readonly of: number;
}

const CALIBRATION_RUNS = 2;
/** Of one configuration, or of one pair. */
export const MOST_REPEATS = 100;

/** The calibration runs, then each configuration in turn, so that what changes on the machine meets all of them. */
export function forecastRuns(names: readonly string[], repeats: number, share: Share): Run[] {
  const calibration = Array.from({ length: Math.max(CALIBRATION_RUNS, share.of) }, (_, index): Run => {
    const repeat = index + 1;
    const configuration = configurationNamed("dev");
    return { name: `calibration-${repeat}`, series: "calibration", configuration, settings: [], repeat };
  });
  const judged = Array.from({ length: repeats }, (_, index) => index + 1).flatMap((repeat) =>
    CONFIGURATIONS.filter(({ name }) => names.includes(name)).map((configuration): Run => ({
      name: `${configuration.name}-${repeat}`,
      series: "forecast",
      configuration,
      settings: [],
      repeat,
    })),
  );
  return [
    ...calibration.filter(({ repeat }) => isMine(share, repeat)),
    ...judged.filter(({ repeat }, index) => isMine(share, index + repeat)),
  ];
}

/** Every n-th of what is numbered. */
export function isMine({ index, of }: Share, number: number): boolean {
  return number % of === index % of;
}

/** What is run with the current settings, and with the recommended ones. */
export const SIDES = ["current", "recommended"] as const;
export type Side = (typeof SIDES)[number];

/** How the names of their runs begin. */
export const PAIR = "pair-";

export function pairRunName(configuration: string, side: Side, repeat: number): string {
  return `${PAIR}${configuration}-${side}-${repeat}`;
}

/** Pairs of a recommendation, the one side first and the other by turns. */
export function pairRuns(
  configuration: Configuration,
  settings: readonly string[],
  pairs: number,
  share: Share,
): Run[] {
  return Array.from({ length: pairs }, (_, index) => index + 1)
    .filter((repeat) => isMine(share, repeat))
    .flatMap((repeat) =>
      (repeat % 2 === 1 ? SIDES : SIDES.toReversed()).map((side): Run => ({
        name: pairRunName(configuration.name, side, repeat),
        series: "pair",
        configuration,
        settings: side === "current" ? [] : settings,
        repeat,
      })),
    );
}
