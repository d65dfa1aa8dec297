import { setTimeout as sleep } from "node:timers/promises";
import { abortReason } from "../../loadtest/model/abortReason.ts";
import type { Report } from "../../loadtest/model/report.ts";
import { assertionText } from "../../loadtest/report/texts/assertionTexts.ts";
import type { ExpectedDetection } from "./catalogue.ts";
import { isReported, type Reported, reportedByProof } from "./detectors.ts";

/** What came of one expected detection. */
export interface Detection {
  expected: ExpectedDetection;
  detected: boolean;
  /** All that the detector reported, a line each. */
  lines: readonly string[];
  /** How long it took, from the mutant's deployment on. */
  seconds: number;
  /** Why nothing follows from what was not reported: an interrupt, a load that the machine was too slow to send. */
  inconclusive?: string;
}

export function detectionOf(expected: ExpectedDetection, reported: readonly Reported[], seconds: number): Detection {
  return { expected, detected: isReported(expected, reported), lines: reported.map(({ line }) => line), seconds };
}

/** Whether every expected detection came. One that is missing decides; undefined where none is missing and some are inconclusive or not tried. */
export function isDetected(
  expected: readonly ExpectedDetection[],
  detections: readonly Detection[],
): boolean | undefined {
  if (detections.some(({ detected, inconclusive }) => !detected && inconclusive === undefined)) return false;
  return detections.length === expected.length && detections.every(({ detected }) => detected) ? true : undefined;
}

/** Asks until it is reported, or the time is over; a bus that refuses KEDA shows at its next poll, not at once. */
export async function detectRepeatedly(
  expected: ExpectedDetection,
  report: () => Promise<readonly Reported[]>,
  options: { timeoutSeconds: number; everyMs: number; signal: AbortSignal },
): Promise<Detection> {
  const startMs = Date.now();
  for (;;) {
    const reported = await report();
    const detection = detectionOf(expected, reported, Math.round((Date.now() - startMs) / 1000));
    if (detection.detected || detection.seconds >= options.timeoutSeconds) return detection;
    if (options.signal.aborted) return { ...detection, inconclusive: abortReason(options.signal) };
    await sleep(options.everyMs);
  }
}

/** What a proof detected; an inconclusive one has not missed anything. */
export function detectInReport(
  expected: ExpectedDetection,
  report: Pick<Report, "verdict" | "scenarios">,
  seconds: number,
): Detection {
  const detection = detectionOf(expected, reportedByProof(report), seconds);
  const open = report.scenarios.flatMap(({ assertions }) =>
    assertions.filter(({ status }) => status === "inconclusive"),
  );
  // Where the assertion that has to fail was not decided, what failed beside it says nothing.
  const undecided = !detection.detected && open.some(({ id }) => expected.by === "proof" && id === expected.assertion);
  if (report.verdict !== "inconclusive" && !undecided) return detection;
  const [first] = open.map(assertionText);
  const reason = first === undefined ? "it was not evaluated" : `${first.name}: ${first.reason ?? "no reason"}`;
  return { ...detection, detected: false, inconclusive: reason };
}
