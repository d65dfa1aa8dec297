import { build } from "esbuild";
import { ROOT } from "../process/paths.ts";

export const SERVICES = ["api", "validator", "worker", "servicebus-emulator"] as const;
export type ServiceName = (typeof SERVICES)[number];

/**
 * Bundles each service into one file, `dist/<service>.cjs`: a container starts faster from one file than from hundreds.
 * CommonJS, since several dependencies are, and call `require` for Node's own modules.
 * @param outdir another folder than `dist`, for a test.
 */
export async function bundle(outdir = "dist"): Promise<void> {
  await build({
    absWorkingDir: ROOT,
    entryPoints: Object.fromEntries(SERVICES.map((service) => [service, `src/${service}/main.ts`])),
    outdir,
    outExtension: { ".js": ".cjs" },
    bundle: true,
    platform: "node",
    target: "node24",
    format: "cjs",
    legalComments: "none",
    logLevel: "warning",
  });
}
