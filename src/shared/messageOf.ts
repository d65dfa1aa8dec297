/** One line of text for anything thrown, with the causes that libraries hide behind "fetch failed"; a cause that the message quotes is not repeated. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const own = error.message || error.name;
  const cause = error.cause === undefined ? "" : messageOf(error.cause);
  return own.includes(cause) ? own : `${own}: ${cause}`;
}
