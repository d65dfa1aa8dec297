import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { withWorkFolder } from "../process/cache.ts";
import { run } from "../process/command.ts";
import { CACHE } from "../process/paths.ts";

/** An image as an OCI archive in the cache. */
export interface Image {
  /** The name that manifests use, with registry and tag. */
  name: string;
  archive: string;
  /** `sha256:…` of the image's configuration: what the kubelet reports as a container's `imageID`. */
  id: string;
}

export interface Build {
  name: string;
  /** A Dockerfile's path. */
  dockerfile: string;
  /** The folder that `COPY` sees. */
  context: string;
  /** A stage of the Dockerfile; the last one where none is given. */
  target?: string;
  buildArguments?: Readonly<Record<string, string>>;
  /** Stands for everything that goes into the image: the same key gives the archive that is there already. */
  key: string;
}

/** How many archives of one name stay: this checkout's, and those of two others or two tries before. */
const ARCHIVES_KEPT = 3;

/**
 * Builds images with buildah and leaves their archives; those that are there under their key already cost nothing.
 * The builds share one store, since unpacking the base is most of the work; it is removed at the end.
 */
export async function buildImages(builds: readonly Build[]): Promise<Image[]> {
  const directory = join(CACHE, "images");
  await mkdir(directory, { recursive: true });
  return withWorkFolder(async (work) => {
    const images: Image[] = [];
    for (const build of builds) {
      let image = await cachedImage(build.name, build.key);
      if (image === undefined) {
        image = await buildInto(work, build);
        await prune(directory, build.name);
      }
      images.push(image);
    }
    return images;
  });
}

async function buildInto(work: string, build: Build): Promise<Image> {
  const { archive, idFile } = places(build.name, build.key);
  const store = ["--root", join(work, "root"), "--runroot", join(work, "run"), "--storage-driver", "vfs"];
  await run("buildah", [
    ...store,
    "build",
    // The same input gives the same digest, so that pods roll only when something changed.
    ...["--timestamp", "0", "--isolation", "chroot", "--iidfile", join(work, "id")],
    ...Object.entries(build.buildArguments ?? {}).flatMap(([key, value]) => ["--build-arg", `${key}=${value}`]),
    ...(build.target === undefined ? [] : ["--target", build.target]),
    ...["-f", build.dockerfile, "-t", build.name, build.context],
  ]);
  const finished = join(work, "image.tar");
  await run("buildah", [...store, "push", build.name, `oci-archive:${finished}:${build.name}`]);
  const id = (await readFile(join(work, "id"), "utf8")).trim();
  await writeFile(idFile, id);
  await rename(finished, archive);
  return { name: build.name, archive, id };
}

async function prune(directory: string, name: string): Promise<void> {
  const prefix = `${fileName(name)}-`;
  const archives = await Promise.all(
    (await readdir(directory))
      .filter((file) => file.startsWith(prefix) && /^[0-9a-f]{16}\.tar$/.test(file.slice(prefix.length)))
      .map(async (file) => ({ file, mtimeMs: (await stat(join(directory, file))).mtimeMs })),
  );
  archives.sort((one, other) => other.mtimeMs - one.mtimeMs);
  for (const { file } of archives.slice(ARCHIVES_KEPT)) {
    await rm(join(directory, file), { force: true });
    await rm(join(directory, file.replace(/\.tar$/, ".id")), { force: true });
  }
}

/** The archive of an earlier build of the same key, if it is whole. */
export async function cachedImage(name: string, key: string): Promise<Image | undefined> {
  const { archive, idFile } = places(name, key);
  try {
    await stat(archive);
    return { name, archive, id: await readFile(idFile, "utf8") };
  } catch {
    return undefined;
  }
}

/**
 * A key from texts and files. A file below the cache is known by its path, which holds its version; any other by its content,
 * so that every checkout comes to the same key.
 */
export async function inputKey(texts: readonly string[], files: readonly string[]): Promise<string> {
  const hash = createHash("sha256").update(JSON.stringify(texts));
  for (const file of files) {
    if (file.startsWith(`${CACHE}/`)) hash.update(file.slice(CACHE.length));
    else for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) hash.update(chunk);
  }
  return hash.digest("hex").slice(0, 16);
}

function places(name: string, key: string): { archive: string; idFile: string } {
  const file = join(CACHE, "images", `${fileName(name)}-${key}`);
  return { archive: `${file}.tar`, idFile: `${file}.id` };
}

function fileName(name: string): string {
  return name.replaceAll(/[^A-Za-z0-9.-]/g, "_");
}
