import { Problem } from "./problem.ts";
import { say } from "./progress.ts";

/**
 * Runs a script's work and leaves with the exit code that it gives.
 * @param failureCode what to leave with when the work throws.
 */
export async function entry(work: () => Promise<number>, failureCode = 1): Promise<void> {
  try {
    process.exitCode = await work();
  } catch (error) {
    if (error instanceof Problem) say(`\nerror: ${error.message}\n  what to do: ${error.remedy}`);
    else say(`\nerror: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    process.exitCode = failureCode;
  }
}
