import type { Finding, FindingId, Severity, Subject } from "./finding.ts";
import { fixOf, whatIn } from "./texts.ts";

/** What was looked at, for who reads the result elsewhere. */
export interface Looked {
  overlay: string;
  /** `rendered`: at the overlay's objects only; `cluster`: at these and at a cluster. */
  at: "rendered" | "cluster";
}

/** One finding for a program. Ids and severities are stable, sentences are not. */
export interface FindingJson {
  id: FindingId;
  severity: Severity;
  object: Subject;
  message: string;
  fix: string;
  /** Where it is documented, from the repository's root. */
  docs: string;
  /** Left out where nobody has accepted it. */
  accepted?: { reason: string; on: Subject };
}

/** What `--json` prints. */
export interface FindingsJson {
  schemaVersion: 1;
  overlay: string;
  at: Looked["at"];
  findings: FindingJson[];
  /** Of those that nobody has accepted. */
  errors: number;
  warnings: number;
  accepted: number;
}

export function findingsJson(findings: readonly Finding[], { overlay, at }: Looked): FindingsJson {
  const countOf = (severity: Severity): number =>
    findings.filter((one) => one.severity === severity && one.accepted === undefined).length;
  return {
    schemaVersion: 1,
    overlay,
    at,
    findings: findings.map((finding) => ({
      id: finding.id,
      severity: finding.severity,
      object: finding.subject,
      message: whatIn(finding),
      fix: fixOf(finding),
      docs: docsOf(finding.id),
      ...(finding.accepted === undefined ? {} : { accepted: finding.accepted }),
    })),
    errors: countOf("ERROR"),
    warnings: countOf("WARN"),
    accepted: findings.filter(({ accepted }) => accepted !== undefined).length,
  };
}

/** A row of the table in docs/reference/doctor.md. */
export function docsOf(id: FindingId): string {
  return `docs/reference/doctor.md#${id}`;
}
