import { join } from "node:path";
import { toolset, versionOf } from "../toolsets/toolsets.ts";
import type { Image } from "./archive.ts";
import { unpackedPackages, type DebianPackage } from "./debian.ts";
import { scratchImage } from "./scratch.ts";

const BUSYBOX: DebianPackage = {
  name: "busybox-static",
  version: "1:1.35.0-4+deb12u1+b1",
  sha256: "3d3fdbe91d4660c873e14b092c213fe81c1da6362daa236eb25d0171eb108744",
};

/** Erlang, as far as RabbitMQ depends on it, directly or not. */
const ERLANG_VERSION = "1:25.2.3+dfsg-1+deb12u4";
const ERLANG = (
  [
    ["erlang-asn1", "a35e1f628f9ee52616be4a00560f9a9a8a0ba484b1b1e1b02696325d0c32ec41"],
    ["erlang-base", "71731cddaf081836028de905052c69135a4d288fa804fdae5982ea83bf5b8b61"],
    ["erlang-crypto", "130d7dd83071a2ec545ba1c4f2e9e77be847554b7c04316a870b2e11b5e30e39"],
    ["erlang-eldap", "7fc71b7b4156cd9662bb38ff0f2b423d97d257c092f010902302d684299ed466"],
    ["erlang-ftp", "c89fce672fede2d01f6a2bbce7d38f167cd689d6f109ff28ba098ffb6e2d6040"],
    ["erlang-inets", "068079f01742b9ebe457ba7285910a2d5c6d8c61895c076fcaaf7ff752548815"],
    ["erlang-mnesia", "94b059c51c41db8b3592e6a070b9341112da4c084d5642c1abffb5069cc642ac"],
    ["erlang-os-mon", "5257825484519284e1fca4a23de511ef30e92f329f14f7aae853c6c5883d1a8b"],
    ["erlang-parsetools", "1a5660cec4ee2a480391d5d7e55e8b4cc49ee05284d34fe6a38327089b6f947f"],
    ["erlang-public-key", "37cb5fcaafa3745918d65c6bafc66a161069944d996074996762697b93128031"],
    ["erlang-runtime-tools", "0bbb1db788ecb8b004470c39ae76a07ceec4c28aa519e548ade1d22781833f6b"],
    ["erlang-ssl", "98c91964be7a4c7f8be1f05ce12318e9dc7aa268ea2814e495c3d0dd54f8a2fe"],
    ["erlang-syntax-tools", "b0b955b477d0a83c39dd96af53053f90d426d110cae6c452fd5b17f4c4dacf4f"],
    ["erlang-tftp", "4e507c0fbbd2dab3fc063efc4c15d398431d0f58033bbb1267c226abee095c13"],
    ["erlang-tools", "d36612337928437f2ce5bbeebb4bc1013449db8e8efb65affec265039ee4d267"],
    ["erlang-xmerl", "9948872c1e4cfa34cfb273643e02c97acde54a14573cd607aeee6568a29bdc1e"],
  ] as const
).map(([name, sha256]): DebianPackage => ({ name, version: ERLANG_VERSION, sha256 }));

const RABBITMQ: DebianPackage = {
  name: "rabbitmq-server",
  version: "3.10.8-1.1+deb12u1",
  sha256: "b88e03a102134e3dbc1ba563e6f678eec29a500a933c00c68c71b45b778cd5b0",
};
/** Where the packages leave it. */
const RABBITMQ_HOME = "/usr/lib/rabbitmq/lib/rabbitmq_server-3.10.8";
const ERTS = "/usr/lib/erlang/erts-13.1.5/bin";

/** Gives every program of busybox its name, as the image of the same name in the registry has them. */
export const INSTALL_BUSYBOX = 'RUN ["/bin/busybox", "--install", "-s", "/bin"]';

/** The images that `examples/` names and the cluster does not have yet, under the names that a registry knows them by, each made only where it is asked for. */
const IMAGES: Readonly<Record<string, (name: string) => Promise<Image>>> = {
  [`ghcr.io/stefanprodan/podinfo:${versionOf("podinfo")}`]: async (name) =>
    scratchImage({
      name,
      files: { "/home/app/podinfo": (await toolset("podinfo")).binary("podinfo") },
      instructions: ["WORKDIR /home/app", "USER 100:101", 'CMD ["./podinfo"]'],
    }),
  "docker.io/library/busybox:1.35.0": async (name) =>
    scratchImage({ name, files: { "/bin/busybox": await busybox() }, instructions: [INSTALL_BUSYBOX, 'CMD ["sh"]'] }),
  // Of Alpine's variant, what the examples use: a shell and redis-cli.
  "docker.io/library/redis:7.0.15-alpine": async (name) =>
    scratchImage({
      name,
      files: { "/bin/busybox": await busybox(), "/usr/local/bin/redis-cli": "/usr/bin/redis-cli" },
      instructions: [INSTALL_BUSYBOX, "ENV PATH=/usr/local/bin:/bin", "USER 999:999", 'CMD ["sh"]'],
    }),
  "docker.io/library/rabbitmq:3.10.8-management": rabbitmq,
};

/**
 * Those of the named images that are made here: what they hold is Debian's, except podinfo, which is built from its Go module.
 * @param named as manifests name them; others come with the cluster.
 */
export async function exampleImages(named: readonly string[]): Promise<Image[]> {
  const images: Image[] = [];
  for (const name of new Set(named)) {
    const image = await IMAGES[name]?.(name);
    if (image !== undefined) images.push(image);
  }
  return images;
}

/** The path of a static busybox. */
export async function busybox(): Promise<string> {
  return join(await unpackedPackages("busybox", [BUSYBOX]), "bin/busybox");
}

/** RabbitMQ with its management plugin, as the registry's `-management` variant has it enabled. */
async function rabbitmq(name: string): Promise<Image> {
  const root = await unpackedPackages("rabbitmq", [...ERLANG, RABBITMQ]);
  const here = (path: string): [string, string] => [path, join(root, path)];
  return scratchImage({
    name,
    files: {
      "/bin/busybox": await busybox(),
      ...Object.fromEntries([
        here("/usr/lib/erlang"),
        here(RABBITMQ_HOME),
        // Named once more, since libraries come along with programs and not with folders.
        here(`${ERTS}/beam.smp`),
        here(`${ERTS}/epmd`),
        here("/usr/lib/erlang/lib/crypto-5.1.2/priv/lib/crypto.so"),
        here("/usr/lib/erlang/lib/asn1-5.0.21/priv/lib/asn1rt_nif.so"),
      ]),
    },
    instructions: [
      INSTALL_BUSYBOX,
      "RUN mkdir -p /etc/rabbitmq/conf.d /var/lib/rabbitmq /var/log/rabbitmq",
      "RUN echo '[rabbitmq_management].' > /etc/rabbitmq/enabled_plugins",
      "RUN echo 'rabbitmq:x:999:999::/var/lib/rabbitmq:/bin/sh' >> /etc/passwd",
      "RUN chown -R 999:999 /etc/rabbitmq /var/lib/rabbitmq /var/log/rabbitmq",
      `ENV PATH=${RABBITMQ_HOME}/sbin:/usr/lib/erlang/bin:/bin HOME=/var/lib/rabbitmq LANG=C.UTF-8 RABBITMQ_LOGS=-`,
      "USER 999:999",
      'CMD ["rabbitmq-server"]',
    ],
  });
}
