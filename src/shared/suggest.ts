import { editDistance } from "./editDistance.ts";

/** The name that was likely meant; undefined where none is near, by a third of its letters. */
export function suggest(text: string, names: readonly string[]): string | undefined {
  const [best] = names
    .map((name) => ({ name, steps: name.startsWith(text) && text !== "" ? 0 : editDistance(text.toLowerCase(), name) }))
    .sort((a, b) => a.steps - b.steps);
  if (best === undefined || best.steps > Math.max(2, best.name.length / 3)) return undefined;
  // Two short names are near each other without a letter in common.
  return best.steps < best.name.length ? best.name : undefined;
}
