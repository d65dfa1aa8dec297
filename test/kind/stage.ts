import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { NODE } from "../../scripts/cluster/kind/clusterConfig.ts";
import { kind, KIND_TOOLS } from "../../scripts/cluster/kind/kind.ts";
import { CommandError, run, succeeds } from "../../scripts/process/command.ts";
import { DEV_NAMESPACE, ROOT } from "../../scripts/process/paths.ts";
import { say, step } from "../../scripts/process/progress.ts";
import { runInherited } from "../../scripts/process/runInherited.ts";
import { runMain } from "../../scripts/process/runMain.ts";
import { waitFor } from "../../scripts/process/waitFor.ts";
import { dockerPrograms, startDocker } from "./dockerDaemon.ts";
import { nodeImage } from "./nodeImage.ts";
import { CHANGE_API, importImages, stagePath } from "./stageTools.ts";

/** The default ones, and one that ends a worker by a signal from outside its container. */
const PROOFS = [[], ["--scenario", "scale-in-under-load"]];
const UP = [join(import.meta.dirname, "up.ts"), "--deploy"];
const INTERRUPTED = 130;
const FIRST_METRICS_MS = 180_000;

/** The checks, in a namespace of mounts and of networks that run.ts made: they build on one another, and the first that fails ends them. */
await runMain(async () => {
  const [folder = ""] = process.argv.slice(2);
  await makePlace();
  process.env.PATH = [...(await dockerPrograms()), ...(await stagePath()), process.env.PATH].join(delimiter);
  process.env.CLUSTER = "kind";
  const stopDocker = await step("starting a Docker of its own", () => startDocker(join(folder, "docker")));
  try {
    await step("giving it the node image", async () => importImages(await nodeImage(), folder), "1 min");
    await interruptedUp();
    await up();
    await secondUp();
    await doctorFindsNothing();
    await changedImageRolls();
    await stoppedNodeComesBack();
    for (const options of PROOFS) {
      await passes(["prove", ...options].join(" "), "prove", "--namespace", DEV_NAMESPACE, ...options);
    }
    await down();
    say("\nkind: every check passed");
    return 0;
  } finally {
    await run("bash", ["-c", "docker ps --all --quiet | xargs --no-run-if-empty docker rm --force --volumes"]);
    await stopDocker();
  }
});

/** Containerd's shims have their files elsewhere then. */
async function makePlace(): Promise<void> {
  await mkdir("/run/containerd", { recursive: true });
  await run("mount", ["-t", "tmpfs", "tmpfs", "/run/containerd"]);
  await run("ip", ["link", "set", "lo", "up"]);
}

/** The commands themselves: their scripts would look for npm packages, and there is no network. */
async function passes(title: string, name: string, ...args: string[]): Promise<void> {
  await ends(title, [commandFile(name), ...args]);
}

/** The HPA has no metrics for its first minute or two, which the doctor says; what it finds after that stays. */
async function doctorFindsNothing(): Promise<void> {
  await waitFor(async () => ((await succeeds(process.execPath, [commandFile("doctor")])) ? true : undefined), {
    timeoutMs: FIRST_METRICS_MS,
    overdue: () => new Error("the doctor still finds something; `CLUSTER=kind ./scripts/doctor` says what"),
  }).catch(async (error: unknown) => {
    await runInherited("doctor", process.execPath, [commandFile("doctor")]);
    throw error;
  });
  await passes("doctor", "doctor");
}

function commandFile(name: string): string {
  return join(ROOT, "scripts/commands", `${name}.ts`);
}

async function up(environment: NodeJS.ProcessEnv = {}): Promise<void> {
  await ends("up", UP, environment);
}

/** Says how long it took as well, which README's table of requirements has. */
async function ends(title: string, args: readonly string[], environment: NodeJS.ProcessEnv = {}): Promise<void> {
  const began = Date.now();
  assert.equal(await runInherited(title, process.execPath, args, environment), 0, `${title} failed`);
  say(`    ${title}: ${Math.round((Date.now() - began) / 1000)} s`);
}

