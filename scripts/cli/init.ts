import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { KubeConfig } from "@kubernetes/client-node";
import { messageOf } from "../../src/shared/messageOf.ts";
import { attachToContext } from "../cluster/context.ts";
import { kubeConfigOf } from "../cluster/kubeConfig.ts";
import { type InitFile, type InitFiles, initFiles } from "../init/files.ts";
import type { Found } from "../init/found.ts";
import { elsewhereText, readNamespace } from "../init/readNamespace.ts";
import { findingText } from "../init/texts.ts";
import { CliError } from "../process/cliError.ts";
import { commandLine } from "../process/commandLine.ts";
import { say } from "../process/progress.ts";
import { INIT_HELP, type InitRequest, parseInitOptions } from "./initOptions.ts";

/** `ownsignal init`. @throws {CliError} where nothing was written: the file exists, nothing scales there, or it cannot be read. */
export async function runInit(args: readonly string[]): Promise<number> {
  const request = parseInitOptions(args);
  if (request === undefined) {
    process.stdout.write(INIT_HELP);
    return 0;
  }
  if (!request.force && existsSync(request.out)) throw exists(request.out);
  const kubeConfig = kubeConfigOf(await attachToContext(request.context));
  const ofContext = kubeConfig.getContextObject(kubeConfig.getCurrentContext())?.namespace;
  const found = await readNamespace(kubeConfig, request.namespace ?? ofContext ?? "default");
  const made = initFiles(found, request.out);
  for (const finding of made.findings) say(`WARN  ${findingText(finding)}`);
  if (made.files.length === 0) throw await nothingScales(kubeConfig, found, made);
  const folder = dirname(request.out);
  const kept: string[] = [];
  for (const [index, file] of made.files.entries()) {
    const path = join(folder, file.name);
    const isWritten = await write(path, file, request.force);
    // The declaration comes first, and nothing is written beside one that somebody else has made meanwhile.
    if (!isWritten && index === 0) throw exists(path);
    if (!isWritten) kept.push(file.name);
    process.stdout.write(`${path}: ${isWritten ? file.about : "exists, left as it is"}\n`);
  }
  process.stdout.write(
    nextSteps(
      request,
      made.unwritten.filter((file) => !kept.includes(file)),
    ),
  );
  return made.findings.length === 0 ? 0 : 1;
}

/** @returns whether it was written: without force nothing is that exists. @throws {CliError} where it cannot be. */
async function write(path: string, { text }: InitFile, force: boolean): Promise<boolean> {
  try {
    await mkdir(dirname(path), { recursive: true });
  } catch (error) {
    throw notWritten(path, error);
  }
  try {
    await writeFile(path, text, { flag: force ? "w" : "wx" });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw notWritten(path, error);
  }
}

function notWritten(path: string, error: unknown): CliError {
  return new CliError(`${path} cannot be written: ${messageOf(error)}`, "name another file: --out FILE", {
    cause: error,
  });
}

function exists(path: string): CliError {
  return new CliError(`${path} exists`, "write another file: --out FILE, or over it and its loads: --force");
}

async function nothingScales(kubeConfig: KubeConfig, found: Found, { scalables }: InitFiles): Promise<CliError> {
  const { namespace, deployments, statefulSets } = found;
  if (scalables.length > 0) {
    return new CliError(
      `nothing in namespace ${namespace} can scale: ${scalables.map(({ object }) => object).join(", ")} may not have more replicas than without load`,
      "raise maxReplicas or maxReplicaCount",
    );
  }
  const here = `it has ${deployments.length} Deployments and ${statefulSets.length} StatefulSets`;
  return new CliError(
    `nothing scales in namespace ${namespace}: no HorizontalPodAutoscaler or ScaledObject names what is there; ${here}${await elsewhereText(kubeConfig, namespace)}`,
    "name another namespace: --namespace NAME",
  );
}

function nextSteps({ out, context }: InitRequest, unwritten: readonly string[]): string {
  const options = [...["-f", out], ...(context === undefined ? [] : ["--context", context])];
  const prove = `  ${commandLine("ownsignal", ["prove", ...options])}\n`;
  if (unwritten.length === 0) return `\nNext:\n${prove}`;
  return `\nNext, write ${unwritten.map((file) => join(dirname(out), file)).join(", ")}, then:\n${prove}`;
}
