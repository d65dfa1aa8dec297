import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { messageOf } from "../../../src/shared/messageOf.ts";
import type { LoadResult } from "../../model/load.ts";
import { deliveredOnly, type RunningLoad } from "./running.ts";

/** No load is sent: the time passes, for what scales by the clock. */
export function startNothing({
  name,
  outDir,
  seconds,
}: {
  name: string;
  outDir: string;
  seconds: number;
}): RunningLoad {
  const stopping = new AbortController();
  const result = delay(seconds * 1000, undefined, { signal: stopping.signal }).then(
    (): LoadResult => deliveredOnly(0),
    (): LoadResult => ({ kind: "broke", exitCode: null, reason: messageOf(stopping.signal.reason) }),
  );
  const outputFile = join(outDir, `${name}.txt`);
  return {
    result,
    outputFile,
    summaryFile: outputFile,
    stop: (reason) => {
      stopping.abort(new Error(`the wait was stopped: ${reason}`));
    },
  };
}
