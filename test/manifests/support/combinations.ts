import { existsSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative, resolve } from "node:path";
import { stringify } from "yaml";
import type { Manifest } from "../../../scripts/manifests/manifest.ts";
import { OVERLAYS, render } from "./render.ts";

const ROOT = resolve(import.meta.dirname, "../../..");
const COMPONENTS = "kustomize/components";
const FIXTURES = "test/manifests/fixtures";

/** Something that can be deployed: its name in messages, and its objects. */
export interface Combination {
  name: string;
  render: () => Manifest[];
}

/** Everything that has to render: each overlay, the base, each component alone over the base, and each kept combination. */
export const DEPLOYABLE: readonly Combination[] = [
  ...["kustomize/base", ...OVERLAYS, ...kustomizationsIn(FIXTURES)].map((path) => ({
    name: path,
    render: () => render(path),
  })),
  ...kustomizationsIn(COMPONENTS).map((path) => ({
    name: `kustomize/base with ${path}`,
    render: () => overBase(path),
  })),
];

/** The base with one component, in a folder that is no overlay. */
function overBase(component: string): Manifest[] {
  // Kustomize takes relative paths only, and takes them from where the folder really is.
  const directory = realpathSync(mkdtempSync(join(tmpdir(), "ownsignal-combination-")));
  const from = (path: string): string => relative(directory, realpathSync(join(ROOT, path)));
  try {
    writeFileSync(
      join(directory, "kustomization.yaml"),
      stringify({ namespace: "orders-dev", resources: [from("kustomize/base")], components: [from(component)] }),
    );
    return render(directory);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function kustomizationsIn(folder: string): string[] {
  if (!existsSync(join(ROOT, folder))) return [];
  return readdirSync(join(ROOT, folder))
    .map((name) => `${folder}/${name}`)
    .filter((path) => existsSync(join(ROOT, path, "kustomization.yaml")));
}
