import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { build, type Metafile, type Plugin } from "esbuild";
import { pageParts } from "../../loadtest/report/html/pageParts.ts";
import { ROOT } from "../process/paths.ts";
import { assertPatched } from "./patches.ts";
import { thirdPartyLicenses } from "./licenses.ts";

/** The packages whose code is in the page of report.html, which is bundled by itself. */
const PAGE_PACKAGES = ["uplot"];

/**
 * Builds what the npm package holds beside package.json, LICENSE and README: the command `ownsignal` with all that it imports, so that the package has no
 * dependencies, and the licences of what is in it. Each subcommand is a file of its own, so that one loads no other.
 * @param outDir is made anew.
 * @throws when a patched package is not patched, or a licence is missing.
 */
export async function buildPackage(outDir: string): Promise<Metafile> {
  assertPatched();
  await rm(outDir, { recursive: true, force: true });
  const { metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: { ownsignal: "scripts/commands/ownsignal.ts" },
    outdir: outDir,
    chunkNames: "chunks/[name]-[hash]",
    bundle: true,
    splitting: true,
    platform: "node",
    target: "node24",
    format: "esm",
    metafile: true,
    // Some dependencies are CommonJS and require Node's own modules.
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    // THIRD-PARTY-LICENSES has the whole texts.
    legalComments: "none",
    logLevel: "warning",
    plugins: [inPlaceOf(await replacements())],
  });
  await writeFile(join(outDir, "THIRD-PARTY-LICENSES"), thirdPartyLicenses(metafile, PAGE_PACKAGES));
  return metafile;
}

/** Modules that are other ones in the package, by their path from the repository's root. */
async function replacements(): Promise<Readonly<Record<string, string>>> {
  return {
    // There is no clone.
    "scripts/cli/checkout.ts": "export const CHECKOUT = undefined;",
    // The page is ready, so that it takes no esbuild.
    "loadtest/report/html/pageParts.ts": `const parts = ${JSON.stringify(await pageParts())};\nexport const pageParts = () => Promise.resolve(parts);`,
  };
}

function inPlaceOf(modules: Readonly<Record<string, string>>): Plugin {
  return {
    name: "in-place-of",
    setup(build) {
      const contents = new Map(Object.entries(modules).map(([path, text]) => [join(ROOT, path), text]));
      const unused = new Set(contents.keys());
      build.onLoad({ filter: /\.ts$/ }, ({ path }) => {
        const text = contents.get(path);
        unused.delete(path);
        return text === undefined ? undefined : { contents: text, loader: "js" };
      });
      build.onEnd(() => ({ errors: [...unused].map((path) => ({ text: `${path} is not part of the package` })) }));
    },
  };
}
