import { ApiException } from "@kubernetes/client-node";
import { messageOf } from "../../src/shared/messageOf.ts";

/** The status with which the API server rejected a request; undefined for other errors. The exception's own message holds every header. */
export function rejectionOf(error: unknown): { code: number; message: string } | undefined {
  if (!(error instanceof ApiException)) return undefined;
  return { code: error.code, message: statusMessage(error.body) ?? `the API server answered ${error.code}` };
}

/** One line for anything that a request to the API server threw. */
export function requestErrorMessage(error: unknown): string {
  return rejectionOf(error)?.message ?? messageOf(error);
}

/** The message of a Kubernetes Status, which the client gives as text where it expected another kind. */
function statusMessage(body: unknown): string | undefined {
  let status = body;
  if (typeof body === "string") {
    try {
      status = JSON.parse(body) as unknown;
    } catch {
      return undefined;
    }
  }
  const message = typeof status === "object" && status !== null && "message" in status ? status.message : undefined;
  return typeof message === "string" && message !== "" ? message : undefined;
}
