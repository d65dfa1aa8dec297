import { chooseProvider } from "./cluster/choose.ts";
import type { Cluster } from "./cluster/provider.ts";
import { installControllers } from "./controllers.ts";
import type { Image } from "./images/archive.ts";
import { serviceImages } from "./images/services.ts";
import { step } from "./progress.ts";
import { rollChangedImages } from "./rollout.ts";
import { ensureSecrets } from "./secrets.ts";

/**
 * Everything that a deployment needs and none of it: cluster, images, Secrets, KEDA, metrics-server. Can be run again at any
 * point, and then takes seconds.
 */
export async function prepare(): Promise<{ cluster: Cluster; images: Image[] }> {
  const provider = await chooseProvider();
  const cluster = await provider.up();
  const images = await step("building the images of api, validator, worker, servicebus-emulator", async () => {
    const built = await serviceImages();
    await cluster.loadImages(built);
    return built;
  });
  const authority = await step("making Secrets and certificates in namespace orders-dev", () => ensureSecrets(cluster));
  await step(
    "installing KEDA and metrics-server",
    () => installControllers(cluster, authority),
    "1 min the first time",
  );
  await rollChangedImages(cluster, images);
  return { cluster, images };
}
