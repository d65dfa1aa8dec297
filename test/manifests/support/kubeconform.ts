import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as z from "zod";
import { CommandError, run } from "../../../scripts/process/command.ts";
import { schemaLocation } from "../../../scripts/schemas/schemas.ts";
import type { KubernetesMinor } from "../../../scripts/setup/controllers/versions.ts";
import { toolset } from "../../../scripts/toolsets/toolsets.ts";
import type { Manifest } from "../../../scripts/manifests/manifest.ts";

const report = z.object({
  resources: z.array(
    z.object({ filename: z.string(), kind: z.string(), name: z.string(), status: z.string(), msg: z.string() }),
  ),
});

/** What kubeconform made of some objects. */
export interface Conformance {
  valid: number;
  /** `<name of the set>: <kind> <name>: <what is wrong>`, a kind without a schema included. */
  findings: string[];
}

/** Validates sets of objects, by name, against the schemas of a Kubernetes minor and of KEDA; fields that these do not name are wrong. */
export async function conformanceOf(
  minor: KubernetesMinor,
  sets: Readonly<Record<string, readonly Manifest[]>>,
): Promise<Conformance> {
  const kubeconform = await toolset("kubeconform");
  const names = Object.keys(sets);
  const folder = await mkdtemp(join(tmpdir(), "ownsignal-kubeconform-"));
  try {
    for (const [index, objects] of Object.values(sets).entries()) {
      const documents = objects.map((object) => JSON.stringify(object)).join("\n---\n");
      await writeFile(join(folder, `${index}.yaml`), documents);
    }
    const printed = await printedBy(kubeconform.binary("kubeconform"), [
      ...["-strict", "-output", "json", "-verbose", "-schema-location", await schemaLocation(minor)],
      folder,
    ]);
    const { resources } = report.parse(JSON.parse(printed));
    const findings = resources
      .filter(({ status }) => status !== "statusValid")
      .map(({ filename, kind, name, msg }) => {
        const index = Number(/(\d+)\.yaml$/.exec(filename)?.[1]);
        return `${names[index] ?? filename}: ${kind} ${name}: ${msg}`;
      });
    return { valid: resources.length - findings.length, findings };
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** It leaves with 1 when something is invalid, which is an answer all the same. */
async function printedBy(command: string, args: readonly string[]): Promise<string> {
  try {
    return await run(command, args);
  } catch (error) {
    if (error instanceof CommandError && error.exitCode === 1 && error.output.startsWith("{")) return error.output;
    throw error;
  }
}
