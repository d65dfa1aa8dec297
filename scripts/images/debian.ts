import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename } from "node:fs/promises";
import { dirname, join } from "node:path";
import { withWorkFolder } from "../process/cache.ts";
import { CommandError, run, succeeds } from "../process/command.ts";
import { CACHE } from "../process/paths.ts";
import { CliError } from "../process/cliError.ts";
import { step } from "../process/progress.ts";

/** A Debian package at one version. */
export interface DebianPackage {
  name: string;
  version: string;
  /** Of the .deb file for amd64, or for all architectures. */
  sha256: string;
}

/**
 * Downloads packages with apt and unpacks them side by side in the cache; nothing is installed.
 * @param set names the folder.
 * @returns the folder, to be read as the `/` of a machine that has these packages and nothing else.
 * @throws {CliError} without apt, on another architecture, or when a file is not the one that was pinned.
 */
export async function unpackedPackages(set: string, packages: readonly DebianPackage[]): Promise<string> {
  const key = createHash("sha256").update(JSON.stringify(packages)).digest("hex").slice(0, 12);
  const folder = join(CACHE, "debian", `${set}-${key}`);
  if (existsSync(folder)) return folder;
  await requireApt();
  await step(`downloading ${packages.length} Debian packages for ${set}`, () =>
    withWorkFolder(async (work) => {
      const root = join(work, "root");
      for (const one of packages) await run("dpkg", ["-x", await download(one, work), root]);
      await mkdir(dirname(folder), { recursive: true });
      await rename(root, folder).catch((error: unknown) => {
        // Somebody else has unpacked the same meanwhile.
        if (!existsSync(folder)) throw error;
      });
    }),
  );
  return folder;
}

async function requireApt(): Promise<void> {
  const fix = "use a cluster that gets images from a registry: the manifests name them as it does";
  if (!(await succeeds("apt-get", ["--version"]))) {
    throw new CliError("these images are made of Debian's packages, and there is no apt-get", fix);
  }
  if (process.arch !== "x64") {
    throw new CliError(`these images are pinned for amd64 only; this machine is ${process.arch}`, fix);
  }
}

/** @returns the path of the .deb file. */
async function download({ name, version, sha256 }: DebianPackage, work: string): Promise<string> {
  const folder = join(work, name);
  await mkdir(folder);
  const fetch = (): Promise<string> => run("apt-get", ["download", "-q", `${name}=${version}`], { cwd: folder });
  try {
    // The lists may be older than the version; where they are not, they need not be fetched.
    await fetch().catch(async (error: unknown) => {
      if (!(error instanceof CommandError)) throw error;
      await run("apt-get", ["update", "-q"]);
      await fetch();
    });
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    throw new CliError(
      `apt does not serve ${name} ${version}: ${error.message}`,
      "pin the version that `apt-cache policy` shows, with its checksum, in scripts/images/examples.ts",
      { cause: error },
    );
  }
  const [file] = await readdir(folder);
  if (file === undefined) throw new Error(`apt-get download left no file of ${name}`);
  const found = createHash("sha256")
    .update(await readFile(join(folder, file)))
    .digest("hex");
  if (found !== sha256) {
    throw new CliError(
      `${file} is not the file that was pinned: its SHA-256 is ${found}, expected ${sha256}`,
      "find out why Debian's mirror serves another file under the same version before pinning it",
    );
  }
  return join(folder, file);
}
