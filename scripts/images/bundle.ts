import { mkdir, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { build, type Plugin } from "esbuild";
import { ROOT } from "../process/paths.ts";

export const SERVICES = ["api", "validator", "worker", "servicebus-emulator"] as const;
export type ServiceName = (typeof SERVICES)[number];

/** What services import on demand, in files of their own beside them: code that few processes need, and that none has to read to start. */
export const ON_DEMAND = ["otlpTracing", "workloadIdentity"] as const;

const importOnDemand: Plugin = {
  name: "import-on-demand",
  setup: (bundler) => {
    bundler.onResolve({ filter: /\.ts$/ }, ({ kind, path }) => {
      if (kind !== "dynamic-import") return undefined;
      const name = basename(path, ".ts");
      if (!ON_DEMAND.some((known) => known === name)) return { errors: [{ text: `${name} is to be in ON_DEMAND` }] };
      return { path: `./${name}.cjs`, external: true };
    });
  },
};

/**
 * Bundles each service into one file, `dist/<service>.cjs`: a container starts faster from one file than from hundreds.
 * Beside it are those of {@link ON_DEMAND}. CommonJS, since several dependencies are, and call `require` for Node's own modules.
 * @param outdir another folder than `dist`, for a test.
 */
export async function bundle(outdir = "dist"): Promise<void> {
  const { outputFiles } = await build({
    absWorkingDir: ROOT,
    entryPoints: Object.fromEntries([
      ...SERVICES.map((service) => [service, `src/${service}/main.ts`]),
      ...ON_DEMAND.map((name) => [name, `src/shared/${name}.ts`]),
    ]),
    plugins: [importOnDemand],
    // The API reads bodies itself, and half a megabyte of character sets comes with this.
    alias: { "body-parser": join(ROOT, "scripts/images/noBodyParser.cjs") },
    outdir,
    outExtension: { ".js": ".cjs" },
    bundle: true,
    platform: "node",
    target: "node24",
    format: "cjs",
    // The Service Bus SDK as ES modules, so that its administration client stays away, and of Azure's core one copy comes instead of two.
    mainFields: ["module", "main"],
    legalComments: "none",
    logLevel: "warning",
    write: false,
  });
  await Promise.all(
    outputFiles.map(async ({ path, text }) => {
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, escapeNonAscii(text));
    }),
  );
}

/**
 * V8 keeps a source with any character above U+00FF at two bytes a character, here 4 MiB more in each process, and esbuild leaves those of
 * regular expressions. In code they stand in strings, templates and regular expressions only, which all take the escape.
 */
function escapeNonAscii(code: string): string {
  return code.replaceAll(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
