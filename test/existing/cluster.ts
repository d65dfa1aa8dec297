import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { CommandError, run } from "../../scripts/process/command.ts";
import { ROOT } from "../../scripts/process/paths.ts";

/** What runMain leaves with after SIGINT. */
export const INTERRUPTED = 130;

interface Ended {
  exitCode: number | null;
  /** Both streams in one: findings are on one, progress is on the other. */
  said: string;
}

/** Runs a command of this checkout, such as `up`, for the cluster that `CLUSTER=` names. */
export async function command(name: string, cluster: string, ...args: string[]): Promise<Ended> {
  const script = [join(ROOT, "scripts", name), ...args].join(" ");
  try {
    return { exitCode: 0, said: await run("bash", ["-c", `${script} 2>&1`], { env: { CLUSTER: cluster } }) };
  } catch (error) {
    if (error instanceof CommandError) return { exitCode: error.exitCode, said: error.output };
    throw error;
  }
}

/** As {@link command}, with SIGINT as soon as it says this: what it left must not be in the way of the next. */
export async function interrupted(at: string, name: string, cluster: string, ...args: string[]): Promise<Ended> {
  const child = spawn("bash", ["-c", 'exec "$0" "$@" 2>&1', join(ROOT, "scripts", name), ...args], {
    stdio: ["ignore", "pipe", "ignore"],
    env: { ...process.env, CLUSTER: cluster },
  });
  const ended = once(child, "close");
  let said = "";
  let isSent = false;
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    said += text;
    if (isSent || !said.includes(at)) return;
    isSent = true;
    child.kill("SIGINT");
  });
  const [exitCode] = (await ended) as [number | null];
  return { exitCode, said };
}

/** They take KEDA away and put it back: no cluster but the one that can be made anew. */
export async function requireEmbedded(): Promise<void> {
  const context = (await run("kubectl", ["config", "current-context"])).trim();
  if (!context.endsWith("@ownsignal"))
    throw new Error(`KUBECONFIG is to name the embedded cluster, and names ${context}`);
}

/** The names of all objects of these kinds that bear a label, as `kind/name`. */
export async function labelled(kinds: string, label: string): Promise<string[]> {
  const printed = await run("kubectl", ["get", kinds, "-A", "-l", label, "--ignore-not-found", "-o", "name"]);
  return printed.split("\n").filter((name) => name !== "");
}

/** Brings the deployment of overlay dev up and waits for its workloads; the worker has no replica without messages. */
export async function deployDev(): Promise<void> {
  await run("kubectl", ["apply", "-k", join(ROOT, "kustomize/overlays/dev")]);
  for (const workload of ["statefulset/cache", "statefulset/servicebus-emulator", "deployment/api"]) {
    await run("kubectl", ["-n", "orders-dev", "rollout", "status", workload, "--timeout=300s"]);
  }
}
