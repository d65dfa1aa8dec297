import { OWNER_LABEL } from "../../loadtest/observe/controllers.ts";
import { CommandError } from "../process/command.ts";
import { CliError } from "../process/cliError.ts";
import { DEV_NAMESPACE } from "../process/paths.ts";
import { say, step } from "../process/progress.ts";
import { deletableKinds, readObjects, titleOf, type Asked, type ClusterObject } from "./objects.ts";
import { leftOf } from "./left.ts";
import { isEmpty, planRemoval, type Contents, type RemovalPlan } from "./plan.ts";

const TIMEOUT_SECONDS = 180;
const NAMESPACES = [DEV_NAMESPACE, "keda"] as const;

/**
 * Removes what `up` and overlay dev made from a person's own cluster, and nothing else: first says what that is. Can be run again at any point.
 * @param confirmed whether it removes, or only says.
 */
export async function removeFrom(cluster: Asked, confirmed: boolean): Promise<void> {
  const plan = planRemoval(await step("reading what this project made", () => read(cluster)));
  for (const line of linesFor(plan)) say(line);
  if (isEmpty(plan)) return;
  if (!confirmed) {
    say("\nNothing was deleted. CLUSTER=existing ./scripts/down --yes deletes it.");
    return;
  }
  for (const [title, objects] of [
    ["deleting KEDA's objects of the deployment", plan.scaled],
    [`deleting the deployment in namespace ${DEV_NAMESPACE}`, plan.deployment],
    ["deleting KEDA and metrics-server", plan.controllers],
  ] as const) {
    if (objects.length > 0) await step(title, () => deleteAll(cluster, objects), "up to 3 min");
  }
}

async function read(cluster: Asked): Promise<Contents> {
  const kinds = await deletableKinds(cluster);
  const namespaced = await deletableKinds(cluster, true);
  const [label] = Object.entries(OWNER_LABEL).map(([name, value]) => `${name}=${value}`);
  const needing = kinds.filter((kind) => kind.endsWith(".keda.sh") || kind === "horizontalpodautoscalers.autoscaling");
  return {
    labelled: await readObjects(cluster, kinds, ["-A", "-l", label ?? ""]),
    inNamespaces: (
      await Promise.all(NAMESPACES.map((namespace) => readObjects(cluster, namespaced, ["-n", namespace])))
    ).flat(),
    namespaces: (await readObjects(cluster, ["namespaces"], [])).filter(({ metadata: { name } }) =>
      NAMESPACES.some((one) => one === name),
    ),
    dependents: await readObjects(cluster, needing, ["-A"]),
  };
}

function linesFor(plan: RemovalPlan): string[] {
  const removed = [...plan.scaled, ...plan.deployment, ...plan.controllers];
  return [
    removed.length === 0 ? "Nothing of this project's is on the cluster." : "To be deleted:",
    ...removed.map((object) => `  ${titleOf(object)}`),
    ...plan.kept.flatMap(({ what, reason, objects }) => [
      `Stays: ${what}, since ${reason}:`,
      ...objects.map((object) => `  ${titleOf(object)}`),
    ]),
  ];
}

/**
 * Deletes them and waits until they are gone, with all that they own: pods that are still ending would outlive the command, where no namespace goes with them.
 * A kind may be gone with its CustomResourceDefinition before its objects' turn; that is no failure.
 */
async function deleteAll(cluster: Asked, objects: readonly ClusterObject[]): Promise<void> {
  const list = listOf(objects);
  try {
    await cluster.kubectl(
      ["delete", "--ignore-not-found", "--cascade=foreground", `--timeout=${TIMEOUT_SECONDS}s`, "-f", "-"],
      list,
    );
  } catch (error) {
    if (!(error instanceof CommandError && error.output.includes("timed out"))) throw error;
    throw new CliError(
      [`not everything was gone after ${TIMEOUT_SECONDS} s:`, ...(await leftOf(cluster, list))].join("\n  "),
      "where an API does not answer, bring its server back (kubectl get apiservices shows which); where a finalizer holds an object, look at its controller; then run the same command again",
      { cause: error },
    );
  }
}

function listOf(objects: readonly ClusterObject[]): string {
  const items = objects.map(({ apiVersion, kind, metadata: { name, namespace } }) => ({
    apiVersion,
    kind,
    metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
  }));
  return JSON.stringify({ apiVersion: "v1", kind: "List", items });
}
