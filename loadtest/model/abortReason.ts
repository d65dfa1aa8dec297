/** Why a signal was aborted, in words: what whoever aborted it has said, else that it was. */
export function abortReason(signal: AbortSignal): string {
  const reason: unknown = signal.reason;
  // abort() without a reason makes one of its own, which says less.
  return reason instanceof Error && reason.name !== "AbortError" ? reason.message : "interrupted";
}
