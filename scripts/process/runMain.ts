import { CliError } from "./cliError.ts";
import { say } from "./progress.ts";

/** What a shell gives for a process that SIGINT ended. */
const INTERRUPTED = 130;

/**
 * Runs a command's work and exits with the code that it gives. Interrupted, it exits at once: every command can be run again at any point.
 * @param options `failureCode`: what to leave with when the work throws; `handlesSignals`: whether the work does so itself.
 */
export async function runMain(
  work: () => Promise<number>,
  options: { failureCode?: number; handlesSignals?: boolean } = {},
): Promise<void> {
  if (options.handlesSignals !== true) {
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      process.on(signal, () => {
        say("\ninterrupted; the same command continues from here");
        process.exit(INTERRUPTED);
      });
    }
  }
  try {
    process.exitCode = await work();
  } catch (error) {
    if (error instanceof CliError) say(`\nerror: ${error.message}\n  Fix: ${error.fix}`);
    else say(`\nerror: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    process.exitCode = options.failureCode ?? 1;
  }
}