/** SIGINT while kind makes the node: what it leaves must not be in the way of the next up. */
async function interruptedUp(): Promise<void> {
  say("==> up, interrupted while kind creates the cluster");
  const child = spawn(process.execPath, UP, { stdio: ["ignore", "inherit", "inherit"] });
  const ended = once(child, "exit");
  await waitFor(async () => ((await isRunning()) ? true : undefined), {
    timeoutMs: 300_000,
    overdue: () => new Error("kind made no node within 300 s"),
  });
  child.kill("SIGINT");
  assert.deepEqual(await ended, [INTERRUPTED, null]);
  assert.ok(await isRunning(), "the node that was being made is gone: nothing was interrupted");
}

async function isRunning(): Promise<boolean> {
  return (await run("docker", ["ps", "--quiet", "--filter", `name=^${NODE}$`])) !== "";
}

async function secondUp(): Promise<void> {
  const before = await nodeId();
  const pods = await podNames();
  await up();
  assert.equal(await nodeId(), before, "a second up made another node");
  // Only fewer: the worker, which a Deployment starts with, is scaled to 0 meanwhile.
  const made = (await podNames()).filter((name) => !pods.includes(name));
  assert.deepEqual(made, [], "a second up replaced pods");
}

async function changedImageRolls(): Promise<void> {
  const before = await podNames("api");
  await up({ [CHANGE_API]: "1" });
  const after = await podNames("api");
  assert.ok(
    after.length > 0 && after.every((name) => !before.includes(name)),
    `pods of the old image run: ${after.join(", ")}`,
  );
}

async function stoppedNodeComesBack(): Promise<void> {
  const before = await nodeId();
  await step("stopping the node", () => run("docker", ["stop", NODE]));
  await up({ [CHANGE_API]: "1" });
  assert.equal(await nodeId(), before);
  await doctorFindsNothing();
  const api = await (await kind.attach()).dialService(DEV_NAMESPACE, "api", 80);
  await waitFor(() => answerOf(`http://${api.host}:${api.port}/api/v1/orders/none`), {
    timeoutMs: 120_000,
    overdue: () => new Error("the API does not answer at its published port after the node's start"),
  });
}

/** The status of an answer, whatever it is; undefined where nobody gives one. */
async function answerOf(url: string): Promise<number | undefined> {
  return fetch(url).then(
    ({ status }) => status,
    () => undefined,
  );
}

async function down(): Promise<void> {
  await passes("down", "down");
  for (const list of [
    ["ps", "--all", "--quiet"],
    ["volume", "ls", "--quiet"],
  ]) {
    assert.equal(await run("docker", list), "", `down left what \`docker ${list.join(" ")}\` shows`);
  }
  assert.ok(!existsSync(KIND_TOOLS.kubeconfig), "down left the kubeconfig");
  await passes("down again", "down");
  const doctor = await run(process.execPath, [commandFile("doctor")]).catch((error: unknown) => error);
  assert.ok(doctor instanceof CommandError, "the doctor finds a cluster after down");
}

async function nodeId(): Promise<string> {
  return run("docker", ["inspect", "--format", "{{.Id}}", NODE]);
}

/** Those that stay: a pod that is being deleted may take its grace period to end. */
async function podNames(service?: string): Promise<string[]> {
  const cluster = await kind.attach();
  const selector = service === undefined ? [] : ["--selector", `service=${service}`];
  const names = await cluster.kubectl([
    ...["-n", DEV_NAMESPACE, "get", "pods", ...selector, "--field-selector=status.phase=Running"],
    ...["-o", "go-template={{range .items}}{{if not .metadata.deletionTimestamp}}{{.metadata.name}} {{end}}{{end}}"],
  ]);
  return names
    .split(" ")
    .filter((name) => name !== "")
    .sort();
}
