/** Of a name in the file; a suffix that makes it unique has to fit as well. */
const LONGEST = 50;

/**
 * A name for the file that nothing has yet, of lower-case letters, digits and hyphens; it is taken from then on.
 * @param qualifiers are added one after the other until it is unique, then numbers.
 */
export function uniqueName(preferred: string, qualifiers: readonly string[], taken: Set<string>): string {
  const parts = [preferred];
  const others = [...qualifiers];
  for (let number = 2; ;) {
    const name = labelOf(parts.join("-"));
    if (!taken.has(name)) {
      taken.add(name);
      return name;
    }
    const qualifier = others.shift();
    if (qualifier !== undefined) parts.push(qualifier);
    else {
      parts.splice(1 + qualifiers.length, 1, String(number));
      number += 1;
    }
  }
}

function labelOf(text: string): string {
  const label = text.toLowerCase().replace(/[^a-z0-9]+/g, "-");
  // The end tells apart what begins alike.
  const short = label.length > LONGEST ? `${label.slice(0, LONGEST / 2)}-${label.slice(-LONGEST / 2 + 1)}` : label;
  return short.replace(/^-+|-+$/g, "") || "workload";
}
