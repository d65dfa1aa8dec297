import { say } from "./progress.ts";

const COULD_NOT_JUDGE = 2;
/** How long a proof that is told to end gets for its way back and its report: what it set on the cluster has to be put back. */
const WAY_OUT_MS = 120_000;

/** How a proof is ended before its time: by Ctrl-C, by SIGTERM, by --timeout. What was measured is kept. */
export interface Ending {
  /** Aborted with the reason. */
  signal: AbortSignal;
  /** From now on there is something to keep; before that the process leaves at once. */
  proving(): void;
  /** What to leave behind when the process has to leave before that. */
  beforeProof(leave: () => Promise<void>): void;
  /** No timer and no handler of it stays. */
  over(): void;
}

/** Takes the signals, and the time that there is. */
export function ending({ timeoutSeconds }: { timeoutSeconds: number | undefined }): Ending {
  const abort = new AbortController();
  let isProving = false;
  let leave: () => Promise<void> = () => Promise.resolve();
  const timers: NodeJS.Timeout[] = [];

  const exit = (why: string): void => {
    say(`\n${why}; what was started mustNotScale: ./scripts/down takes the cluster down, the same command goes on`);
    leave()
      .catch((error: unknown) => {
        say(`the report could not be written: ${String(error)}`);
      })
      .finally(() => process.exit(COULD_NOT_JUDGE));
  };
  const end = (why: string): void => {
    if (!isProving) {
      exit(why);
      return;
    }
    say(`\n${why}: ending the load and writing down what was measured`);
    abort.abort(new Error(why));
    timers.push(
      setTimeout(() => {
        say(`\nthe proof did not end within ${WAY_OUT_MS / 1000} s of that`);
        process.exit(COULD_NOT_JUDGE);
      }, WAY_OUT_MS),
    );
  };
  const onSignal = (): void => {
    // At the second one there is nothing worth waiting for.
    if (abort.signal.aborted) process.exit(COULD_NOT_JUDGE);
    end("interrupted");
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, onSignal);
  if (timeoutSeconds !== undefined) {
    timers.push(
      setTimeout(() => {
        if (!abort.signal.aborted) end(`the ${timeoutSeconds} s of --timeout are over`);
      }, timeoutSeconds * 1000),
    );
  }
  return {
    signal: abort.signal,
    proving: () => {
      isProving = true;
    },
    beforeProof: (work) => {
      leave = work;
    },
    over: () => {
      timers.forEach(clearTimeout);
      for (const signal of ["SIGINT", "SIGTERM"] as const) process.removeListener(signal, onSignal);
    },
  };
}
