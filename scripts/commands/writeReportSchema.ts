import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { format, resolveConfig } from "prettier";
import { reportJsonSchema } from "../../loadtest/report/jsonSchema.ts";

const PATH = join(import.meta.dirname, "../../docs/report.schema.json");

const options = await resolveConfig(PATH);
await writeFile(PATH, await format(JSON.stringify(reportJsonSchema()), { ...options, filepath: PATH }));
