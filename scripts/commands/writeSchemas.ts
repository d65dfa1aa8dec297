import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { format, resolveConfig } from "prettier";
import { withFieldTables } from "../../loadtest/declaration/schema/fieldTables.ts";
import { autoscalingJsonSchema } from "../../loadtest/declaration/schema/jsonSchema.ts";
import { reportJsonSchema } from "../../loadtest/report/jsonSchema.ts";

const DOCS = join(import.meta.dirname, "../../docs");

async function write(file: string, text: string): Promise<void> {
  const path = join(DOCS, file);
  const options = await resolveConfig(path);
  await writeFile(path, await format(text, { ...options, filepath: path }));
}

const REFERENCE = "autoscaling-file.md";

await write("report.schema.json", JSON.stringify(reportJsonSchema()));
await write("autoscaling.schema.json", JSON.stringify(autoscalingJsonSchema()));
await write(REFERENCE, withFieldTables(await readFile(join(DOCS, REFERENCE), "utf8")));
