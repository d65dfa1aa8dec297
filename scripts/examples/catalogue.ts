import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import * as z from "zod";
import { causeIds, type CauseId } from "../../loadtest/model/cause.ts";
import { ROOT } from "../process/paths.ts";
import { CliError } from "../process/cliError.ts";
import { digestOf } from "../process/digest.ts";

/** The two that differ most and end soonest: an HPA on a resource under k6, and KEDA from zero under a command. */
export const GATE = ["podinfo-cpu", "redis-list"] as const;

/** What is applied: the example as it should be, or broken in one place. */
export const VARIANTS = ["manifests", "broken"] as const;
export type Variant = (typeof VARIANTS)[number];

/** A folder of `examples/`. */
export interface Example {
  name: string;
  folder: string;
  namespace: string;
  /** From the README: its heading. */
  title: string;
  load: "k6" | "command" | "job" | "none";
  /** What the proof of `broken` has to give as a cause. */
  expectedCause: CauseId;
  /** Of everything in the folder: another digest is another example. */
  digest: string;
}

const file = z.object({
  namespace: z.string(),
  loads: z.record(z.string(), z.looseObject({})),
});

/**
 * Reads every example.
 * @throws {CliError} for one that misses a part.
 */
export async function readExamples(folder = join(ROOT, "examples")): Promise<Example[]> {
  const names = (await readdir(folder, { withFileTypes: true })).filter((entry) => entry.isDirectory());
  const examples = await Promise.all(names.map(({ name }) => readExample(name, join(folder, name))));
  return examples.sort((one, other) => one.name.localeCompare(other.name));
}

/** The images that an example's manifests name. */
export async function imagesIn({ folder }: Pick<Example, "folder">): Promise<string[]> {
  const manifests = join(folder, "manifests");
  const texts = await Promise.all((await readdir(manifests)).map((name) => readFile(join(manifests, name), "utf8")));
  return texts.flatMap((text) => [...text.matchAll(/^\s*(?:- )?image: (\S+)$/gm)].map(([, image]) => image ?? ""));
}

async function readExample(name: string, folder: string): Promise<Example> {
  const text = (path: string): Promise<string> =>
    readFile(join(folder, path), "utf8").catch((error: unknown) => {
      throw new CliError(`examples/${name} has no ${path}`, "add it: every example has one", { cause: error });
    });
  const { namespace, loads } = file.parse(parse(await text("autoscaling.yaml")));
  const kinds = Object.values(loads).flatMap((load) =>
    (["k6", "command", "job", "none"] as const).filter((kind) => kind in load),
  );
  const [load] = kinds;
  if (load === undefined) throw new CliError(`examples/${name}/autoscaling.yaml has no load`, "declare one");
  return {
    name,
    folder,
    namespace,
    title: /^# (.+)$/m.exec(await text("README.md"))?.[1] ?? name,
    load,
    expectedCause: expectedCauseOf(await text("broken/kustomization.yaml"), name),
    digest: await digestOf(folder),
  };
}

function expectedCauseOf(kustomization: string, name: string): CauseId {
  const named = /^# expected cause: (\S+)$/m.exec(kustomization)?.[1];
  const known = causeIds.find((id) => id === named);
  if (known !== undefined) return known;
  throw new CliError(
    `examples/${name}/broken/kustomization.yaml names ${named === undefined ? "no cause" : `the cause ${named}, which there is not`}`,
    "begin it with `# expected cause: ID`, an id of loadtest/model/cause.ts",
  );
}
