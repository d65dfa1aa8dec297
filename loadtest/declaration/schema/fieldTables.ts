import * as z from "zod";
import { serviceAddress } from "./address.ts";
import { autoscalingFile } from "./autoscalingFile.ts";
import { evidence, ledger, mustHold, prometheus } from "./evidence.ts";
import { explanationOf } from "./explained.ts";
import { exec, fault, moment, podLabels, setField } from "./fault.ts";
import { deliveredCount, deliveredIterations, environmentValue, load } from "./load.ts";
import { mustScale, objectives, scenario } from "./scenario.ts";
import { workload } from "./workload.ts";

/** Everything in the file that has fields, by the name that the page gives it. Together they are the whole file, which a test checks. */
export const parts: Readonly<Record<string, z.ZodType>> = {
  file: autoscalingFile,
  workload,
  load,
  deliveredIterations,
  deliveredCount: deliveredCount("its output"),
  environmentValue,
  serviceAddress,
  scenario,
  mustScale,
  objectives,
  fault,
  moment,
  podLabels,
  exec,
  set: setField,
  evidence,
  ledger,
  prometheus,
  mustHold,
};

const MARKED = /(<!-- fields of (\w+), generated -->\n)[\s\S]*?(<!-- end -->)/g;

/**
 * The reference page with its tables as the schema has them.
 * @throws where the page has a table of something that is no part of the file, or lacks one.
 */
export function withFieldTables(page: string): string {
  const seen = new Set<string>();
  const written = page.replace(MARKED, (_all, before: string, name: string, after: string) => {
    const part = parts[name];
    if (part === undefined)
      throw new Error(`docs/reference/autoscaling-file.md has a table of ${name}, which is no part`);
    seen.add(name);
    return `${before}\n${table(part)}\n\n${after}`;
  });
  const missing = Object.keys(parts).filter((name) => !seen.has(name));
  if (missing.length > 0) throw new Error(`docs/reference/autoscaling-file.md has no table of ${missing.join(", ")}`);
  return written;
}

function table(part: z.ZodType): string {
  const objects = objectsOf(part);
  const names = [...new Set(objects.flatMap(({ shape }) => Object.keys(shape)))];
  const { exactlyOne = [] } = explanationOf(part);
  const rows = names.map((name) => {
    const having = objects.filter(({ shape }) => name in shape);
    const fields = having
      .map(({ shape }) => (shape as Record<string, z.ZodType>)[name])
      .filter((one) => one !== undefined);
    const [field] = fields;
    if (field === undefined) throw new Error(`${name} is no field`);
    const kinds = having.flatMap(({ shape }) => exactlyOne.filter((key) => key in shape));
    const isPart = having.length < objects.length && !exactlyOne.includes(name);
    return [
      `\`${name}\``,
      exactlyOne.includes(name) ? "one of these" : field instanceof z.ZodOptional ? "" : "yes",
      [...new Set(fields.map(whatOf))].join("; ") + (isPart ? ` (with ${kinds.join(", ")})` : ""),
      [...new Set(fields.map((one) => one.description ?? ""))].join("; "),
    ];
  });
  return [["field", "required", "value", "meaning"], ["-", "-", "-", "-"], ...rows]
    .map((cells) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`)
    .join("\n");
}

/** The maps that a part may be. */
export function objectsOf(part: z.core.$ZodType): z.ZodObject[] {
  if (part instanceof z.ZodObject) return [part];
  return part instanceof z.ZodUnion ? part.options.flatMap((option) => objectsOf(option)) : [];
}

function whatOf(field: z.ZodType): string {
  return explanationOf(field instanceof z.ZodOptional ? field.unwrap() : field).what;
}
