import { readdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { CATALOGUE, isNamed } from "../../scripts/mutants/catalogue.ts";
import { isCheap, linesOf } from "../../scripts/mutants/detectors.ts";
import { render } from "../support/render.ts";

const sound = render("kustomize/overlays/dev");
const cheap = CATALOGUE.filter(({ objections }) => objections.some(isCheap));
let caught = 0;

test("every mutant has its entry and its overlay", () => {
  const folders = readdirSync(resolve(import.meta.dirname, "../mutants"), { withFileTypes: true });
  const overlays = folders.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  expect(CATALOGUE.map(({ name }) => name).sort()).toEqual(overlays.sort());
});

test("every mutant is in docs/mutants.md, in the catalogue's order", () => {
  const page = readFileSync(resolve(import.meta.dirname, "../../docs/mutants.md"), "utf8");
  expect([...page.matchAll(/^\| `([a-z-]+)`/gm)].map(([, name]) => name)).toEqual(CATALOGUE.map(({ name }) => name));
});

test("nobody objects to what is not broken", () => {
  for (const objection of CATALOGUE.flatMap(({ objections }) => objections.filter(isCheap))) {
    expect(linesOf(objection, sound)).toEqual([]);
  }
});

describe.each(CATALOGUE)("$name", ({ name, objections }) => {
  const objects = render(`test/mutants/${name}`);

  test("differs from dev", () => {
    expect(objects).not.toEqual(sound);
  });

  const cheapOnes = objections.filter(isCheap);
  if (cheapOnes.length === 0) return;

  test(`is objected to by ${cheapOnes.map(({ by }) => by).join(" and ")}, and the cause is named`, () => {
    for (const objection of cheapOnes) {
      const lines = linesOf(objection, objects);
      // What was said is shown where it is not what had to be.
      expect({ named: isNamed(objection.words, lines), words: objection.words, lines }).toMatchObject({ named: true });
    }
    caught += 1;
  });
});

afterAll(() => {
  process.stdout.write(
    `mutants: ${caught}/${cheap.length} caught without a cluster, ${CATALOGUE.length} in the catalogue\n`,
  );
});
