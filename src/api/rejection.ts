import type { ProblemDetails } from "../shared/problemDetails.ts";
import type { RejectionReason } from "./metrics.ts";

/** An order that is rejected: the reason that it is counted under, and the answer to its client. */
export class OrderRejectedError extends Error {
  override readonly name = "OrderRejectedError";
  readonly reason: RejectionReason;
  readonly problem: ProblemDetails;

  constructor(reason: RejectionReason, problem: ProblemDetails, cause?: unknown) {
    super(problem.title, { cause });
    this.reason = reason;
    this.problem = problem;
  }
}
