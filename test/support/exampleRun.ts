import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../../scripts/process/paths.ts";

/** The proof that README and docs show: figures, expected output and picture. */
export const EXAMPLE_RUN = join(ROOT, "docs/example-run/report.json");

/** Its picture, from the repository's root: named by the report's digest, so that a picture of another run is missed. */
export function pictureOf(report: string): string {
  return `docs/images/report-${createHash("sha256").update(readFileSync(report)).digest("hex").slice(0, 12)}.png`;
}
