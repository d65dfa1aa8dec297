import * as z from "zod";
import { messageOf } from "../../src/shared/messageOf.ts";
import { report as reportSchema, type Report, SCHEMA_VERSION } from "../model/report.ts";

/** What a text is that should be report.json. */
export type ParsedReport =
  | { kind: "report"; report: Report }
  | { kind: "no-json"; error: string }
  /** It has no `schemaVersion`. */
  | { kind: "no-report" }
  | { kind: "other-version"; version: number }
  /** Where it differs from the schema: `path` as in `scenarios[0].verdict`. */
  | { kind: "invalid"; problems: readonly { path: string; message: string }[] };

const versioned = z.looseObject({ schemaVersion: z.number() });

/** Reads report.json as a proof writes it; properties that are not known are left out. */
export function parseReport(text: string): ParsedReport {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    return { kind: "no-json", error: messageOf(error) };
  }
  const version = versioned.safeParse(json);
  if (!version.success) return { kind: "no-report" };
  const { schemaVersion } = version.data;
  if (schemaVersion !== SCHEMA_VERSION) return { kind: "other-version", version: schemaVersion };
  const parsed = reportSchema.safeParse(json);
  // The schema does not say which figures belong to which id of an assertion, which the types do.
  if (parsed.success) return { kind: "report", report: parsed.data as unknown as Report };
  const problems = parsed.error.issues.map(({ path, message }) => ({ path: pathText(path), message }));
  return { kind: "invalid", problems };
}

function pathText(path: readonly PropertyKey[]): string {
  return path
    .map((part, index) => (typeof part === "number" ? `[${part}]` : `${index === 0 ? "" : "."}${String(part)}`))
    .join("");
}
