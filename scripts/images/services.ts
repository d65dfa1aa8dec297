import { join } from "node:path";
import { bundle, ON_DEMAND, SERVICES, type ServiceName } from "./bundle.ts";
import { ROOT } from "../process/paths.ts";
import { buildImages, inputKey, type Image } from "./archive.ts";
import { scratchImage } from "./scratch.ts";

/** The image that manifests name for a service. */
export function serviceImageName(service: ServiceName): string {
  return `docker.io/ownsignal/${service}:dev`;
}

/** What the services' images are based on where no registry can be reached: the pinned Node and the libraries it needs. */
export async function nodeBaseImage(): Promise<Image> {
  return scratchImage({
    name: "localhost/ownsignal/node:24",
    files: { "/usr/local/bin/node": join(ROOT, "node_modules/node/bin/node") },
    instructions: ["ENV PATH=/usr/local/bin"],
  });
}

/** The four images of this project, from its one Dockerfile. */
export async function serviceImages(): Promise<Image[]> {
  const base = await nodeBaseImage();
  await bundle();
  const dockerfile = join(ROOT, "Dockerfile");
  return buildImages(
    await Promise.all(
      SERVICES.map(async (service) => ({
        name: serviceImageName(service),
        dockerfile,
        context: join(ROOT, "dist"),
        target: service,
        buildArguments: { BASE: `oci-archive:${base.archive}` },
        key: await inputKey(
          [service, base.id],
          [dockerfile, ...[service, ...ON_DEMAND].map((name) => join(ROOT, "dist", `${name}.cjs`))],
        ),
      })),
    ),
  );
}
