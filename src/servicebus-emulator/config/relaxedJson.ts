/**
 * JSON as people write it in configuration, which .NET reads: comments and trailing commas. Both become spaces, so that lines and columns of what
 * else is wrong stay what they are.
 */
export function withoutComments(text: string): string {
  // A string is taken first, so that nothing in it is taken for a comment.
  const blank = text.replace(/"(?:[^"\\\n]|\\.)*"|\/\/[^\n]*|\/\*[\s\S]*?\*\//g, (found) =>
    found.startsWith('"') ? found : found.replace(/[^\n\r]/g, " "),
  );
  return blank.replace(/"(?:[^"\\\n]|\\.)*"|,(?=\s*[}\]])/g, (found) => (found === "," ? " " : found));
}

/** Without the keys whose value is null: they are as good as left out. */
export function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== "object" || value === null) return value;
  const given = Object.entries(value).filter(([, item]) => item !== null);
  return Object.fromEntries(given.map(([key, item]) => [key, withoutNulls(item)]));
}
