import type { ServerResponse } from "node:http";
import { PROBLEM_CONTENT_TYPE, problem, type ProblemDetails } from "../shared/problemDetails.ts";

/** Every kind of problem that the API answers, by its name; the validator's own comes beside them: order-not-allowed, 422. */
export const problemKinds = {
  "malformed-request": { status: 400, title: "The request cannot be read" },
  "malformed-order": { status: 400, title: "The body is not an order" },
  "malformed-idempotency-key": { status: 400, title: "The header Idempotency-Key cannot be read" },
  "malformed-confirmation-id": { status: 400, title: "This is no confirmation id" },
  "not-found": { status: 404, title: "Not found" },
  "unknown-order": { status: 404, title: "There is no such order" },
  "method-not-allowed": { status: 405, title: "Method not allowed" },
  "request-timeout": { status: 408, title: "The request did not come in time" },
  "too-large": { status: 413, title: "The body is too large" },
  "too-large-to-queue": { status: 413, title: "The order is larger than what the queue takes" },
  "unsupported-media-type": { status: 415, title: "The body's type is not supported" },
  "idempotency-key-reused": { status: 422, title: "The Idempotency-Key belongs to another order" },
  "headers-too-large": { status: 431, title: "The headers are too large" },
  internal: { status: 500, title: "Something went wrong here" },
  overloaded: { status: 503, title: "Too many orders are waiting" },
  "validator-unavailable": { status: 503, title: "Orders cannot be validated now" },
  "broker-unavailable": { status: 503, title: "Orders cannot be queued now" },
  "status-unavailable": { status: 503, title: "The status of orders cannot be read now" },
} as const;
export type ProblemKind = keyof typeof problemKinds;

/** When to come again after a 503. */
const RETRY_AFTER_SECONDS = 1;

/** A problem of the kind; `more` is for this occurrence. */
export function problemOf(kind: ProblemKind, more: Parameters<typeof problem>[3] = {}): ProblemDetails {
  const { status, title } = problemKinds[kind];
  return problem(status, kind, title, more);
}

/** Answers with problem details and their status; a 503 says when to come again. */
export function sendProblem(response: ServerResponse, problem: ProblemDetails): void {
  response.statusCode = problem.status;
  response.setHeader("content-type", PROBLEM_CONTENT_TYPE);
  if (problem.status === 503) response.setHeader("retry-after", String(RETRY_AFTER_SECONDS));
  response.end(JSON.stringify(problem));
}
