/** One line of text for anything thrown, with the causes that libraries hide behind "fetch failed"; a cause that the message quotes is not repeated. */
export function messageOf(error: unknown): string {
  // Not `instanceof`: Jest runs tests in a realm of their own, and the errors of Node's own functions are of another.
  if (!Error.isError(error)) return String(error);
  const own = error.message || error.name;
  const cause = error.cause === undefined ? "" : messageOf(error.cause);
  return own.includes(cause) ? own : `${own}: ${cause}`;
}
