import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Declaration } from "../../../../loadtest/declaration/declaration.ts";
import { readDeclaration } from "../../../../loadtest/declaration/readDeclaration.ts";
import { type InitFiles, initFiles } from "../../../../scripts/init/files.ts";
import { readNamespace } from "../../../../scripts/init/readNamespace.ts";
import { findingText } from "../../../../scripts/init/texts.ts";
import { type Answer, startFakeApiServer } from "../../loadtest/fakeApiServer.ts";
import { answersWith, type Objects } from "./objects.ts";

/** What `init` makes of these objects, read through the Kubernetes client. @param answers in the place of those. */
export async function filesOf(objects: Objects, answers: Record<string, Answer> = {}): Promise<InitFiles> {
  const server = await startFakeApiServer({ ...answersWith(objects), ...answers });
  try {
    return initFiles(await readNamespace(server.kubeConfig, "shop"), "autoscaling.yaml");
  } finally {
    await server.close();
  }
}

/** The declaration that the files make, which have to be right; they are left in the folder. */
export async function declared({ files }: InitFiles, folder: string): Promise<Declaration> {
  for (const { name, text } of files) writeFileSync(join(folder, name), text);
  const read = await readDeclaration(join(folder, "autoscaling.yaml"));
  expect(read.kind === "wrong" ? read.errors : []).toEqual([]);
  if (read.kind === "wrong") throw new Error("the file is wrong");
  return read.declaration;
}

export function textOf({ files }: InitFiles, name = "autoscaling.yaml"): string {
  return files.find((file) => file.name === name)?.text ?? "";
}

export function texts({ findings }: InitFiles): string[] {
  return findings.map(findingText);
}
