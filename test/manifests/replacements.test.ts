import { globSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parse } from "yaml";
import * as z from "zod";

const ROOT = resolve(import.meta.dirname, "../..");

const selector = z.record(z.string(), z.string());
const replacements = z.array(z.object({ source: selector, targets: z.array(z.object({ select: selector })) }));

/** Replacements of a kustomization stand in it, or in a file that it names. */
function replacementsIn(file: string): z.infer<typeof replacements> {
  const kustomization = parse(readFileSync(file, "utf8")) as { replacements?: ({ path?: string } | undefined)[] };
  return (kustomization.replacements ?? []).flatMap((one) =>
    replacements.parse(one?.path === undefined ? [one] : parse(readFileSync(join(file, "..", one.path), "utf8"))),
  );
}

/*
 * Kustomize takes a pattern here from 5.8 on (in kubectl 1.36). One before looks for an object of that very name, finds none and goes on without a word: API and worker were deployed with the
 * placeholder for their bus. Patches have taken patterns for long, and are not meant.
 */
test("no replacement selects by a pattern, which older versions of kubectl ignore silently", () => {
  const selected = globSync("kustomize/**/kustomization.yaml", { cwd: ROOT }).flatMap((file) =>
    replacementsIn(join(ROOT, file)).flatMap(({ source, targets }) =>
      [source, ...targets.map(({ select }) => select)].flatMap(({ kind = "", name = "" }) => [kind, name]),
    ),
  );
  expect(selected.length).toBeGreaterThan(0);
  expect(selected.filter((text) => !/^[\w-]*$/.test(text))).toEqual([]);
});
