import { writeFile } from "node:fs/promises";
import { format, resolveConfig } from "prettier";

/** Writes a generated page or schema as `npm run format` would leave it, so that writing it again changes nothing. */
export async function writeFormatted(path: string, text: string): Promise<void> {
  await writeFile(path, await format(text, { ...(await resolveConfig(path)), filepath: path }));
}
