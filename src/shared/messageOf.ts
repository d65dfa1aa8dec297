/** One line of text for anything thrown, with the causes that libraries hide behind "fetch failed". */
export function messageOf(error: unknown): string {
  // Not `instanceof`: Jest runs tests in a realm of their own, and the errors of Node's own functions are of another.
  if (!Error.isError(error)) return String(error);
  const own = error.message || error.name;
  return error.cause === undefined ? own : `${own}: ${messageOf(error.cause)}`;
}
