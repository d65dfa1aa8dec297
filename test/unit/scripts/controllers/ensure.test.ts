import type { Cluster } from "../../../../scripts/cluster/provider.ts";
import { messageOf } from "../../../../src/shared/messageOf.ts";
import { foundControllers } from "../../../../scripts/setup/controllers/discover.ts";
import { ensureControllers } from "../../../../scripts/setup/controllers/ensure.ts";
import { HELM, keda, METRICS_SERVER, OURS, RELEASE_MANIFEST, recorded } from "./recorded.ts";

const OUR_METRICS_SERVER = METRICS_SERVER.replaceAll(
  "labels: { k8s-app",
  "labels: { app.kubernetes.io/managed-by: ownsignal, k8s-app",
);

/** What kubectl is told to do that could change the cluster; a server-side dry run changes nothing. */
async function changesOn(
  yaml: readonly string[],
  authorities = ["CA"],
  answer: (args: readonly string[]) => string | undefined = () => undefined,
): Promise<string[]> {
  const changes: string[] = [];
  const cluster = {
    kubectl: (args: readonly string[]) => {
      const reads = ["get", "wait", "kustomize", "rollout"].some((verb) => args.includes(verb));
      if (!reads && !args.includes("--dry-run=server")) changes.push(args.join(" "));
      return Promise.resolve(answer(args) ?? "");
    },
    controllers: { keda: "/keda", metricsServer: "/metrics", components: { keda: ["keda"], metricsServer: [] } },
  } as unknown as Cluster;
  const sources = authorities.map((text) => ({ kind: "ConfigMap" as const, name: "authorities", texts: [text] }));
  const found = foundControllers(recorded(yaml), "v1.36.3");
  await ensureControllers(cluster, found, "CA", () => Promise.resolve(sources)).catch((error: unknown) => {
    changes.push(messageOf(error));
  });
  return changes;
}

const FORCED = "apply --server-side --force-conflicts -f -";
const NOT_FORCED = "apply --server-side -f -";

test.each([
  ["a release manifest's", RELEASE_MANIFEST],
  ["a Helm release's in namespace autoscaling", HELM],
])("a KEDA that is there is neither replaced nor patched nor given a ConfigMap: %s", async (_whose, way) => {
  expect(await changesOn([keda(way), METRICS_SERVER])).toEqual([]);
});

test("a KEDA that does not trust the bus stays as it is, and up says so", async () => {
  expect(await changesOn([keda(HELM), METRICS_SERVER], [])).toEqual([
    "KEDA does not trust the bus: Deployment keda-operator in namespace autoscaling mounts no authority at /custom/ca",
  ]);
});

test("on an empty cluster both are installed, taking over no field of another manager's", async () => {
  const changes = await changesOn([]);
  expect(changes.filter((change) => change === NOT_FORCED)).toHaveLength(2);
  expect(changes.filter((change) => change.includes("annotate --overwrite"))).toHaveLength(2);
});

test("this project's own are brought to the declared state", async () => {
  const changes = await changesOn([keda(OURS), OUR_METRICS_SERVER]);
  // The authority's ConfigMap, KEDA, metrics-server.
  expect(changes.filter((change) => change === FORCED)).toHaveLength(3);
});

describe("what bears the mark of this installation", () => {
  const DEPLOYMENTS = ["keda-operator", "keda-metrics-apiserver", "keda-admission", "metrics-server"];
  /** The marks are those that an installation has set. */
  async function changesWith(there: readonly string[]): Promise<string[]> {
    const marks = (await changesOn([])).flatMap((change) => {
      const [, name, mark] = /annotate --overwrite deployment (\S+) \S+=(\S+)$/.exec(change) ?? [];
      return name === undefined || mark === undefined ? [] : [[name, mark] as const];
    });
    expect(marks).toHaveLength(2);
    return changesOn([keda(OURS), OUR_METRICS_SERVER], ["CA"], (args) => {
      if (args.includes("deployments")) return there.join(" ");
      return marks.find(([name]) => args.includes("get") && args.includes(name))?.[1];
    });
  }

  test("is left alone where all of it is there", async () => {
    expect((await changesWith(DEPLOYMENTS)).filter((change) => change.includes("annotate"))).toEqual([]);
  });

  test("is applied again where one of its Deployments is gone", async () => {
    const changes = await changesWith(DEPLOYMENTS.filter((name) => name !== "keda-admission"));
    expect(changes.filter((change) => change.includes("annotate"))).toEqual([
      expect.stringContaining("deployment keda-operator"),
    ]);
  });
});

test("metrics-server is installed beside somebody's KEDA, and KEDA beside somebody's metrics-server", async () => {
  const beside = async (yaml: string): Promise<string[]> =>
    (await changesOn([yaml])).filter((change) => change.includes("annotate"));
  expect(await beside(keda(HELM))).toEqual([expect.stringContaining("-n kube-system annotate")]);
  expect(await beside(METRICS_SERVER)).toEqual([expect.stringContaining("-n keda annotate")]);
});
