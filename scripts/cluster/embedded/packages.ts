import { existsSync } from "node:fs";
import { run } from "../../process/command.ts";
import { CliError } from "../../process/cliError.ts";
import { messageOf } from "../../../src/shared/messageOf.ts";
import { step } from "../../process/progress.ts";

/** A program or file, and the Debian package that brings it. */
const NEEDED: readonly (readonly [path: string, debianPackage: string])[] = [
  ["/usr/bin/containerd", "containerd"],
  ["/usr/sbin/runc", "runc"],
  ["/usr/lib/cni/bridge", "containernetworking-plugins"],
  ["/usr/sbin/iptables", "iptables"],
  ["/usr/sbin/conntrack", "conntrack"],
  ["/usr/bin/buildah", "buildah"],
  ["/usr/bin/redis-check-rdb", "redis-tools"],
  ["/usr/bin/redis-cli", "redis-tools"],
  ["/usr/sbin/ip", "iproute2"],
  ["/usr/bin/nsenter", "util-linux"],
  ["/usr/sbin/sysctl", "procps"],
  ["/usr/bin/ldd", "libc-bin"],
];

/**
 * Installs the Debian packages whose files are missing.
 * @throws {CliError} where there is no apt-get, or it fails.
 */
export async function installPackages(
  needed: readonly (readonly [path: string, debianPackage: string])[] = NEEDED,
): Promise<void> {
  const missing = new Set<string>();
  for (const [path, debianPackage] of needed) {
    if (!existsSync(path)) missing.add(debianPackage);
  }
  if (missing.size === 0) return;
  const packages = [...missing].sort();
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  await step(`installing Debian packages: ${packages.join(" ")}`, async () => {
    try {
      await run("apt-get", ["update", "-q"], { env });
      await run("apt-get", ["install", "-q", "-y", "--no-install-recommends", ...packages], { env });
    } catch (error) {
      throw new CliError(
        `apt-get could not install ${packages.join(" ")}: ${messageOf(error)}`,
        "install these packages by hand, or use a cluster that you have: CLUSTER=existing",
        { cause: error },
      );
    }
  });
}
