import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { trackedFiles } from "../../support/trackedFiles.ts";

const glossary = readFileSync(join(import.meta.dirname, "../../../docs/reference/glossary.md"), "utf8");

/** The first cell of each row of the tables under a heading. */
function firstCells(heading: string): string[] {
  const section = glossary.split(/^## /m).find((part) => part.startsWith(`${heading}\n`)) ?? "";
  return [...section.matchAll(/^\| (?:`([^`]+)`|\*\*([^*]+)\*\*) +\|/gm)].map(([, code, bold]) => code ?? bold ?? "");
}

test("the glossary names every folder with code in src, loadtest and scripts, and no other", () => {
  const folders = new Set(
    trackedFiles("src/*.ts", "loadtest/*.ts", "scripts/*.ts")
      .map(({ path }) => dirname(path))
      .filter((folder) => folder.includes("/")),
  );
  expect([...firstCells("Folders")].sort()).toEqual([...folders].sort());
});

test("the glossary has at least thirty terms, in alphabetical order", () => {
  const terms = firstCells("Terms").map((term) => term.toLowerCase());
  expect(terms.length).toBeGreaterThanOrEqual(30);
  expect(terms).toEqual([...terms].sort((a, b) => a.localeCompare(b)));
});
