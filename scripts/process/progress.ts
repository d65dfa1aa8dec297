const HEARTBEAT_MS = 20_000;

/** Prints a line of what is going on; standard error, so that standard output holds results only. */
export function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

/**
 * Runs one piece of work under a title: says that it starts and how long it may take, that it goes on, and how long it took.
 * @param usually how long it takes where it takes long, in words, for example "7 min the first time".
 * @param progress how far it is, in words, for example "3 of 9 built".
 */
export async function step<T>(
  title: string,
  work: () => Promise<T>,
  usually?: string,
  progress?: () => string,
): Promise<T> {
  const startMs = Date.now();
  const seconds = (): number => Math.round((Date.now() - startMs) / 1000);
  say(`==> ${title}${usually === undefined ? "" : ` (${usually})`}`);
  const heartbeat = setInterval(() => {
    say(`    … ${title}: ${seconds()} s so far${progress === undefined ? "" : `, ${progress()}`}`);
  }, HEARTBEAT_MS);
  try {
    const result = await work();
    if (seconds() >= 2) say(`    done in ${seconds()} s`);
    return result;
  } catch (error) {
    say(`    failed after ${seconds()} s`);
    throw error;
  } finally {
    clearInterval(heartbeat);
  }
}

/** A duration as it is announced: "30 s", "7 min". */
export function aboutSeconds(seconds: number): string {
  return seconds < 60 ? `${Math.ceil(seconds / 10) * 10} s` : `${Math.ceil(seconds / 60)} min`;
}
