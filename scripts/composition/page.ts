const BEGIN = "<!-- The picture is made by `npm run composition`, from kustomize/overlays/dev. -->";
const END = "<!-- The picture ends here. -->";

/**
 * The page with this picture in place of the one that it has.
 * @throws when the page has no place for one.
 */
export function withDiagram(page: string, picture: string): string {
  const begin = page.indexOf(BEGIN);
  const end = page.indexOf(END);
  if (begin === -1 || end < begin)
    throw new Error(`the page has no lines ${BEGIN} and ${END}, between which the picture goes`);
  return `${page.slice(0, begin + BEGIN.length)}\n\n\`\`\`mermaid\n${picture}\`\`\`\n\n${page.slice(end)}`;
}
