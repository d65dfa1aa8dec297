import { readFileSync, unwatchFile, watchFile } from "node:fs";
import * as z from "zod";
import { EnvironmentError } from "../../shared/environment.ts";
import type { Logger } from "../../shared/logger.ts";
import { messageOf } from "../../shared/messageOf.ts";
import type { Keys } from "../access/keys.ts";
import { sharedAccessKey, type SharedAccessKey } from "../access/sharedAccess.ts";

const keyList = z
  .array(sharedAccessKey)
  .min(1)
  .refine((keys) => new Set(keys.map(({ name }) => name)).size === keys.length, { error: "want each name once" });

/** How often the file is looked at, in milliseconds. */
const LOOK_INTERVAL_MS = 1_000;

/** @throws {EnvironmentError} which never quotes the text: there are keys in it. */
export function parseKeys(text: string, path: string): readonly SharedAccessKey[] {
  const want = `want [{"name":"api","key":"<text>","rights":["Send"]}]`;
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    // The parser's message would quote the text, and with it keys.
    throw new EnvironmentError([`EMULATOR_KEYS_FILE: ${path} is not JSON; ${want}`]);
  }
  const parsed = keyList.safeParse(json);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.map((issue) => [...issue.path, issue.message].join(": "));
  throw new EnvironmentError([`EMULATOR_KEYS_FILE: ${path} is not usable: ${issues.join("; ")}; ${want}`]);
}

/**
 * Takes the file's keys whenever it has changed, as where a Secret is mounted; one that cannot be used is told to the log, and the keys stay as they are.
 * @returns what ends it.
 */
export function followKeysFile(path: string, keys: Keys, log: Logger): () => void {
  const look = (): void => {
    try {
      keys.replace(parseKeys(readFileSync(path, "utf8"), path));
      log.info({ keys: keys.current().map(({ name }) => name) }, "the keys have changed");
    } catch (error) {
      const reason = error instanceof EnvironmentError ? error.problems.join("; ") : messageOf(error);
      log.error({ reason }, "the file of keys has changed and cannot be used; the keys stay as they were");
    }
  };
  watchFile(path, { interval: LOOK_INTERVAL_MS, persistent: false }, look);
  return () => {
    unwatchFile(path, look);
  };
}
