import { ApiException, Observable, type AppsV1Api, type ResponseContext } from "@kubernetes/client-node";
import { messageOf } from "../../src/shared/messageOf.ts";

/** How the client takes what is to happen with one request. */
type RequestOptions = Parameters<AppsV1Api["readNamespacedDeployment"]>[1];

const ANSWER_WITHIN_MS = 5000;

/**
 * Options for one request to the API server: it is given up after a while, as the client itself never does.
 * @param seen gets the answer before it is read, with its headers.
 */
export function askedOnce(seen: (answer: ResponseContext) => void = () => undefined): RequestOptions {
  return {
    middlewareMergeStrategy: "append",
    middleware: [
      {
        pre: (request) => {
          request.setSignal(AbortSignal.timeout(ANSWER_WITHIN_MS));
          return new Observable(Promise.resolve(request));
        },
        post: (answer) => {
          seen(answer);
          return new Observable(Promise.resolve(answer));
        },
      },
    ],
  };
}

/** What the API server said instead of an answer; the exception's own message holds every header. */
export function refusalOf(error: unknown): { code: number; message: string } | undefined {
  if (!(error instanceof ApiException)) return undefined;
  return { code: error.code, message: statusMessage(error.body) ?? `it answered ${error.code}` };
}

/** One line for anything that a request to the API server threw. */
export function whyNotAnswered(error: unknown): string {
  return refusalOf(error)?.message ?? messageOf(error);
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
