import { setTimeout as delay } from "node:timers/promises";
import * as z from "zod";
import type { Cluster } from "../../scripts/cluster/provider.ts";
import { rolledOut } from "../../scripts/setup/rolledOut.ts";
import type { Settings } from "./results.ts";

export const KEDA_NAMESPACE = "keda";
const OPERATOR = "keda-operator";
const LEASE = "operator.keda.sh";
const LONGEST_SECONDS = 60;

/** What is recommended for many ScaledObjects; KEDA's own are 20, 30 and 5. */
export const RECOMMENDED = { qps: 100, burst: 200, reconciles: 20 } as const;
const FLAGS = ["--kube-api-qps", "--kube-api-burst"];
const RECONCILES = "KEDA_SCALEDOBJECT_CTRL_MAX_RECONCILES";

const container = z.looseObject({
  args: z.array(z.string()).default([]),
  env: z.array(z.looseObject({ name: z.string() })).default([]),
});
type Container = Pick<z.infer<typeof container>, "args" | "env">;
const deployment = z.object({
  spec: z.object({ template: z.object({ spec: z.object({ containers: z.tuple([container]) }) }) }),
});

/** The operator's container with these settings, whatever it has of them now. */
export function withSettings({ args, env }: Container, settings: Settings): Container {
  const others = {
    args: args.filter((arg) => !FLAGS.some((flag) => arg.startsWith(`${flag}=`))),
    env: env.filter(({ name }) => name !== RECONCILES),
  };
  if (settings === "default") return others;
  const { qps, burst, reconciles } = RECOMMENDED;
  return {
    args: [...others.args, `--kube-api-qps=${qps}`, `--kube-api-burst=${burst}`],
    env: [...others.env, { name: RECONCILES, value: String(reconciles) }],
  };
}

/** Gives KEDA's operator these settings, and waits until it runs with them. */
export async function setOperator(cluster: Cluster, settings: Settings): Promise<void> {
  const { spec } = deployment.parse(
    JSON.parse(await cluster.kubectl(["-n", KEDA_NAMESPACE, "get", "deployment", OPERATOR, "-o", "json"])),
  );
  const changed = withSettings(spec.template.spec.containers[0], settings);
  const patch = Object.entries(changed).map(([field, value]) => ({
    op: "add",
    path: `/spec/template/spec/containers/0/${field}`,
    value,
  }));
  await cluster.kubectl([
    "-n",
    KEDA_NAMESPACE,
    "patch",
    "deployment",
    OPERATOR,
    "--type=json",
    "-p",
    JSON.stringify(patch),
  ]);
  await rolledOut(cluster, KEDA_NAMESPACE, `deployment/${OPERATOR}`);
  await leading(cluster);
}

/** Waits until the operator's own pod holds the lease: until then it scales nothing. @throws {Error} where it does not within a minute. */
async function leading(cluster: Cluster): Promise<void> {
  const deadlineMs = Date.now() + LONGEST_SECONDS * 1000;
  for (;;) {
    const pods = await cluster.kubectl([
      "-n",
      KEDA_NAMESPACE,
      "get",
      "pods",
      "-l",
      `app=${OPERATOR}`,
      "-o",
      "jsonpath={.items[*].metadata.name}",
    ]);
    const holder = await cluster.kubectl([
      "-n",
      KEDA_NAMESPACE,
      "get",
      "lease",
      LEASE,
      "-o",
      "jsonpath={.spec.holderIdentity}",
    ]);
    if (isHeldBy(holder, pods.split(" "))) return;
    if (Date.now() > deadlineMs) throw new Error(`${holder} holds the lease ${LEASE}, which is no pod of ${OPERATOR}`);
    await delay(1000);
  }
}

/** @param holder a pod's name, `_` and what makes it unique. @param pods there may be no other: one that is being replaced may hold it still. */
export function isHeldBy(holder: string, pods: readonly string[]): boolean {
  const [only, another] = pods;
  return only !== undefined && another === undefined && holder.startsWith(`${only}_`);
}
