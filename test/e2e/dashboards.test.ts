import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runProof } from "../../loadtest/engine/runProof.ts";
import { readTarget } from "../../loadtest/preflight/target.ts";
import { compareWithDashboard } from "../support/dashboardComparison.ts";
import { dashboardShowsTheSame } from "../support/dashboardVerdict.ts";
import { ROOT } from "../../scripts/process/paths.ts";
import { toolset } from "../../scripts/toolsets/toolsets.ts";
import { attachToCluster, NAMESPACE } from "./cluster.ts";

test("the autoscaling dashboard shows the replicas and metrics of a backlog as the proof sampled them", async () => {
  const { kubeConfig, reach } = await attachToCluster();
  const outDir = await mkdtemp(join(tmpdir(), "ownsignal-dashboard-"));
  const prometheus = await reach("prometheus", 9090);
  try {
    const k6Path = (await toolset("k6")).binary("k6");
    const report = await runProof({
      kubeConfig,
      namespace: NAMESPACE,
      reach,
      k6Path,
      outDir,
      profile: "smoke",
      scenarios: ["queue-backlog"],
      target: await readTarget(kubeConfig, NAMESPACE, { k6Path, checkout: ROOT }),
      command: "./scripts/negative-controls",
      // Enough for several replicas.
      sizes: { backlogOrders: 1000 },
      log: (line) => process.stderr.write(`${line}\n`),
    });
    const samples = report.scenarios[0]?.samples ?? [];
    const mostReady = Math.max(
      ...samples.map(({ readings: { workerDeployment } }) =>
        workerDeployment.kind === "value" ? workerDeployment.value.ready : 0,
      ),
    );
    // Curves on which nothing moves would agree with a dashboard that shows nothing.
    expect(mostReady).toBeGreaterThan(1);
    const shown = await compareWithDashboard(prometheus, { namespace: NAMESPACE, samples });
    expect(dashboardShowsTheSame(shown)).toMatchObject({ status: "pass" });
  } finally {
    await prometheus.close();
    await rm(outDir, { recursive: true, force: true });
  }
});
