import { setTimeout as sleep } from "node:timers/promises";
import { embedded } from "../../scripts/cluster/embedded/embedded.ts";
import { enforceNetworkPolicies } from "../../scripts/cluster/embedded/networkPolicies.ts";
import type { Cluster } from "../../scripts/cluster/provider.ts";
import { ofKind } from "../../scripts/manifests/manifest.ts";
import { DEV_NAMESPACE, DEV_OVERLAY } from "../../scripts/process/paths.ts";
import { say } from "../../scripts/process/progress.ts";
import { allowedFlows } from "../manifests/support/networkPolicies.ts";
import { render } from "../support/render.ts";
import { attemptsAround, flowOf, livePartiesOf, passing, type Attempt, type LiveParty } from "./parties.ts";
import { ELSEWHERE, strangers } from "./strangers.ts";

/** What kube-router takes to see a change and write its rules, on a busy machine. */
const SYNC_TIMEOUT_MS = 120_000;
/** KEDA keeps one worker while this annotation stands, so that there is one to send from and to. */
const ONE_WORKER = "autoscaling.keda.sh/paused-replicas";

const overlay = render(DEV_OVERLAY);
let cluster: Cluster;
let endEnforcement: () => Promise<void> = () => Promise.resolve();
let parties: LiveParty[];
let attempts: Attempt[];
let all: string[];
let allowed: string[];

const annotateWorker = (annotation: string): Promise<string> =>
  cluster.kubectl(["-n", DEV_NAMESPACE, "annotate", "--overwrite", "scaledobject/worker", annotation]);

/** Sends again until exactly these flows get through; the last result is what is asserted. */
async function settled(expected: readonly string[]): Promise<string[]> {
  const deadline = Date.now() + SYNC_TIMEOUT_MS;
  for (;;) {
    const passed = await passing(attempts);
    if (JSON.stringify(passed) === JSON.stringify(expected) || Date.now() > deadline) return passed;
    await sleep(1_000);
  }
}

beforeAll(async () => {
  cluster = await embedded.attach();
  await cluster.kubectl(["apply", "-k", DEV_OVERLAY]);
  await cluster.kubectl(["apply", "-f", "-"], JSON.stringify({ apiVersion: "v1", kind: "List", items: strangers() }));
  await annotateWorker(`${ONE_WORKER}=1`);
  for (const namespace of [DEV_NAMESPACE, ELSEWHERE]) {
    await cluster.kubectl(["-n", namespace, "wait", "--for=create", "pod", "-l", "app", "--timeout=60s"]);
  }
  await cluster.kubectl(["-n", DEV_NAMESPACE, "wait", "--for=create", "pod", "-l", "service=worker", "--timeout=60s"]);
  for (const namespace of [DEV_NAMESPACE, ELSEWHERE]) {
    await cluster.kubectl(["-n", namespace, "wait", "--for=condition=Ready", "pod", "--all", "--timeout=180s"]);
  }
  parties = await livePartiesOf(cluster);
  attempts = attemptsAround(DEV_NAMESPACE, parties);
  all = attempts.map(flowOf).sort();
  allowed = allowedFlows(overlay, parties).filter((flow) => all.includes(flow));
  say(`${parties.length} pods and machines, ${all.length} flows of which the policies allow ${allowed.length}`);
});

afterAll(async () => {
  await endEnforcement();
  await cluster.kubectl(["apply", "-k", DEV_OVERLAY]);
  await annotateWorker(`${ONE_WORKER}-`);
  const objects = JSON.stringify({ apiVersion: "v1", kind: "List", items: strangers() });
  await cluster.kubectl(["delete", "--ignore-not-found", "--timeout=120s", "-f", "-"], objects);
});

test("without enforcement every flow gets through, so that whoever does not answer is no evidence", async () => {
  expect(await settled(all)).toEqual(all);
});

test("the policies both allow and forbid flows of every pod of the namespace", () => {
  const own = parties.filter(({ namespace }) => namespace === DEV_NAMESPACE).map(({ name }) => name);
  const forbidden = all.filter((flow) => !allowed.includes(flow));
  for (const name of own) {
    expect(forbidden.filter((flow) => flow.startsWith(`${name} →`))).not.toEqual([]);
    expect(forbidden.filter((flow) => flow.includes(`→ ${name} `))).not.toEqual([]);
  }
  expect(allowed.length).toBeGreaterThan(own.length);
});

test("enforced, exactly the flows get through that the policies allow", async () => {
  endEnforcement = await enforceNetworkPolicies();
  expect(await settled(allowed)).toEqual(allowed);
});

test("with the policies removed every flow gets through: what was refused, a policy refused", async () => {
  await cluster.kubectl(["-n", DEV_NAMESPACE, "delete", "networkpolicies", "--all"]);
  expect(await settled(all)).toEqual(all);
});

test.each(ofKind(overlay, "NetworkPolicy").map(({ metadata }) => metadata.name))(
  "with policy %s removed, exactly the flows get through that the others allow",
  async (name) => {
    await cluster.kubectl(["apply", "-k", DEV_OVERLAY]);
    await cluster.kubectl(["-n", DEV_NAMESPACE, "delete", "networkpolicy", name]);
    const without = overlay.filter(({ kind, metadata }) => kind !== "NetworkPolicy" || metadata.name !== name);
    const left = allowedFlows(without, parties).filter((flow) => all.includes(flow));
    expect(left).not.toEqual(allowed);
    expect(await settled(left)).toEqual(left);
  },
);

test("enforcement ended, nothing of it is left and every flow gets through", async () => {
  await endEnforcement();
  endEnforcement = () => Promise.resolve();
  expect(await settled(all)).toEqual(all);
});
