import { chmod, cp, mkdir, realpath, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { withWorkFolder } from "../process/cache.ts";
import { CommandError, run } from "../process/command.ts";
import { buildImages, cachedImage, inputKey, type Image } from "./archive.ts";

/** An image made of files of this machine and nothing else. */
export interface ScratchImage {
  name: string;
  /** Programs, and folders: target in the image by source on this machine. Libraries that a program is linked to come along. */
  files: Readonly<Record<string, string>>;
  /** Lines of the Dockerfile after `COPY`. */
  instructions: readonly string[];
}

/** Assembles the image where no registry can be reached; the manifests name it as the registry would. */
export async function scratchImage(declared: ScratchImage): Promise<Image> {
  const files = new Map(Object.entries(declared.files));
  for (const source of Object.values(declared.files)) {
    for (const library of await linkedLibraries(source)) files.set(library, library);
  }
  const key = await inputKey([declared.name, ...declared.instructions, ...files.keys()], [...files.values()]);
  const cached = await cachedImage(declared.name, key);
  if (cached !== undefined) return cached;

  return withWorkFolder(async (work) => {
    const root = join(work, "root");
    for (const [target, source] of files) {
      await mkdir(join(root, dirname(target)), { recursive: true });
      // Links inside a folder stay as they are: made absolute, they would lead out of the image.
      await cp(await realpath(source), join(root, target), { recursive: true, verbatimSymlinks: true });
    }
    await mkdir(join(root, "etc"), { recursive: true });
    await writeFile(join(root, "etc/passwd"), "root:x:0:0::/:/\nnonroot:x:65532:65532::/:/\n");
    await mkdir(join(root, "tmp"), { recursive: true });
    // Not left to mkdir, whose mode the umask narrows.
    await chmod(join(root, "tmp"), 0o1777);
    const dockerfile = join(work, "Dockerfile");
    await writeFile(dockerfile, ["FROM scratch", "COPY . /", ...declared.instructions, ""].join("\n"));
    const [image] = await buildImages([{ name: declared.name, dockerfile, context: root, key }]);
    if (image === undefined) throw new Error(`no image came of ${declared.name}`);
    return image;
  });
}

/** Paths of the shared libraries and the loader that a program needs; none for a static one or a folder. */
async function linkedLibraries(program: string): Promise<string[]> {
  try {
    const listing = await run("ldd", [program]);
    return [...listing.matchAll(/(?:=> )?(\/\S+) \(0x/g)].map(([, path]) => path).filter((path) => path !== undefined);
  } catch (error) {
    if (error instanceof CommandError) return [];
    throw error;
  }
}
