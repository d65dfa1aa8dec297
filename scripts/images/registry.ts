import { createHash } from "node:crypto";
import { mkdir, realpath, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { stringify } from "yaml";
import * as z from "zod";
import { SERVICES } from "./bundle.ts";
import { buildWithDocker, type Builder } from "./docker.ts";
import { serviceImageName } from "./services.ts";
import { CACHE, DEV_OVERLAY } from "../process/paths.ts";
import { CliError } from "../process/cliError.ts";

const REGISTRY = /^[a-z0-9.-]+(:\d+)?(\/[a-z0-9._-]+)*$/;

/**
 * The registry and path that a person named, checked.
 * @throws {CliError} when it cannot be the start of an image's name.
 */
export function registryOf(named: string): string {
  if (REGISTRY.test(named)) return named;
  throw new CliError(
    `REGISTRY=${named} cannot be the start of an image's name`,
    "give host and path in small letters, without https:// and without a slash at the end, for example registry.example:5000/team",
  );
}

/**
 * Builds the images, pushes them as `<registry>/<service>:dev`, and writes an overlay over `kustomize/overlays/dev` that names them by digest,
 * so that pods roll whenever an image has changed.
 * @param cache where the overlay goes: outside the checkout, which is not changed.
 * @returns the overlay's folder.
 */
export async function pushImages(builder: Builder, registry: string, cache = CACHE): Promise<string> {
  await buildWithDocker(builder, (service) => `${registry}/${service}:dev`);
  const images = [];
  for (const service of SERVICES) {
    const pushed = `${registry}/${service}`;
    await builder.execute("docker", ["push", `${pushed}:dev`]);
    const listed = await builder.execute("docker", [
      ...["image", "inspect", "--format", "{{json .RepoDigests}}", `${pushed}:dev`],
    ]);
    const digest = z
      .array(z.string())
      .parse(JSON.parse(listed))
      .find((one) => one.startsWith(`${pushed}@`))
      ?.split("@")[1];
    if (digest === undefined) {
      throw new CliError(
        `Docker knows no digest of ${pushed}:dev after the push: ${listed.trim()}`,
        "see whether `docker push` says more",
      );
    }
    images.push({ name: serviceImageName(service).replace(/:[^:/]+$/, ""), newName: pushed, digest });
  }
  return writeOverlay(images, registry, cache);
}

async function writeOverlay(images: readonly object[], registry: string, cache: string): Promise<string> {
  // One for each registry and checkout, so that two of them do not take turns.
  const key = createHash("sha256").update(`${registry} ${DEV_OVERLAY}`).digest("hex").slice(0, 12);
  await mkdir(join(cache, "overlays", key), { recursive: true });
  // Kustomize takes relative paths only, and takes them from where the folder really is.
  const folder = await realpath(join(cache, "overlays", key));
  const kustomization = {
    apiVersion: "kustomize.config.k8s.io/v1beta1",
    kind: "Kustomization",
    resources: [relative(folder, await realpath(DEV_OVERLAY))],
    images,
  };
  await writeFile(join(folder, "kustomization.yaml"), stringify(kustomization));
  return folder;
}
