import type { Cluster } from "../../scripts/cluster/provider.ts";
import { broken as changed, type Manifest } from "../../scripts/manifests/manifest.ts";
import { baselineOn } from "../../scripts/mutants/trial.ts";
import { apply, prepareVariant, type Rendered } from "../../scripts/mutants/variant.ts";
import { DEV_NAMESPACE, DEV_OVERLAY } from "../../scripts/process/paths.ts";
import { rolledOut } from "../../scripts/setup/rolledOut.ts";
import type { Change } from "../manifests/support/changes.ts";
import { IN_OTHER_NAMESPACE, OTHER_NAMESPACE, VARIATIONS } from "../manifests/support/variations.ts";
import { awaitRollouts, copyOf, copySecrets, settledFindings, unlessRefused, writeOverlay } from "./deployed.ts";

/** What Helm's chart calls KEDA's adapter. */
const HELM_ADAPTER = "keda-operator-metrics-apiserver";

let cluster: Cluster;
let baseline: readonly Rendered[];

beforeAll(async () => {
  // The certificates' library, which the embedded cluster uses, wants this before it.
  await import("@abraham/reflection");
  const { chooseProvider } = await import("../../scripts/cluster/choose.ts");
  cluster = await (await chooseProvider()).attach();
  baseline = await baselineOn(cluster);
  await deployBaseline();
});

afterAll(deployBaseline);

async function deployBaseline(): Promise<void> {
  await apply(cluster, baseline);
  await awaitRollouts(cluster, baseline);
  expect(await settledFindings(cluster, DEV_OVERLAY, exactly([]))).toEqual([]);
}

function objectsOf(change: Change): Rendered[] {
  return changed(baseline as unknown as Manifest[], change);
}

/** Exactly these findings, in whatever order. */
function exactly(expected: readonly string[]): (found: readonly string[]) => boolean {
  return (found) => JSON.stringify(found) === JSON.stringify([...expected].sort());
}

/** These errors; what the cluster makes of them may be found beside them. */
function errorsIn(expected: readonly string[]): (found: readonly string[]) => boolean {
  return (found) => expected.every((one) => found.includes(one));
}

const inPlace = VARIATIONS.filter(
  ({ sound, renderedOnly }) => renderedOnly === undefined && sound.name !== IN_OTHER_NAMESPACE,
);

describe.each(inPlace)("$sound.name", ({ sound, broken }) => {
  async function deployed(change: Change, look: (overlay: string) => Promise<void>): Promise<void> {
    const objects = objectsOf(change);
    const variant = await prepareVariant(cluster, baseline, objects);
    const { difference } = variant;
    try {
      await unlessRefused(async () => {
        await variant.deploy();
        await awaitRollouts(cluster, [...difference.added, ...difference.changed.map(({ other }) => other)]);
      });
      await look(await writeOverlay(objects));
    } finally {
      await variant.restore();
      await awaitRollouts(cluster, [...difference.removed, ...difference.changed.map((pair) => pair.baseline)]);
    }
  }

  test("the doctor finds nothing but what is listed", () =>
    deployed(sound.change, async (overlay) => {
      const found = await settledFindings(cluster, overlay, exactly(sound.findings));
      expect(found).toEqual([...sound.findings].sort());
    }));

  test(`the doctor finds the errors of its broken twin: ${broken.name}`, () =>
    deployed(broken.change, async (overlay) => {
      const found = await settledFindings(cluster, overlay, errorsIn(broken.findings));
      expect(found).toEqual(expect.arrayContaining([...broken.findings]));
    }));
});

describe(IN_OTHER_NAMESPACE, () => {
  const [{ sound, broken } = { sound: undefined, broken: undefined }] = VARIATIONS.filter(
    (one) => one.sound.name === IN_OTHER_NAMESPACE,
  );

  afterAll(() => cluster.kubectl(["delete", "namespace", OTHER_NAMESPACE, "--ignore-not-found", "--timeout=300s"]));

  test("the doctor finds nothing there, and the errors of its broken twin", async () => {
    if (sound === undefined) throw new Error(`the variations lack ${IN_OTHER_NAMESPACE}`);
    const objects = objectsOf(sound.change);
    await apply(
      cluster,
      objects.filter(({ kind }) => kind === "Namespace"),
    );
    await copySecrets(cluster, DEV_NAMESPACE, OTHER_NAMESPACE);
    await apply(cluster, objects);
    await awaitRollouts(cluster, objects);
    const found = await settledFindings(cluster, await writeOverlay(objects), exactly(sound.findings));
    expect(found).toEqual(sound.findings);

    const twin = objectsOf(broken.change);
    await apply(cluster, twin);
    const errors = await settledFindings(cluster, await writeOverlay(twin), errorsIn(broken.findings));
    expect(errors).toEqual(expect.arrayContaining([...broken.findings]));
  });
});

describe("KEDA's adapter under the name that Helm gives it", () => {
  let namespace: string;
  let restore: (() => Promise<void>) | undefined;

  beforeAll(async () => {
    const { kedaOn } = await import("../../scripts/mutants/byHand.ts");
    const { adapter, namespace: of } = await kedaOn(cluster);
    namespace = of;
    const name = adapter.metadata?.name ?? "";
    const live = JSON.parse(
      await cluster.kubectl(["-n", namespace, "get", "deployment", name, "-o", "json"]),
    ) as Parameters<typeof copyOf>[0];
    restore = async () => {
      await apply(cluster, [copyOf(live, { namespace })]);
      await rolledOut(cluster, namespace, `deployment/${name}`);
      await cluster.kubectl(["-n", namespace, "delete", "deployment", HELM_ADAPTER, "--ignore-not-found"]);
    };
    await apply(cluster, [copyOf(live, { namespace, name: HELM_ADAPTER })]);
    await rolledOut(cluster, namespace, `deployment/${HELM_ADAPTER}`);
    await cluster.kubectl(["-n", namespace, "delete", "deployment", name]);
  });

  afterAll(() => restore?.());

  test("the doctor finds nothing", async () => {
    expect(await settledFindings(cluster, DEV_OVERLAY, exactly([]))).toEqual([]);
  });

  test("the doctor finds the error of its broken twin: it has no pod", async () => {
    await cluster.kubectl(["-n", namespace, "scale", `deployment/${HELM_ADAPTER}`, "--replicas=0"]);
    const expected = ["ERROR keda-deployment-unavailable"];
    expect(await settledFindings(cluster, DEV_OVERLAY, errorsIn(expected))).toEqual(expect.arrayContaining(expected));
  });
});
