import type { Manifest } from "../manifests/manifest.ts";
import { signalFindings } from "../manifests/signals.ts";
import type { Report } from "../../loadtest/model/report.ts";
import { assertionText } from "../../loadtest/report/texts/assertionTexts.ts";
import type { Finding } from "../diagnosis/finding.ts";
import { declaredFindings } from "../diagnosis/scaling.ts";
import { formatFinding } from "../diagnosis/texts.ts";
import { deployedIn } from "../diagnosis/view.ts";
import { autoscalingFindings } from "../manifests/autoscaling.ts";
import { drainFindings } from "../manifests/lifecycle.ts";
import type { ExpectedDetection } from "./catalogue.ts";

/** Something that a detector has reported: ids to key on, and a line for people. */
export interface Reported {
  ids: readonly string[];
  line: string;
}

/** A detection that takes no cluster. */
export type OfflineDetection =
  Extract<ExpectedDetection, { by: "manifests" }> | (Extract<ExpectedDetection, { by: "doctor" }> & { on: "declared" });

export function isOffline(detection: ExpectedDetection): detection is OfflineDetection {
  return detection.by === "manifests" || (detection.by === "doctor" && detection.on === "declared");
}

/** What an offline detector reports about rendered objects; empty where it finds nothing wrong. */
export function reportedOffline(detection: OfflineDetection, objects: readonly Manifest[]): Reported[] {
  if (detection.by === "doctor") {
    return reportedByDoctor(declaredFindings(deployedIn(objects)));
  }
  return [...autoscalingFindings(objects), ...drainFindings(objects), ...signalFindings(objects)].map(
    ({ id, text }) => ({ ids: [id], line: text }),
  );
}

export function reportedByDoctor(findings: readonly Finding[]): Reported[] {
  return findings.map((finding) => ({
    ids: [finding.id, ...(finding.id === "objective-unreachable" ? [finding.params.cause.id] : [])],
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
    case "manifests":
      return [detection.finding];
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
    case "manifests":
      return "the manifest tests";
    case "doctor":
      return detection.on === "declared" ? "the doctor (declared)" : "the doctor";
    case "proof":
      return `the proof (${detection.scenario})`;
  }
}
