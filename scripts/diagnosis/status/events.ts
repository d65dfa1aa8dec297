import type { CoreV1Event } from "@kubernetes/client-node";

/** In characters. */
const LONGEST_MESSAGE = 300;

/** The newest warning about an object. */
export function lastWarning(events: readonly CoreV1Event[], kind: string, name: string): CoreV1Event | undefined {
  return events
    .filter(
      ({ involvedObject, type }) => type === "Warning" && involvedObject.kind === kind && involvedObject.name === name,
    )
    .sort((one, other) => seenMs(other) - seenMs(one))[0];
}

/** When it was seen last, in milliseconds since 1970. */
export function seenMs({ lastTimestamp, metadata }: CoreV1Event): number {
  return (lastTimestamp ?? metadata.creationTimestamp)?.getTime() ?? 0;
}

/** One line of what the SDK's errors spread over a page. */
export function shortened(message: string): string {
  return message
    .replaceAll(/-{5,}/g, "")
    .replaceAll(/\s+/g, " ")
    .replaceAll(/ ?(TrackingId|SystemTracker|Timestamp):[^,<]*,?/g, "")
    .slice(0, LONGEST_MESSAGE);
}
