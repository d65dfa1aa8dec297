import { existsSync } from "node:fs";
import { appendFile, mkdir, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { ZodType } from "zod";
import { CliError } from "./cliError.ts";

/**
 * What a file has so far, a JSON document on each line; nothing where there is no file.
 * @throws {CliError} for a line that does not fit the schema.
 */
export async function readJsonLines<T>(path: string, schema: ZodType<T>): Promise<T[]> {
  if (!existsSync(path)) return [];
  const text = await readFile(path, "utf8");
  return text.split("\n").flatMap((line, index) => {
    if (line.trim() === "") return [];
    try {
      return [schema.parse(JSON.parse(line))];
    } catch (error) {
      throw new CliError(
        `${path}:${index + 1} is no result of this version`,
        "delete the line, or the file, and run again",
        { cause: error },
      );
    }
  });
}

export async function appendJsonLine(path: string, value: unknown): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await appendFile(path, `${JSON.stringify(value)}\n`);
}
