import * as z from "zod";
import { messageOf } from "../../src/shared/messageOf.ts";
import { CliError } from "../process/cliError.ts";
import type { Execute } from "../process/command.ts";
import { say } from "../process/progress.ts";

/** Older ones refuse the overlays: kustomize 5.4, which they need, came with it. */
const OLDEST_MINOR = 31;
const FIX = `install kubectl 1.${OLDEST_MINOR} or newer, best of the cluster's own minor version, and put it on PATH`;

const version = z.object({ gitVersion: z.string() });
const answer = z.object({ clientVersion: version, serverVersion: version.optional() });

/**
 * Checks the kubectl on PATH against what the overlays need.
 * @throws {CliError} when it does not run, or is too old.
 */
export async function requireKubectl(execute: Execute): Promise<void> {
  let printed: string;
  try {
    printed = await execute("kubectl", ["version", "--client", "--output", "json"]);
  } catch (error) {
    throw new CliError(`kubectl does not run: ${messageOf(error)}`, FIX, { cause: error });
  }
  const { gitVersion } = answer.parse(JSON.parse(printed)).clientVersion;
  const [major, minor] = minorOf(gitVersion);
  if (major < 1 || (major === 1 && minor < OLDEST_MINOR)) throw new CliError(`kubectl is too old: ${gitVersion}`, FIX);
}

/**
 * Says so where kubectl and the API server are further apart than Kubernetes supports: one minor version.
 * https://kubernetes.io/releases/version-skew-policy/#kubectl
 * @param kubectl runs it against the cluster.
 */
export async function noteVersionSkew(kubectl: (args: readonly string[]) => Promise<string>): Promise<void> {
  const { clientVersion, serverVersion } = answer.parse(JSON.parse(await kubectl(["version", "--output", "json"])));
  if (serverVersion === undefined) return;
  const [clientMajor, client] = minorOf(clientVersion.gitVersion);
  const [serverMajor, server] = minorOf(serverVersion.gitVersion);
  if (clientMajor === serverMajor && Math.abs(client - server) <= 1) return;
  say(
    `    kubectl ${clientVersion.gitVersion} is more than one minor version from the cluster's ${serverVersion.gitVersion}, which Kubernetes does not support: install kubectl 1.${server}`,
  );
}

function minorOf(gitVersion: string): readonly [major: number, minor: number] {
  const [, major = "0", minor = "0"] = /^v(\d+)\.(\d+)/.exec(gitVersion) ?? [];
  return [Number(major), Number(minor)];
}
