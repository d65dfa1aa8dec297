import { ApiException, type AppsV1Api, Observable, type ResponseContext } from "@kubernetes/client-node";
import type { Source } from "./sampler.ts";

/** Not found is a reading: undefined. Every other error says which object it was about. */
export function present<T>(object: string, source: (signal: AbortSignal) => Promise<T>): Source<T> {
  return async (signal) => {
    try {
      return await source(signal);
    } catch (error) {
      if (!(error instanceof ApiException)) throw new Error(object, { cause: error });
      if (error.code === 404) return undefined;
      // The exception's own message holds every header of the answer.
      throw new Error(`${object}: the API server answered ${error.code}`);
    }
  };
}

export type RequestOptions = Parameters<AppsV1Api["readNamespacedDeployment"]>[1];

/**
 * Options for one request. The client takes a signal only by way of the request.
 * @param onResponse gets the response before its body is read, with its headers.
 */
export function until(
  signal: AbortSignal,
  onResponse: (response: ResponseContext) => void = () => undefined,
): RequestOptions {
  return {
    middlewareMergeStrategy: "append",
    middleware: [
      {
        pre: (request) => {
          request.setSignal(signal);
          return new Observable(Promise.resolve(request));
        },
        post: (response) => {
          onResponse(response);
          return new Observable(Promise.resolve(response));
        },
      },
    ],
  };
}
