import { exitCodeOf } from "../../loadtest/model/verdict.ts";
import { say } from "../process/progress.ts";

const INCONCLUSIVE = exitCodeOf("inconclusive");
/** How long an interrupted proof gets to restore what it set on the cluster, and to write its report. */
const GRACE_MS = 120_000;

/** Ends a proof before its time: by Ctrl-C, by SIGTERM, by --timeout. What was measured is kept. */
export interface Shutdown {
  /** Aborted with the reason. */
  signal: AbortSignal;
  /** From now on there is something to keep; before that the process leaves at once. */
  loadStarts(): void;
  /** What to do before the process leaves, where no load has started. */
  beforeLoad(leave: (why: string) => Promise<void>): void;
  /** Removes its timers and signal handlers. */
  dispose(): void;
}

/** Handles the signals, and the time limit. */
export function handleShutdown({
  timeoutSeconds,
  whatStays = "",
}: {
  timeoutSeconds: number | undefined;
  /** What to say of what stays where no load has started. */
  whatStays?: string | undefined;
}): Shutdown {
  const abort = new AbortController();
  let loadStarted = false;
  let leave: (why: string) => Promise<void> = () => Promise.resolve();
  const timers: NodeJS.Timeout[] = [];

  const exit = (why: string): void => {
    say(`\n${why}${whatStays}`);
    leave(why)
      .catch((error: unknown) => {
        say(`the report could not be written: ${String(error)}`);
      })
      .finally(() => process.exit(INCONCLUSIVE));
  };
  const shutDown = (why: string): void => {
    if (!loadStarted) {
      exit(why);
      return;
    }
    say(`\n${why}: stopping the load and writing the report of what was measured`);
    abort.abort(new Error(why));
    timers.push(
      setTimeout(() => {
        say(`\nthe proof did not end within ${GRACE_MS / 1000} s of that`);
        process.exit(INCONCLUSIVE);
      }, GRACE_MS),
    );
  };
  const onSignal = (): void => {
    // At the second one there is nothing worth waiting for.
    if (abort.signal.aborted) process.exit(INCONCLUSIVE);
    shutDown("interrupted");
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, onSignal);
  if (timeoutSeconds !== undefined) {
    timers.push(
      setTimeout(() => {
        if (!abort.signal.aborted) shutDown(`the ${timeoutSeconds} s of --timeout are over`);
      }, timeoutSeconds * 1000),
    );
  }
  return {
    signal: abort.signal,
    loadStarts: () => {
      loadStarted = true;
    },
    beforeLoad: (work) => {
      leave = work;
    },
    dispose: () => {
      timers.forEach(clearTimeout);
      for (const signal of ["SIGINT", "SIGTERM"] as const) process.removeListener(signal, onSignal);
    },
  };
}
