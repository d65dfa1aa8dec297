import { check } from "k6";
import type { RefinedResponse, ResponseType } from "k6/http";

/**
 * Checks that orders were accepted, and logs each id in a line: as it is where they were, as `unconfirmed <id>` where they may be on the queue all the same,
 * which is after no answer and after one of 5xx. After one of 4xx they are not.
 */
export function checkAccepted(
  answer: RefinedResponse<ResponseType | undefined>,
  expected: { status: number; target: string; ids: readonly string[] },
): boolean {
  const { status, target, ids } = expected;
  if (check(answer, { [`the ${target} accepted it (${status})`]: (response) => response.status === status })) {
    console.log(ids.join("\n"));
    return true;
  }
  logAnswer(answer, ...ids);
  if (answer.status === 0 || answer.status >= 500) console.log(ids.map((id) => `unconfirmed ${id}`).join("\n"));
  const body = typeof answer.body === "string" ? answer.body.slice(0, 200) : "";
  console.error(`the ${target} answered ${answer.status} ${answer.error} ${body}`);
  return false;
}

/** Logs an answer that was not the expected one: `answered <status> <sent, in ms since 1970> <duration in ms> <what>`, in a line for each of `what`. */
export function logAnswer(answer: RefinedResponse<ResponseType | undefined>, ...what: readonly string[]): void {
  const durationMs = Math.round(answer.timings.duration);
  const sentMs = Date.now() - durationMs;
  console.log(what.map((one) => `answered ${answer.status} ${sentMs} ${durationMs} ${one}`).join("\n"));
}
