import { parseDuration } from "../../loadtest/model/parseDuration.ts";
import type { Objective } from "../../loadtest/planner/recommend.ts";
import type { StatisticId } from "../../loadtest/model/forecast.ts";
import { suggest } from "../../src/shared/suggest.ts";
import { CliError } from "../process/cliError.ts";

/** What an objective may be of, by its name in an option. */
const STATISTIC_NAMES: Readonly<Record<string, StatisticId>> = {
  drain: "drainedSeconds",
  "orderAge.p95": "orderAgeP95Seconds",
  firstPod: "firstReadySeconds",
  allPods: "allReadySeconds",
  idle: "idleSeconds",
  podSeconds: "podSeconds",
  replicas: "peakReplicas",
};
const COUNTS: readonly StatisticId[] = ["podSeconds", "peakReplicas"];

/** `drain < 60s, orderAge.p95 < 30s`. @throws {CliError} naming the part that is wrong. */
export function parseObjectives(text: string): Objective[] {
  return text.split(",").map((part) => {
    const [, name = "", value = ""] = /^\s*([\w.]+)\s*<\s*(\S+)\s*$/.exec(part) ?? [];
    const fix = 'give NAME < VALUE, with commas between several: --recommend "drain < 60s, orderAge.p95 < 30s"';
    if (name === "") throw new CliError(`--recommend: "${part.trim()}" is no objective`, fix);
    const statistic = STATISTIC_NAMES[name];
    if (statistic === undefined) {
      const names = Object.keys(STATISTIC_NAMES);
      const near = suggest(name, names);
      throw new CliError(
        `--recommend: there is no objective of "${name}"`,
        `${near === undefined ? "" : `did you mean ${near}? `}there are ${names.join(", ")}`,
      );
    }
    const below = COUNTS.includes(statistic) ? Number(value) : parseDuration(value);
    if (below === undefined || !(below > 0)) {
      const right = COUNTS.includes(statistic) ? "a number such as 400" : "a time such as 60s or 1m30s";
      throw new CliError(`--recommend: "${value}" is nothing that ${name} can be below`, `give ${right}`);
    }
    return { statistic, below };
  });
}
