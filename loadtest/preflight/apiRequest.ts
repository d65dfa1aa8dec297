import type { ResponseContext } from "@kubernetes/client-node";
import { type RequestOptions, until } from "../observe/request.ts";

const RESPONSE_TIMEOUT_MS = 5000;

/** Options for one request to the API server, with a timeout, which the client itself does not have. */
export function requestOptions(onResponse?: (response: ResponseContext) => void): RequestOptions {
  return until(AbortSignal.timeout(RESPONSE_TIMEOUT_MS), onResponse);
}
