import { isMap, isPair, isScalar, isSeq, type Node } from "yaml";
import type { Path } from "./checks/problem.ts";

/** Offset of a node of a YAML document; undefined for one that stands for nothing. */
export function startOf(node: unknown): number | undefined {
  return (node as Node | null | undefined)?.range?.[0];
}

/** A key of a map as text. */
export function keyText(key: unknown): string {
  return String(isScalar(key) ? key.value : key);
}

/** The path of what stands at an offset. */
export function pathAt(node: unknown, offset: number): Path {
  const items = isMap(node) || isSeq(node) ? node.items : [];
  // The last one that begins before it.
  for (const [index, item] of [...items.entries()].reverse()) {
    const start = startOf(isPair(item) ? item.key : item);
    if (start === undefined || start > offset) continue;
    if (!isPair(item)) return [index, ...pathAt(item, offset)];
    const value = startOf(item.value);
    return [keyText(item.key), ...(value !== undefined && value <= offset ? pathAt(item.value, offset) : [])];
  }
  return [];
}
