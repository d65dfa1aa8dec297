import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Cluster } from "../../scripts/cluster/provider.ts";
import { baselineOn, tryOne } from "../../scripts/mutants/trial.ts";
import type { Rendered } from "../../scripts/mutants/variant.ts";
import { CATALOGUE } from "../../scripts/mutants/catalogue.ts";

/** The cheap ones of the catalogue that take a cluster; all of it is `npm run test:mutants`. */
const QUICK = ["wrong-queue", "keda-wrong-key"];

let cluster: Cluster;
let baseline: readonly Rendered[];
let outDir: string;

beforeAll(async () => {
  // The certificates' library, which the embedded cluster uses, wants this before it.
  await import("@abraham/reflection");
  const { chooseProvider } = await import("../../scripts/cluster/choose.ts");
  cluster = await (await chooseProvider()).attach();
  baseline = await baselineOn(cluster);
  outDir = await mkdtemp(join(tmpdir(), "ownsignal-mutants-"));
});

afterAll(() => rm(outDir, { recursive: true, force: true }));

test.each(CATALOGUE.filter(({ name }) => QUICK.includes(name)))(
  "$name is detected with its cause, and the baseline is restored",
  async (mutant) => {
    const outcome = await tryOne({ mutant, cluster, baseline, outDir, signal: new AbortController().signal });
    expect(outcome).toMatchObject({ detected: true, stuck: false });
    expect(outcome.trouble).toBeUndefined();
  },
);
