/** A step of a path: the name of a field, an index, or a field of a list's item with what it has to be. */
type Step = string | number | { field: readonly string[]; is: string };

/**
 * Where a path leads in an object: its JSON Pointer, and what is there, undefined where nothing is. Undefined where the way there is missing.
 * @param path names joined by dots, items of a list by index or by what one of their fields is: `spec.triggers[type=redis].metadata.listLength`,
 * `spec.metrics[0].resource.name`, `spec.metrics[resource.name=cpu].resource.target`; a name with dots in quotes: `metadata.annotations["a.b/c"]`.
 * @throws where it is no path.
 */
export function locate(object: unknown, path: string): { pointer: string; value: unknown } | undefined {
  const steps = stepsOf(path);
  let pointer = "";
  let at: unknown = object;
  for (const [index, step] of steps.entries()) {
    if (typeof at !== "object" || at === null) return undefined;
    const key = keyOf(at, step);
    if (key === undefined) return undefined;
    pointer += `/${String(key).replaceAll("~", "~0").replaceAll("/", "~1")}`;
    at = (at as Record<string | number, unknown>)[key];
    // The last step may name what is not there yet; a list's item has to be.
    if (at === undefined && (index < steps.length - 1 || typeof step !== "string")) return undefined;
  }
  return { pointer, value: at };
}

/**
 * Where an item goes that a list does not have yet, and the item: of `…env[name=A].value` the end of the list and `{ name: "A", value }`. Undefined where
 * the path leads to no field of a list's item, or there is no list.
 */
export function newItem(
  object: unknown,
  path: string,
  value: number | string | boolean,
): { pointer: string; item: Record<string, unknown> } | undefined {
  const [, list, key, is, field] = /^(.+)\[([A-Za-z]+)=([^\]]+)\]\.([A-Za-z]+)$/.exec(path) ?? [];
  if (list === undefined || key === undefined || field === undefined) return undefined;
  const found = locate(object, list);
  if (!Array.isArray(found?.value)) return undefined;
  return { pointer: `${found.pointer}/${found.value.length}`, item: { [key]: is, [field]: value } };
}

function keyOf(at: object, step: Step): string | number | undefined {
  if (typeof step !== "object") return step;
  if (!Array.isArray(at)) return undefined;
  const index = at.findIndex((item: unknown) => {
    const found = step.field.reduce<unknown>(
      (value, name) =>
        typeof value === "object" && value !== null ? (value as Record<string, unknown>)[name] : undefined,
      item,
    );
    return String(found) === step.is;
  });
  return index === -1 ? undefined : index;
}

/** @throws naming what is wrong. */
function stepsOf(path: string): Step[] {
  const pattern = /(?:^|\.)([A-Za-z0-9_-]+)|\[(?:"([^"]+)"|(\d+)|([A-Za-z0-9_.-]+)=([^\]]*))\]/y;
  const steps: Step[] = [];
  while (pattern.lastIndex < path.length) {
    const from = pattern.lastIndex;
    const match = pattern.exec(path);
    if (match === null)
      throw new Error(`${JSON.stringify(path)} is no path of a field: see ${JSON.stringify(path.slice(from))}`);
    const [, name, quoted, index, field, is] = match;
    if (name !== undefined || quoted !== undefined) steps.push(name ?? quoted ?? "");
    else if (index !== undefined) steps.push(Number(index));
    else steps.push({ field: (field ?? "").split("."), is: is ?? "" });
  }
  if (steps.length === 0) throw new Error("the path of a field is empty");
  return steps;
}
