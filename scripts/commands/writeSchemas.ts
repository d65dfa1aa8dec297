import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { format, resolveConfig } from "prettier";
import { autoscalingJsonSchema } from "../../loadtest/declaration/schema/jsonSchema.ts";
import { reportJsonSchema } from "../../loadtest/report/jsonSchema.ts";

const DOCS = join(import.meta.dirname, "../../docs");

const SCHEMAS = [
  { file: "autoscaling.schema.json", schema: autoscalingJsonSchema() },
  { file: "report.schema.json", schema: reportJsonSchema() },
];

for (const { file, schema } of SCHEMAS) {
  const path = join(DOCS, file);
  const options = await resolveConfig(path);
  await writeFile(path, await format(JSON.stringify(schema), { ...options, filepath: path }));
}
