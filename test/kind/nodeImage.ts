import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { existsSync, openSync, readFileSync } from "node:fs";
import { appendFile, chmod, cp, mkdir, readdir, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { Image } from "../../scripts/images/archive.ts";
import { unpackedPackages, type DebianPackage } from "../../scripts/images/debian.ts";
import { withWorkFolder } from "../../scripts/process/cache.ts";
import { run, succeeds } from "../../scripts/process/command.ts";
import { CACHE } from "../../scripts/process/paths.ts";
import { step } from "../../scripts/process/progress.ts";
import { waitFor } from "../../scripts/process/waitFor.ts";
import { toolset } from "../../scripts/toolsets/toolsets.ts";
import { kindManifests, preloadedImages } from "./preloadedImages.ts";

const DEBOOTSTRAP: DebianPackage = {
  name: "debootstrap",
  version: "1.0.128+nmu2+deb12u2",
  sha256: "63f354316e9bbe747b143b7b0d83e5f237c90314a17734fba9ff202c2ef02760",
};

/** Of the packages that kind's Dockerfile installs, those that this project's manifests come to use; containerd, runc and the plugins are Debian's. */
const PACKAGES = [
  ...["systemd", "conntrack", "iptables", "nftables", "iproute2", "ethtool", "kmod", "pigz", "ca-certificates"],
  ...["curl", "jq", "procps", "containerd", "runc", "containernetworking-plugins"],
];
/** What kind's Dockerfile takes out, so that systemd starts only what a node needs. */
const UNWANTED_UNITS = [
  ...["lib/systemd/system/multi-user.target.wants/*", "etc/systemd/system/*.wants/*"],
  ...["lib/systemd/system/local-fs.target.wants/*", "lib/systemd/system/basic.target.wants/*"],
  ...["lib/systemd/system/sockets.target.wants/*udev*", "lib/systemd/system/sockets.target.wants/*initctl*"],
  "lib/systemd/system/sysinit.target.wants/systemd-tmpfiles-setup.service",
];

/** A file system for `docker import`, and the lines of a Dockerfile that make it an image. */
export interface NodeImage {
  archive: string;
  instructions: readonly string[];
}

const INSTRUCTIONS = [
  // systemd ends on this signal; on SIGTERM it would start anew.
  "STOPSIGNAL SIGRTMIN+3",
  "ENV container=docker PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
  'ENTRYPOINT ["/usr/local/bin/entrypoint", "/sbin/init"]',
];

/**
 * A node image as kind's own build makes it, of Debian's packages, the Kubernetes of the tool set, and kind's files from its Go module:
 * for machines that reach no registry. Kept in the cache.
 */
export async function nodeImage(): Promise<NodeImage> {
  const kind = await toolset("kind");
  const files = kind.kept("images/base/files");
  const manifests = await kindManifests(kind.kept("pkg/build/nodeimage"));
  const images = await preloadedImages(manifests);
  const key = createHash("sha256")
    .update(JSON.stringify([kind.key, PACKAGES, images.map(({ name, id }) => [name, id])]))
    .update(await readFile(import.meta.filename))
    .digest("hex")
    .slice(0, 16);
  const archive = join(CACHE, "kind-node", `${key}.tar`);
  if (!existsSync(archive)) {
    await step("making a node image for kind", () => build(archive, files, manifests, images), "4 min");
    await removeOthers(archive);
  }
  return { archive, instructions: INSTRUCTIONS };
}

async function build(
  archive: string,
  files: string,
  manifests: { network: string; storage: string },
  images: readonly Image[],
): Promise<void> {
  await withWorkFolder(async (work) => {
    const root = join(work, "root");
    await installDebian(root);
    await copyKindFiles(files, root);
    await installKubernetes(root);
    await mkdir(join(root, "kind/manifests"), { recursive: true });
    await writeFile(join(root, "kind/manifests/default-cni.yaml"), manifests.network);
    await writeFile(join(root, "kind/manifests/default-storage.yaml"), manifests.storage);
    await preload(root, images);
    const finished = join(work, "node.tar");
    await run("tar", ["--create", "--numeric-owner", "--xattrs", "--file", finished, "--directory", root, "."]);
    await mkdir(dirname(archive), { recursive: true });
    await rename(finished, archive);
  });
}

async function installDebian(root: string): Promise<void> {
  const unpacked = await unpackedPackages("debootstrap", [DEBOOTSTRAP]);
  await run(
    join(unpacked, "usr/sbin/debootstrap"),
    ["--variant=minbase", `--include=${PACKAGES.join(",")}`, "bookworm", root],
    { env: { DEBOOTSTRAP_DIR: join(unpacked, "usr/share/debootstrap") } },
  );
  await rm(join(root, "var/cache/apt/archives"), { recursive: true, force: true });
  for (const pattern of UNWANTED_UNITS) await run("bash", ["-c", `rm -f ${join(root, pattern)}`]);
  await appendFile(join(root, "etc/systemd/journald.conf"), "ReadKMsg=no\n");
  await rm(join(root, "sbin/init"), { force: true });
  await symlink("/usr/lib/systemd/systemd", join(root, "sbin/init"));
}

async function copyKindFiles(files: string, root: string): Promise<void> {
  await cp(files, root, { recursive: true });
  for (const folder of ["usr/local/bin", "kind/bin"]) {
    for (const program of await readdir(join(root, folder))) await chmod(join(root, folder, program), 0o755);
  }
  // Debian's programs where kind's unit files and entrypoint expect its own.
  for (const program of ["containerd", "ctr", "containerd-shim-runc-v2"]) {
    await symlink(`/usr/bin/${program}`, join(root, "usr/local/bin", program));
  }
  await symlink("/usr/sbin/runc", join(root, "usr/local/sbin/runc"));
  await mkdir(join(root, "opt/cni"), { recursive: true });
  await symlink("/usr/lib/cni", join(root, "opt/cni/bin"));

  const config = join(root, "etc/containerd/config.toml");
  // Where root lacks CAP_SYS_RESOURCE, a container that asks for a lower score than its parent's cannot start.
  await writeFile(
    config,
    (await readFile(config, "utf8")).replace("restrict_oom_score_adj = false", "restrict_oom_score_adj = true"),
  );
  const specification = JSON.parse(await run("chroot", [root, "ctr", "oci", "spec"])) as {
    hooks?: object;
    process: { rlimits?: unknown };
  };
  delete specification.process.rlimits;
  specification.hooks = { createContainer: [{ path: "/kind/bin/mount-product-files.sh" }] };
  await writeFile(join(root, "etc/containerd/cri-base.json"), JSON.stringify(specification));
  const systemctl = [root, "systemctl"];
  await run("chroot", [...systemctl, "enable", "kubelet", "containerd", "undo-mount-hacks"]);
  await run("chroot", [...systemctl, "mask", "systemd-binfmt"]);
}

async function installKubernetes(root: string): Promise<void> {
  const kubernetes = await toolset("kubernetes");
  const crictl = await toolset("crictl");
  for (const program of ["kubeadm", "kubelet", "kubectl"].map((name) => kubernetes.binary(name))) {
    await cp(program, join(root, "usr/bin", basename(program)));
  }
  await cp(crictl.binary("crictl"), join(root, "usr/local/bin/crictl"));
  await mkdir(join(root, "etc/kubernetes/manifests"), { recursive: true });
  await writeFile(join(root, "kind/version"), `v${kubernetes.version}`);
  // Of cgroup v1 this kubelet wants to be told that it is meant.
  if (!existsSync("/sys/fs/cgroup/cgroup.controllers")) {
    await appendFile(join(root, "etc/default/kubelet"), " --fail-cgroupv1=false");
  }
}

/** Puts the images into the node's own containerd, without unpacking them, as kind's build does. */
async function preload(root: string, images: readonly Image[]): Promise<void> {
  const folder = join(root, "preload");
  await mkdir(folder);
  const socket = "/preload/containerd.sock";
  const ctr = [root, "ctr", "--address", socket, "--namespace", "k8s.io"];
  const containerd = spawn("chroot", [root, "containerd", "--address", socket, "--state", "/preload/state"], {
    stdio: ["ignore", "ignore", openSync(join(folder, "log"), "w")],
  });
  const ended = once(containerd, "exit");
  try {
    await waitFor(async () => ((await succeeds("chroot", [...ctr, "version"])) ? true : undefined), {
      timeoutMs: 60_000,
      overdue: () => new Error(`containerd did not start: ${readFileSync(join(folder, "log"), "utf8")}`),
    });
    for (const { archive } of images) {
      await cp(archive, join(folder, "image.tar"));
      await run("chroot", [...ctr, "images", "import", "--no-unpack", "/preload/image.tar"]);
    }
  } finally {
    containerd.kill();
    await ended;
  }
  await rm(folder, { recursive: true });
}

async function removeOthers(archive: string): Promise<void> {
  for (const file of await readdir(dirname(archive))) {
    if (file !== basename(archive)) await rm(join(dirname(archive), file));
  }
}
