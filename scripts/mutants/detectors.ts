import type { Manifest } from "../manifests/manifest.ts";
import type { Report } from "../../loadtest/model/report.ts";
import { assertionText } from "../../loadtest/report/texts/assertionTexts.ts";
import type { Finding } from "../diagnosis/finding.ts";
import { renderedFindings } from "../diagnosis/rendered.ts";
import { formatFinding } from "../diagnosis/texts.ts";
import type { ExpectedDetection } from "./catalogue.ts";

/** Something that a detector has reported: ids to key on, and a line for people. */
export interface Reported {
  ids: readonly string[];
  line: string;
}

/** A detection that takes no cluster. */
export type OfflineDetection = Extract<ExpectedDetection, { by: "doctor" }> & { on: "declared" };

export function isOffline(detection: ExpectedDetection): detection is OfflineDetection {
  return detection.by === "doctor" && detection.on === "declared";
}

/** What the doctor's rules report about rendered objects; empty where they find nothing wrong. */
export function reportedOffline(objects: readonly Manifest[]): Reported[] {
  return reportedByDoctor(renderedFindings(objects));
}

export function reportedByDoctor(findings: readonly Finding[]): Reported[] {
  return findings.map((finding) => ({
    ids: [
      finding.id,
      ...(finding.id === "objective-unreachable"
        ? ["cause" in finding.params ? finding.params.cause.id : finding.params.assertion.id]
        : []),
    ],
    line: formatFinding(finding),
  }));
}

/** The failed assertions of a proof; what is inconclusive detects nothing. */
export function reportedByProof(report: Pick<Report, "scenarios">): Reported[] {
  return report.scenarios.flatMap(({ name, assertions }) =>
    assertions
      .filter(({ status }) => status === "fail")
      .map((assertion) => {
        const text = assertionText(assertion);
        return {
          ids: [name, assertion.id, ...assertion.causes.map(({ id }) => id)],
          line: `${name}: ${text.name}: ${text.measured}: ${text.reason ?? "no cause"}`,
        };
      }),
  );
}

/** The ids that one report has to have together. */
export function expectedIds(detection: ExpectedDetection): string[] {
  switch (detection.by) {
    case "doctor":
      return detection.cause === undefined ? [detection.finding] : [detection.finding, detection.cause];
    case "proof":
      return [detection.scenario, detection.assertion, detection.cause];
  }
}

export function isReported(detection: ExpectedDetection, reported: readonly Reported[]): boolean {
  return reported.some(({ ids }) => expectedIds(detection).every((id) => ids.includes(id)));
}

/** Who detects, for a person. */
export function detectorName(detection: ExpectedDetection): string {
  switch (detection.by) {
    case "doctor":
      return detection.on === "declared" ? "the doctor (without a cluster)" : "the doctor";
    case "proof":
      return `the proof (${detection.scenario})`;
  }
}
