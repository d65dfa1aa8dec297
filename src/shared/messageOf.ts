import { types } from "node:util";

/** One line of text for anything thrown, with the causes that libraries hide behind "fetch failed". */
export function messageOf(error: unknown): string {
  // Jest runs tests in a realm of their own, where the errors of Node's own functions are no instances of Error.
  if (!(error instanceof Error || types.isNativeError(error))) return String(error);
  const own = error.message || error.name;
  return error.cause === undefined ? own : `${own}: ${messageOf(error.cause)}`;
}
