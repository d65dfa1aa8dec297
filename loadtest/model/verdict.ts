import * as z from "zod";

/** `inconclusive`: what was measured does not tell, which is never a pass. */
export const verdict = z.enum(["pass", "fail", "inconclusive"]);
export type Verdict = z.infer<typeof verdict>;

/** A failure that was seen outweighs everything that could not be; no assertion at all proves nothing. */
export function verdictOf(statuses: readonly Verdict[]): Verdict {
  if (statuses.includes("fail")) return "fail";
  return statuses.length === 0 || statuses.includes("inconclusive") ? "inconclusive" : "pass";
}

/** The exit code of a proof: 0 pass, 1 fail, 2 inconclusive. */
export function exitCodeOf(verdict: Verdict): 0 | 1 | 2 {
  switch (verdict) {
    case "pass":
      return 0;
    case "fail":
      return 1;
    case "inconclusive":
      return 2;
  }
}
