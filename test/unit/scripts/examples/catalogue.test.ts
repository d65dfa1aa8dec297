import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { GATE, imagesIn, readExamples, VARIANTS } from "../../../../scripts/examples/catalogue.ts";
import { digestOf } from "../../../../scripts/process/digest.ts";

const examples = await readExamples();
const work = await mkdtemp(join(tmpdir(), "examples-"));
afterAll(() => rm(work, { recursive: true }));

test("there are eight, with every kind of load, and the gate's are among them", () => {
  expect(examples).toHaveLength(8);
  expect(new Set(examples.map(({ load }) => load))).toEqual(new Set(["k6", "command", "job", "none"]));
  expect(examples.map(({ name }) => name)).toEqual(expect.arrayContaining([...GATE]));
});

test("an example's images are those that its manifests name", async () => {
  const named = async (name: string): Promise<string[]> => {
    const example = examples.find((one) => one.name === name);
    return [...new Set(example === undefined ? [] : await imagesIn(example))].sort();
  };
  expect(await named("podinfo-cpu")).toEqual(["ghcr.io/stefanprodan/podinfo:6.9.2"]);
  expect(await named("redis-list")).toEqual([
    "docker.io/library/redis:7.0.15-alpine",
    "docker.io/library/redis:7.0.15-bookworm",
  ]);
});

describe.each(examples)("$name", ({ name, folder, namespace }) => {
  test("has a namespace of its own, which the runner may delete", async () => {
    expect(namespace).toBe(`example-${name}`);
    const manifest = await readFile(join(folder, "manifests/namespace.yaml"), "utf8");
    expect(manifest).toContain(`name: ${namespace}\n`);
    expect(manifest).toContain("app.kubernetes.io/part-of: ownsignal-examples");
    expect(await readFile(join(folder, "manifests/kustomization.yaml"), "utf8")).toContain(`namespace: ${namespace}\n`);
  });

  test("has a control that must not scale, and both variants", async () => {
    expect(await readFile(join(folder, "autoscaling.yaml"), "utf8")).toContain("mustNotScale: [control]");
    for (const variant of VARIANTS) await readFile(join(folder, variant, "kustomization.yaml"));
  });

  test("has no TypeScript, and a README of at most 15 lines", async () => {
    const files = await readdir(folder, { recursive: true });
    expect(files.filter((path) => path.endsWith(".ts"))).toEqual([]);
    expect((await readFile(join(folder, "README.md"), "utf8")).trimEnd().split("\n").length).toBeLessThanOrEqual(15);
  });
});

test.each([
  ["# expected cause: no-such-cause\n", "names the cause no-such-cause, which there is not"],
  ["resources: [../manifests]\n", "names no cause"],
])("a broken variant that begins with %j is rejected", async (kustomization, message) => {
  const root = await mkdtemp(join(work, "root-"));
  const folder = join(root, "one");
  await mkdir(join(folder, "broken"), { recursive: true });
  await writeFile(join(folder, "README.md"), "# One\n");
  await writeFile(join(folder, "autoscaling.yaml"), "namespace: one\nloads: { wait: { none: 1s } }\n");
  await writeFile(join(folder, "broken/kustomization.yaml"), kustomization);
  await expect(readExamples(root)).rejects.toThrow(message);
});

test("the digest follows content and path", async () => {
  const folder = await mkdtemp(join(work, "digest-"));
  await writeFile(join(folder, "a"), "1");
  const first = await digestOf(folder);
  await writeFile(join(folder, "a"), "2");
  const second = await digestOf(folder);
  await rm(join(folder, "a"));
  await writeFile(join(folder, "b"), "2");
  expect(new Set([first, second, await digestOf(folder)]).size).toBe(3);
});
