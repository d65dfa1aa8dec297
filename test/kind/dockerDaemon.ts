import { spawn } from "node:child_process";
import { once } from "node:events";
import { openSync, readFileSync } from "node:fs";
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { DebianPackage } from "../../scripts/images/debian.ts";
import { unpackedPackages } from "../../scripts/images/debian.ts";
import { run, succeeds } from "../../scripts/process/command.ts";
import { waitFor } from "../../scripts/process/waitFor.ts";

const DOCKER: DebianPackage = {
  name: "docker.io",
  version: "20.10.24+dfsg1-1+deb12u1+b6",
  sha256: "daf8ff8f7aa53e8533d38e386fcc2a11e8f3891210776fb78a84b98feb4eea0e",
};

/** The group of all its containers, apart from those of a Docker of the machine. */
export const CGROUP = "ownsignal-kind";
const CAP_SYS_RESOURCE = 24n;

/** The folders with Docker's programs, unpacked and not installed: nothing of the machine is changed. */
export async function dockerPrograms(): Promise<string[]> {
  const root = await unpackedPackages("docker", [DOCKER]);
  return [join(root, "usr/bin"), join(root, "usr/sbin")];
}

/**
 * Starts dockerd with everything of its own below a folder; to be called in a network namespace of its own, whose forwarding and firewall it changes.
 * Commands find it by DOCKER_HOST, which is set for this process.
 * @returns what ends it.
 */
export async function startDocker(folder: string): Promise<() => Promise<void>> {
  await mkdir(folder, { recursive: true });
  const socket = `unix://${join(folder, "docker.sock")}`;
  const log = join(folder, "dockerd.log");
  const dockerd = spawn(
    "setpriv",
    [
      // However this process ends, Docker ends with it, and its containers.
      ...["--pdeathsig", "TERM", "dockerd"],
      ...["--host", socket, "--data-root", join(folder, "data"), "--exec-root", join(folder, "exec")],
      ...["--pidfile", join(folder, "dockerd.pid"), "--storage-driver", "overlay2", "--cgroup-parent", `/${CGROUP}`],
      ...["--exec-opt", "native.cgroupdriver=cgroupfs"],
      ...(await runtimeOptions(folder)),
    ],
    { stdio: ["ignore", "ignore", openSync(log, "w")] },
  );
  process.env.DOCKER_HOST = socket;
  const ended = once(dockerd, "exit");
  await waitFor(
    async () => {
      if (dockerd.exitCode !== null) throw new Error(`dockerd ended: ${tailOf(log)}`);
      return (await succeeds("docker", ["info"])) ? true : undefined;
    },
    { timeoutMs: 120_000, overdue: () => new Error(`dockerd does not answer: ${tailOf(log)}`) },
  );
  return async () => {
    dockerd.kill();
    await ended;
  };
}

/** Docker asks for every capability where a container is privileged; where root lacks one, runc must not be asked for it. */
async function runtimeOptions(folder: string): Promise<string[]> {
  const bounding = /^CapBnd:\s*([0-9a-f]+)$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1] ?? "0";
  if (((BigInt(`0x${bounding}`) >> CAP_SYS_RESOURCE) & 1n) === 1n) return [];
  const wrapper = join(folder, "runc-without-sys-resource");
  await writeFile(
    wrapper,
    `#!/bin/bash
previous=
for word in "$@"; do
  case "$previous" in --bundle | -b) file=$word/config.json ;; --process | -p) file=$word ;; *) file= ;; esac
  [ -n "$file" ] && sed -i -e 's/"CAP_SYS_RESOURCE",//g' -e 's/,"CAP_SYS_RESOURCE"//g' "$file"
  previous=$word
done
exec ${(await run("bash", ["-c", "command -v runc"])).trim()} "$@"
`,
  );
  await chmod(wrapper, 0o755);
  return ["--add-runtime", `limited=${wrapper}`, "--default-runtime", "limited"];
}

function tailOf(file: string): string {
  return readFileSync(file, "utf8").split("\n").slice(-15).join("\n");
}
