import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Metafile } from "esbuild";
import * as z from "zod";
import { ROOT } from "../process/paths.ts";
import { readPatches } from "./patches.ts";

const manifest = z.object({
  name: z.string(),
  version: z.string(),
  license: z.string(),
  author: z.union([z.string(), z.object({ name: z.string() }).transform(({ name }) => name)]).optional(),
});

const RULE = `\n${"=".repeat(80)}\n`;

/**
 * The licences and notices of every package that has code in a bundle, and what this project changed in it.
 * @param more folders in node_modules beside those that the bundle names.
 * @throws when a package names no licence.
 */
export function thirdPartyLicenses(metafile: Metafile, more: readonly string[]): string {
  const folders = new Set(more.map((name) => `node_modules/${name}`));
  for (const { inputs } of Object.values(metafile.outputs)) {
    for (const [path, { bytesInOutput }] of Object.entries(inputs)) {
      const folder = /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0];
      if (folder !== undefined && bytesInOutput > 0) folders.add(folder);
    }
  }
  const patches = readPatches();
  const sections = [...folders].sort().map((folder) => sectionOf(folder, patches));
  return `ownsignal is under the Apache License 2.0, which is in LICENSE. Its files also hold code of these packages.\n${[...new Set(sections)].map((section) => `${RULE}${section}`).join("")}`;
}

function sectionOf(folder: string, patches: ReturnType<typeof readPatches>): string {
  const text = (file: string): string => readFileSync(join(ROOT, folder, file), "utf8").trim();
  const { name, version, license, author } = manifest.parse(JSON.parse(text("package.json")));
  const texts = globSync("{LICEN[CS]E,Licen[cs]e,licen[cs]e,COPYING,NOTICE}*", { cwd: join(ROOT, folder) })
    .sort()
    .map(text);
  const changes = patches
    .filter(({ packageName }) => packageName === name)
    .map(({ diff }) => `Changed by ownsignal:\n\n${diff.trim()}`);
  const by = author === undefined || texts.length > 0 ? "" : `by ${author}`;
  return `${[`${name} ${version} (${license})`, by, ...texts, ...changes].filter((part) => part !== "").join("\n\n")}\n`;
}
