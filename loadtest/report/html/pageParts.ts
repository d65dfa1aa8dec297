import { join } from "node:path";
import { build } from "esbuild";

/** The report's page as it runs in the browser: its code and its style, each one text that an element can hold. */
export interface PageParts {
  script: string;
  style: string;
}

let bundled: Promise<PageParts> | undefined;

/** Bundles the browser's part once in a process. The npm package has the result in this module's place (scripts/package). */
export async function pageParts(): Promise<PageParts> {
  bundled ??= bundle().catch((error: unknown) => {
    bundled = undefined;
    throw error;
  });
  return bundled;
}

async function bundle(): Promise<PageParts> {
  const page = join(import.meta.dirname, "../page");
  const { outputFiles } = await build({
    entryPoints: [join(page, "main.ts"), join(page, "style.css")],
    outdir: page,
    write: false,
    bundle: true,
    minify: true,
    format: "iife",
    target: "es2022",
    legalComments: "inline",
    logLevel: "warning",
  });
  const text = (ending: string): string => {
    const file = outputFiles.find(({ path }) => path.endsWith(ending));
    if (file === undefined) throw new Error(`esbuild gave no ${ending} for the report's page`);
    return file.text;
  };
  // A comment or a string in it must not end the element that it stands in.
  return {
    script: text(".js").replace(/<\/(script)/gi, "<\\/$1"),
    style: text(".css").replace(/<\/(style)/gi, "<\\/$1"),
  };
}
