import type { SyntaxNode } from "../../support/prometheus.ts";

/** A metric that an expression asks for, with the labels that it asks it by. */
export interface Selector {
  metric: string;
  matchers: { name: string; value: string; type: string }[];
  /** As one would write it. */
  text: string;
}

/** Every selector in an expression, outermost first. */
export function selectorsOf(node: SyntaxNode): Selector[] {
  const found = nodes(node)
    .filter(({ type }) => type === "vectorSelector" || type === "matrixSelector")
    .map(({ name, matchers }) => {
      const all = matchers as Selector["matchers"];
      const labels = all.filter((matcher) => matcher.name !== "__name__");
      const written = labels.map((matcher) => `${matcher.name}${matcher.type}"${matcher.value}"`).join(",");
      return { metric: name as string, matchers: labels, text: `${name as string}{${written}}` };
    });
  return found;
}

/** Labels that an expression groups by or matches on, each with the metrics below the place where it does. */
export function groupingsOf(node: SyntaxNode): { label: string; metrics: string[] }[] {
  return nodes(node).flatMap((one) => {
    const matching = one.matching as { labels?: string[]; include?: string[] } | null | undefined;
    const labels = [
      ...((one.grouping as string[] | undefined) ?? []),
      ...(matching?.labels ?? []),
      ...(matching?.include ?? []),
    ];
    const metrics = selectorsOf(one).map(({ metric }) => metric);
    return labels.map((label) => ({ label, metrics }));
  });
}

/** A node and all below it. */
function nodes(node: SyntaxNode): SyntaxNode[] {
  const below = ["expr", "lhs", "rhs", "param", "args"].flatMap((key) => children(node[key]));
  return [node, ...below.flatMap(nodes)];
}

function children(child: unknown): SyntaxNode[] {
  if (Array.isArray(child)) return child as SyntaxNode[];
  return typeof child === "object" && child !== null ? [child as SyntaxNode] : [];
}
