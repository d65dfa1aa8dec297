const BEGIN = "<!-- The diagram is made by `npm run composition`, from kustomize/overlays/dev. -->";
const END = "<!-- The diagram ends here. -->";

/**
 * The page with this diagram in place of the one that it has.
 * @throws when the page has no place for one.
 */
export function withDiagram(page: string, diagram: string): string {
  const begin = page.indexOf(BEGIN);
  const end = page.indexOf(END);
  if (begin === -1 || end < begin)
    throw new Error(`the page has no lines ${BEGIN} and ${END}, between which the diagram goes`);
  return `${page.slice(0, begin + BEGIN.length)}\n\n\`\`\`mermaid\n${diagram}\`\`\`\n\n${page.slice(end)}`;
}
