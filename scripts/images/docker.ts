import { join } from "node:path";
import { SERVICES, type ServiceName } from "./bundle.ts";
import type { Execute } from "../process/command.ts";
import { ROOT } from "../process/paths.ts";

/** What building takes; a test gives its own. */
export interface Builder {
  execute: Execute;
  /** Leaves in `dist/` one file a service, and what they load on demand. */
  bundle: () => Promise<void>;
}

/** Builds the images of all services with Docker, from the one Dockerfile, each under the name that `nameOf` gives it. */
export async function buildWithDocker(
  { execute, bundle }: Builder,
  nameOf: (service: ServiceName) => string,
): Promise<void> {
  await bundle();
  for (const service of SERVICES) {
    await execute("docker", [
      ...["build", "--file", join(ROOT, "Dockerfile"), "--target", service],
      ...["--tag", nameOf(service), join(ROOT, "dist")],
    ]);
  }
}
