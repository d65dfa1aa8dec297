import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SERVICES } from "../../../../scripts/images/bundle.ts";
import { pushImages, registryOf } from "../../../../scripts/images/registry.ts";
import { run } from "../../../../scripts/process/command.ts";
import { toolset } from "../../../../scripts/toolsets/toolsets.ts";

const DIGEST = `sha256:${"a".repeat(64)}`;

describe("images for a registry that REGISTRY names", () => {
  let cache: string;
  let executed: string[];
  let digests: (pushed: string) => string[];

  beforeEach(async () => {
    cache = await mkdtemp(join(tmpdir(), "ownsignal-registry-"));
    executed = [];
    digests = (pushed) => [`elsewhere.example/x@sha256:${"b".repeat(64)}`, `${pushed}@${DIGEST}`];
  });
  afterEach(async () => {
    await rm(cache, { recursive: true, force: true });
  });

  const push = (): ReturnType<typeof pushImages> =>
    pushImages(
      {
        execute: (command, args) => {
          executed.push([command, ...args].join(" "));
          const pushed = (args.at(-1) ?? "").replace(/:dev$/, "");
          return Promise.resolve(args[0] === "image" ? JSON.stringify(digests(pushed)) : "");
        },
        bundle: () => Promise.resolve(),
      },
      "registry.example:5000/team",
      cache,
    );

  test("are built, pushed, and named by digest in an overlay outside the checkout that renders", async () => {
    const overlay = await push();
    expect(executed.filter((line) => line.startsWith("docker push"))).toEqual(
      SERVICES.map((service) => `docker push registry.example:5000/team/${service}:dev`),
    );
    expect(overlay).toContain(cache);

    const rendered = await run((await toolset("kustomize")).binary("kustomize"), ["build", overlay]);
    const images = [...rendered.matchAll(/image: (\S*(?:ownsignal|team)\S*)/g)].map(([, image]) => image);
    expect(new Set(images)).toEqual(
      new Set(SERVICES.map((service) => `registry.example:5000/team/${service}@${DIGEST}`)),
    );
  });

  test("use the same overlay when pushed again", async () => {
    expect(await push()).toBe(await push());
  });

  test("are not deployed without the digest that the registry gave", async () => {
    digests = () => [];
    await expect(push()).rejects.toThrow("Docker knows no digest of registry.example:5000/team/api:dev");
  });

  test.each(["https://registry.example", "registry.example/", "registry.example/Team", "a b"])(
    "are not built for %s",
    (named) => {
      expect(() => registryOf(named)).toThrow(`REGISTRY=${named} cannot be the start of an image's name`);
    },
  );

  test("are built for a host, a port, a path", () => {
    for (const named of ["registry.example", "localhost:5000", "ghcr.io/some-one/orders"]) {
      expect(registryOf(named)).toBe(named);
    }
  });
});
