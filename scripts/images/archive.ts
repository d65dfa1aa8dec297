import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, mkdtemp, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { run } from "../command.ts";
import { CACHE } from "../paths.ts";

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

/** Builds an image with buildah, in a store of its own that is removed, and leaves an archive. */
export async function buildImage(build: Build): Promise<Image> {
  const cached = await cachedImage(build.name, build.key);
  if (cached !== undefined) return cached;
  const { archive, idFile } = places(build.name, build.key);
  await mkdir(join(CACHE, "images"), { recursive: true });
  const work = await mkdtemp(join(CACHE, "images/.building-"));
  const store = ["--root", join(work, "root"), "--runroot", join(work, "run"), "--storage-driver", "vfs"];
  try {
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
    await rename(finished, archive);
    await writeFile(idFile, (await readFile(join(work, "id"), "utf8")).trim());
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return { name: build.name, archive, id: await readFile(idFile, "utf8") };
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
  const file = join(CACHE, "images", `${name.replaceAll(/[^A-Za-z0-9.-]/g, "_")}-${key}`);
  return { archive: `${file}.tar`, idFile: `${file}.id` };
}
