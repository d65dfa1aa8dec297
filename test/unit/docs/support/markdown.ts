import { dirname, join, normalize } from "node:path";
import { trackedFiles } from "../../../support/trackedFiles.ts";

/** Something on a page, with where it stands: `docs/README.md:12`. */
export interface Place {
  readonly text: string;
  readonly at: string;
}

/** A fenced block. */
export interface Block extends Place {
  /** What stands behind the opening fence, such as `sh run`. */
  readonly info: string;
}

export interface Page {
  readonly path: string;
  /** The names that a link to the page may have behind its #. */
  readonly anchors: ReadonlySet<string>;
  /** Targets of links and images, as they are written. */
  readonly links: readonly Place[];
  /** Inline code. */
  readonly spans: readonly Place[];
  readonly blocks: readonly Block[];
}

/** Every tracked page, those of examples and components included. */
export function pages(): Page[] {
  return trackedFiles("*.md").map(({ path, lines }) => pageOf(path, lines));
}

export function pageOf(path: string, lines: readonly string[]): Page {
  const blocks: Block[] = [];
  const prose: Place[] = [];
  let open: { info: string; at: string; indent: string; lines: string[] } | undefined;
  for (const [index, line] of lines.entries()) {
    const at = `${path}:${index + 1}`;
    const fence = /^(\s*)```([^`]*)$/.exec(line);
    if (fence === null) {
      if (open === undefined) prose.push({ text: line, at });
      else open.lines.push(line.startsWith(open.indent) ? line.slice(open.indent.length) : line);
    } else if (open === undefined) {
      open = { info: (fence[2] ?? "").trim(), at, indent: fence[1] ?? "", lines: [] };
    } else {
      blocks.push({ info: open.info, at: open.at, text: open.lines.join("\n") });
      open = undefined;
    }
  }
  if (open !== undefined) throw new Error(`${open.at}: a fence that is not closed`);
  return {
    path,
    anchors: anchorsIn(prose),
    links: prose.flatMap(({ text, at }) =>
      [...withoutSpans(text).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = ""]) => ({ text: target, at })),
    ),
    spans: prose.flatMap(({ text, at }) =>
      [...text.matchAll(/(`+)(.+?)\1(?!`)/g)].map(([, , code = ""]) => ({ text: code.trim(), at })),
    ),
    blocks,
  };
}

function withoutSpans(text: string): string {
  return text.replaceAll(/`[^`]*`/g, "");
}

/** As GitHub makes them of headings, and those that a page gives itself. */
function anchorsIn(prose: readonly Place[]): Set<string> {
  const anchors = new Set<string>();
  for (const { text } of prose) {
    for (const [, id = ""] of text.matchAll(/<a id="([^"]+)">/g)) anchors.add(id);
    const [, heading] = /^#{1,6} (.+)$/.exec(text) ?? [];
    if (heading === undefined) continue;
    const slug = heading
      .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1")
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
      .replaceAll(" ", "-");
    let unique = slug;
    for (let count = 1; anchors.has(unique); count += 1) unique = `${slug}-${count}`;
    anchors.add(unique);
  }
  return anchors;
}

/** What is wrong with a page's links into the repository. `exists` says of a path whether there is a file or folder. */
export function brokenLinks(
  page: Page,
  exists: (path: string) => boolean,
  anchorsOf: (path: string) => ReadonlySet<string> | undefined,
): string[] {
  return page.links.flatMap(({ text, at }) => {
    if (/^[a-z]+:/.test(text)) return [];
    const [target = "", anchor] = text.split("#", 2);
    const path = target === "" ? page.path : normalize(join(dirname(page.path), target)).replace(/\/$/, "");
    if (!exists(path)) return [`${at}: there is no ${path}`];
    if (anchor === undefined || anchorsOf(path)?.has(anchor) === true) return [];
    return [`${at}: ${path} has no heading or anchor #${anchor}`];
  });
}
