import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { replicasOf } from "../../loadtest/model/observed.ts";
import { valueOf } from "../../loadtest/model/reading.ts";
import { compareWithDashboard } from "../support/dashboardComparison.ts";
import { dashboardShowsTheSame } from "../support/dashboardVerdict.ts";
import { attachToCluster, NAMESPACE, proveBacklog } from "./cluster.ts";

test("the autoscaling dashboard shows the replicas and metrics of a backlog as the proof sampled them", async () => {
  const cluster = await attachToCluster();
  const outDir = await mkdtemp(join(tmpdir(), "ownsignal-dashboard-"));
  const prometheus = await cluster.reach("prometheus", 9090);
  try {
    // Enough for several replicas.
    const report = await proveBacklog(cluster, { outDir, backlogOrders: 1000 });
    const samples = report.scenarios[0]?.samples ?? [];
    const mostReady = Math.max(...samples.map((sample) => valueOf(replicasOf(sample, "worker"))?.ready ?? 0));
    // Curves on which nothing moves would agree with a dashboard that shows nothing.
    expect(mostReady).toBeGreaterThan(1);
    const shown = await compareWithDashboard(prometheus, { namespace: NAMESPACE, samples });
    expect(dashboardShowsTheSame(shown)).toMatchObject({ status: "pass" });
  } finally {
    await prometheus.close();
    await rm(outDir, { recursive: true, force: true });
  }
});
