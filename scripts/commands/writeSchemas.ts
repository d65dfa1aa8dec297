import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { withFieldTables } from "../../loadtest/declaration/schema/fieldTables.ts";
import { autoscalingJsonSchema } from "../../loadtest/declaration/schema/jsonSchema.ts";
import { reportJsonSchema } from "../../loadtest/report/jsonSchema.ts";
import { ROOT } from "../process/paths.ts";
import { writeFormatted } from "../process/writeFormatted.ts";

const REFERENCE = join(ROOT, "docs/reference");
const FIELDS = join(REFERENCE, "autoscaling-file.md");

await writeFormatted(join(REFERENCE, "report.schema.json"), JSON.stringify(reportJsonSchema()));
await writeFormatted(join(REFERENCE, "autoscaling.schema.json"), JSON.stringify(autoscalingJsonSchema()));
await writeFormatted(FIELDS, withFieldTables(await readFile(FIELDS, "utf8")));
