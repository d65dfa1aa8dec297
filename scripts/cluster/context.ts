import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { ApiException, KubeConfig, VersionApi } from "@kubernetes/client-node";
import { messageOf } from "../../src/shared/messageOf.ts";
import { CliError } from "../process/cliError.ts";
import { run } from "../process/command.ts";
import { dialService } from "./dialService.ts";
import type { ReachedCluster } from "./provider.ts";

const KUBECONFIG_FIX = "let KUBECONFIG name yours";

/**
 * The person's own kubeconfig, at one of its contexts.
 * @param context undefined for its current one.
 * @throws {CliError} when there is no kubeconfig, or no such context.
 */
export function kubeConfigWith(context: string | undefined): KubeConfig {
  const files = (process.env.KUBECONFIG ?? "").split(":").filter((file) => file !== "");
  const named = files.length > 0 ? files.join(", ") : join(homedir(), ".kube/config");
  // Without a file the client would take an address of its own making.
  if (files.length === 0 && !existsSync(named)) {
    const asked = context === undefined ? "" : `--context ${context}: `;
    throw new CliError(`${asked}there is no kubeconfig ${named}`, KUBECONFIG_FIX);
  }
  const kubeConfig = new KubeConfig();
  try {
    kubeConfig.loadFromDefault();
  } catch (error) {
    throw new CliError(`the kubeconfig ${named} cannot be read: ${messageOf(error)}`, KUBECONFIG_FIX, {
      cause: error,
    });
  }
  const contexts = kubeConfig.getContexts().map(({ name }) => name);
  // Undefined where the file has no such key, whatever the client's types say.
  const chosen = (context ?? kubeConfig.getCurrentContext()) as string | undefined;
  if (chosen === undefined || !contexts.includes(chosen)) {
    const nameless = chosen === undefined || chosen === "";
    throw new CliError(
      nameless ? `${named} has no current context` : `there is no context "${chosen}" in ${named}`,
      contexts.length === 0 ? "it has none" : `it has ${contexts.join(", ")}`,
    );
  }
  kubeConfig.setCurrentContext(chosen);
  return kubeConfig;
}

/**
 * The cluster of a context, which is a person's own. Nothing is changed.
 * @throws {CliError} when there is no such context, or the cluster does not answer.
 */
export async function attachToContext(named: string | undefined): Promise<ReachedCluster> {
  const kubeConfig = kubeConfigWith(named);
  const context = kubeConfig.getCurrentContext();
  await requireAnswer(kubeConfig, context);
  return {
    kubeconfig: undefined,
    context,
    kubectl: (args, input) => run("kubectl", ["--context", context, ...args], input === undefined ? {} : { input }),
    dialService: (namespace, service, port) => dialService(kubeConfig, { namespace, service, port }),
  };
}

/** Who may read nothing but their own namespace gets a 403 here, which is an answer too. */
async function requireAnswer(kubeConfig: KubeConfig, context: string): Promise<void> {
  try {
    await kubeConfig.makeApiClient(VersionApi).getCode();
  } catch (error) {
    if (!(error instanceof ApiException)) {
      throw new CliError(
        `the cluster of context ${context} does not answer: ${messageOf(error)}`,
        "choose a context that answers: --context NAME",
        { cause: error },
      );
    }
    if (error.code === 403) return;
    // The exception's own message holds every header of the answer.
    throw new CliError(
      `the API server of context ${context} answers ${error.code} when it is asked for its version`,
      error.code === 401 ? "log in again, or choose another context: --context NAME" : "choose another: --context NAME",
      { cause: error },
    );
  }
}
