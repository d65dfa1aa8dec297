import { globSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { busybox, INSTALL_BUSYBOX } from "../../scripts/images/examples.ts";
import type { Image } from "../../scripts/images/archive.ts";
import { SANDBOX_IMAGE } from "../../scripts/images/infrastructure.ts";
import { scratchImage } from "../../scripts/images/scratch.ts";
import { run } from "../../scripts/process/command.ts";
import { toolset } from "../../scripts/toolsets/toolsets.ts";

/** Debian's iptables loads these, and is one program that looks at the name by which it was started. */
const IPTABLES_EXTENSIONS = "/usr/lib/x86_64-linux-gnu/xtables";
const IPTABLES = "/usr/sbin/xtables-nft-multi";
const IPTABLES_NAMES = ["iptables", "ip6tables"].flatMap((name) => [name, `${name}-save`, `${name}-restore`]);

/**
 * Stands in for kindnetd on a cluster of one node: it writes the configuration from which containerd connects pods, and does nothing more.
 * It enforces no NetworkPolicies.
 */
const KINDNETD = `cat >/etc/cni/net.d/10-kindnet.conflist <<END
{ "cniVersion": "0.3.1", "name": "kindnet", "plugins": [
  { "type": "ptp", "ipMasq": true, "ipam": { "type": "host-local", "ranges": [[{ "subnet": "$POD_SUBNET" }]], "routes": [{ "dst": "0.0.0.0/0" }] } },
  { "type": "portmap", "capabilities": { "portMappings": true } } ] }
END
exec sleep 2147483647`;

/** What a kind node holds from the start, made of this machine's programs under the names that kubeadm and kind's manifests use. */
export async function preloadedImages(manifests: KindManifests): Promise<Image[]> {
  const kubernetes = await toolset("kubernetes");
  const names = await run(kubernetes.binary("kubeadm"), [
    ...["config", "images", "list", "--kubernetes-version", `v${kubernetes.version}`],
  ]);
  const images: Image[] = [];
  for (const name of names.split(/\s+/).filter((line) => line !== "" && !line.includes("/pause:"))) {
    images.push(await controlPlaneImage(name));
  }
  const pause = await toolset("pause");
  images.push(
    await scratchImage({
      name: SANDBOX_IMAGE,
      files: { "/pause": pause.binary("pause") },
      instructions: ["USER 65532:65532", 'ENTRYPOINT ["/pause"]'],
    }),
    ...(await networkAndStorageImages(manifests)),
  );
  return images;
}

async function controlPlaneImage(name: string): Promise<Image> {
  const program = /\/([a-z-]+):[^/]+$/.exec(name)?.[1] ?? name;
  const kubernetes = await toolset("kubernetes");
  switch (program) {
    case "etcd":
      return scratchImage({
        name,
        files: { "/usr/local/bin/etcd": (await toolset("etcd")).binary("server") },
        instructions: ["ENV PATH=/usr/local/bin"],
      });
    case "coredns":
      return scratchImage({
        name,
        files: { "/coredns": (await toolset("coredns")).binary("coredns") },
        instructions: ['ENTRYPOINT ["/coredns"]'],
      });
    case "kube-proxy":
      return scratchImage({
        name,
        files: {
          "/usr/local/bin/kube-proxy": kubernetes.binary("kube-proxy"),
          "/usr/sbin/conntrack": "/usr/sbin/conntrack",
          ...Object.fromEntries(globSync(`${IPTABLES_EXTENSIONS}/*.so`).map((library) => [library, library])),
          ...Object.fromEntries(IPTABLES_NAMES.map((command) => [`/usr/sbin/${command}`, IPTABLES])),
        },
        instructions: ["ENV PATH=/usr/local/bin:/usr/sbin"],
      });
    default:
      return scratchImage({
        name,
        files: { [`/usr/local/bin/${program}`]: kubernetes.binary(program) },
        instructions: ["ENV PATH=/usr/local/bin"],
      });
  }
}

async function networkAndStorageImages({ network, storage }: KindManifests): Promise<Image[]> {
  const provisioner = await toolset("local-path-provisioner");
  const shell = { "/bin/busybox": await busybox() };
  return [
    await scratchImage({
      name: imageIn(network, "kindnetd"),
      files: shell,
      instructions: [INSTALL_BUSYBOX, "ENV PATH=/bin", `CMD ${JSON.stringify(["sh", "-c", KINDNETD])}`],
    }),
    await scratchImage({
      name: imageIn(storage, "local-path-helper"),
      files: shell,
      instructions: [INSTALL_BUSYBOX, "ENV PATH=/bin"],
    }),
    await scratchImage({
      name: imageIn(storage, "local-path-provisioner"),
      files: { "/usr/local/bin/local-path-provisioner": provisioner.binary("local-path-provisioner") },
      instructions: ["ENV PATH=/usr/local/bin"],
    }),
  ];
}

function imageIn(manifest: string, name: string): string {
  const found = new RegExp(`docker\\.io/kindest/${name}:\\S+`).exec(manifest)?.[0];
  if (found === undefined) throw new Error(`kind's manifests name no image ${name}`);
  return found;
}

/** The manifests that kind applies to a new cluster: of its network, and of its storage. */
export interface KindManifests {
  network: string;
  storage: string;
}

/**
 * They are texts in kind's source, from where its own build writes them into a node image.
 * @param sources the folder `pkg/build/nodeimage` of kind's module.
 */
export async function kindManifests(sources: string): Promise<KindManifests> {
  const read = async (file: string): Promise<string> => {
    const source = await readFile(join(sources, file), "utf8");
    const constants = new Map(
      [...source.matchAll(/^const (\w+) = "([^"]+)"$/gm)].map(([, name = "", value = ""]) => [name, value]),
    );
    const text = /^const default\w+Manifest = `([^]*)`$/m.exec(source)?.[1];
    if (text === undefined) throw new Error(`${file} in ${sources} has no manifest where it was expected`);
    return text.replaceAll(/` \+ (\w+) \+ `/g, (_, name: string) => constants.get(name) ?? name);
  };
  return { network: await read("const_cni.go"), storage: await read("const_storage.go") };
}
