import type { ServerResponse } from "node:http";
import { PROBLEM_CONTENT_TYPE, type Problem } from "../shared/problem.ts";

/** Answers with problem details and their status. */
export function sendProblem(response: ServerResponse, problem: Problem): void {
  response.statusCode = problem.status;
  response.setHeader("content-type", PROBLEM_CONTENT_TYPE);
  response.end(JSON.stringify(problem));
}
