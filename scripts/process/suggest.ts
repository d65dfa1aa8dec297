/** How many letters are to be added, left out or changed to make the one of the other. */
function distance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (const [i, letter] of Array.from(one).entries()) {
    const next = [i + 1];
    for (const [j, otherLetter] of Array.from(other).entries()) {
      next.push(Math.min((row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1, (row[j] ?? 0) + (letter === otherLetter ? 0 : 1)));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}

/** The name that was likely meant; undefined where none is near, by a third of its letters. */
export function suggest(text: string, names: readonly string[]): string | undefined {
  const [best] = names
    .map((name) => ({ name, steps: name.startsWith(text) && text !== "" ? 0 : distance(text.toLowerCase(), name) }))
    .sort((a, b) => a.steps - b.steps);
  if (best === undefined || best.steps > Math.max(2, best.name.length / 3)) return undefined;
  // Two short names are near each other without a letter in common.
  return best.steps < best.name.length ? best.name : undefined;
}
