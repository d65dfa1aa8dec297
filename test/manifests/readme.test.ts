import { globSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { ROOT } from "../../scripts/process/paths.ts";

const FOLDER = join(ROOT, "kustomize");

/** Overlays, components, controllers and parts of the base that a page does not name. */
function unnamed(page: string): string[] {
  return globSync("{overlays,components,controllers,base}/*/kustomization.yaml", { cwd: FOLDER })
    .map((file) => relative(".", dirname(file)))
    .filter((folder) => {
      const name = folder.replace(/^(overlays|components|controllers)\//, "");
      return !page.includes(`\`${name}\``) && !page.includes(`[${name}]`);
    });
}

test("kustomize/README.md lists every overlay, component, controller and part of the base", () => {
  const page = readFileSync(join(FOLDER, "README.md"), "utf8");
  expect(unnamed(page)).toEqual([]);
  expect(unnamed(page.replaceAll("tracing", ""))).toEqual(["components/tracing"]);
});
