import { makeServerCertificate } from "./certificates.ts";
import { clearLeftovers } from "./cache.ts";
import { chooseProvider } from "./cluster/choose.ts";
import type { Cluster } from "./cluster/provider.ts";
import { installControllers } from "./controllers.ts";
import type { Image } from "./images/archive.ts";
import { SERVICES } from "./build.ts";
import { serviceImageName, serviceImages } from "./images/services.ts";
import { say, step } from "./progress.ts";
import { rollChangedImages } from "./rollout.ts";
import { ensureSecrets } from "./secrets.ts";

/**
 * Everything that a deployment needs and none of it: cluster, images, Secrets, KEDA, metrics-server. Can be run again at any
 * point, and then takes seconds.
 */
export async function prepare(): Promise<{ cluster: Cluster; images: Image[] }> {
  const provider = await chooseProvider();
  await clearLeftovers();
  const cluster = await provider.up();
  const images = await ownImages(cluster);
  const authority = await step("making Secrets and certificates in namespace orders-dev", () =>
    ensureSecrets(cluster, makeServerCertificate),
  );
  await step(
    "installing KEDA and metrics-server",
    () => installControllers(cluster, authority),
    "1 min the first time",
  );
  await rollChangedImages(cluster, images);
  return { cluster, images };
}

/** The images of this checkout, loaded into the cluster; none where the nodes get them elsewhere. */
async function ownImages(cluster: Cluster): Promise<Image[]> {
  const { loadImages } = cluster;
  if (loadImages === undefined) {
    const names = SERVICES.map((service) => `  ${serviceImageName(service)}`);
    say(
      [
        "The nodes of your cluster must be able to get these images; see Dockerfile for how to build them:",
        ...names,
      ].join("\n"),
    );
    return [];
  }
  return step("building the images of api, validator, worker, servicebus-emulator", async () => {
    const built = await serviceImages();
    await loadImages(built);
    return built;
  });
}
