import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { startProcess, type TestProcess } from "../../support/process.ts";

export const ROOT = join(import.meta.dirname, "../../..");

/** What ended. */
export interface Ended {
  code: number | null;
  /** Standard output and standard error. */
  output: string;
}

/** The package, packed by `npm pack` and installed from its tarball in a folder that was empty. */
export interface InstalledPackage {
  tarball: string;
  /** The folder where it was installed, which holds nothing else. */
  folder: string;
  /** Another folder beside the tarball, with nothing in it. */
  emptyFolder: string;
  /** The package's own folder in node_modules. */
  packageFolder: string;
  /** What npm said at the installation. */
  installation: string;
  /** Starts the installed command in `folder`. */
  start: (args: readonly string[], environment?: Record<string, string>) => TestProcess;
  /** Runs the installed command to its end. */
  run: (args: readonly string[], environment?: Record<string, string>) => Promise<Ended>;
  /** Runs a program in an empty folder, offline, with an empty npm cache and without the user's configuration. */
  runIn: (directory: string, command: string, args: readonly string[]) => Promise<Ended>;
  remove: () => void;
}

/** Packs the repository as it is, and installs the tarball. */
export async function installPackage(): Promise<InstalledPackage> {
  const temporary = mkdtempSync(join(tmpdir(), "ownsignal-package-"));
  const folder = join(temporary, "installed");
  const emptyFolder = join(temporary, "empty");
  const home = join(temporary, "home");
  for (const made of [folder, emptyFolder, home]) mkdirSync(made);
  const environment = {
    // The Node that runs the tests, before any other.
    PATH: [dirname(process.execPath), process.env.PATH ?? ""].join(delimiter),
    HOME: home,
    OWNSIGNAL_CACHE: join(home, "cache"),
    npm_config_cache: join(home, "npm"),
    npm_config_offline: "true",
    npm_config_update_notifier: "false",
  };
  const ended = async (process: TestProcess): Promise<Ended> => ({
    code: await process.exited,
    output: process.output(),
  });
  const runIn: InstalledPackage["runIn"] = (directory, command, args) =>
    ended(startProcess(command, args, { directory, environment }));
  const succeed = async (directory: string, args: readonly string[]): Promise<string> => {
    const { code, output } = await runIn(directory, "npm", args);
    if (code !== 0) throw new Error(`npm ${args.join(" ")} ended with ${code ?? "a signal"}:\n${output}`);
    return output;
  };

  await succeed(ROOT, ["pack", "--pack-destination", temporary]);
  const [name] = readdirSync(temporary).filter((file) => file.endsWith(".tgz"));
  if (name === undefined) throw new Error("npm pack left no tarball");
  const tarball = join(temporary, name);
  const installation = await succeed(folder, ["install", tarball]);
  const start: InstalledPackage["start"] = (args, more = {}) =>
    startProcess(join(folder, "node_modules/.bin/ownsignal"), args, {
      directory: folder,
      environment: { ...environment, ...more },
    });
  return {
    tarball,
    folder,
    emptyFolder,
    packageFolder: join(folder, "node_modules/ownsignal"),
    installation,
    start,
    run: (args, more) => ended(start(args, more)),
    runIn,
    remove: () => {
      rmSync(temporary, { recursive: true });
    },
  };
}
