import type { Problem } from "../shared/problem.ts";
import type { RejectionReason } from "./metrics.ts";

/** An order that is turned away: as what it counts, and what its client is told. */
export class RefusedError extends Error {
  override readonly name = "RefusedError";
  readonly reason: RejectionReason;
  readonly problem: Problem;

  constructor(reason: RejectionReason, problem: Problem, cause?: unknown) {
    super(problem.title, { cause });
    this.reason = reason;
    this.problem = problem;
  }
}
