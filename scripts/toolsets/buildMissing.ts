import { aboutSeconds, say, step } from "../process/progress.ts";
import { buildToolset, missingToolsets, type ToolsetName, versionOf } from "./toolsets.ts";

/** Two builds share the cores well: while one is linked, which uses one core, the other compiles. */
const AT_ONCE = 2;

interface Build {
  name: ToolsetName;
  buildSeconds: number;
}

/**
 * Builds those of `names` that this machine has not built yet, the longest first, and says how far it is and how long it may still take.
 * @throws {CliError} where one build fails; the other one that is running ends first.
 */
export async function buildMissing(names: readonly ToolsetName[]): Promise<void> {
  const builds = (await missingToolsets(names)).toSorted((a, b) => b.buildSeconds - a.buildSeconds);
  if (builds.length === 0) return;
  const startMs = Date.now();
  const waiting = [...builds];
  let built = 0;
  const progress = (): string => {
    const left = secondsLeft(builds, waiting, (Date.now() - startMs) / 1000);
    return `${built} of ${builds.length} built${built === builds.length ? "" : `, about ${aboutSeconds(left)} left`}`;
  };
  const lane = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      try {
        await buildToolset(next.name);
      } catch (error) {
        waiting.length = 0;
        throw error;
      }
      built += 1;
      say(`    built ${next.name} ${versionOf(next.name)}; ${progress()}`);
    }
  };
  await step(
    `building ${builds.length} programs from their Go modules: ${builds.map(({ name }) => name).join(", ")}`,
    async () => {
      const lanes = await Promise.allSettled(Array.from({ length: AT_ONCE }, lane));
      for (const result of lanes) if (result.status === "rejected") throw result.reason;
    },
    `about ${aboutSeconds(sumSeconds(builds))} on 2 cores, the first time`,
    progress,
  );
}

/** What the estimates leave after `elapsedSeconds`, and never less than what has not even begun. */
export function secondsLeft(builds: readonly Build[], waiting: readonly Build[], elapsedSeconds: number): number {
  return Math.max(sumSeconds(builds) - elapsedSeconds, sumSeconds(waiting));
}

function sumSeconds(builds: readonly Build[]): number {
  return builds.reduce((sum, { buildSeconds }) => sum + buildSeconds, 0);
}
