import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { exitCodeOf } from "../../loadtest/model/verdict.ts";
import { renderTable } from "../../loadtest/report/table.ts";
import { untilIdle } from "../../scripts/proof/untilIdle.ts";
import type { ProofCluster } from "../../scripts/proof/proofCluster.ts";
import { annotateScaledObject, attachToCluster, proveBacklog } from "./cluster.ts";

const PAUSED = "autoscaling.keda.sh/paused";

/** The negative control: a proof that cannot fail proves nothing. */
describe("with the ScaledObject paused", () => {
  let cluster: ProofCluster;
  let outDir: string;

  beforeAll(async () => {
    cluster = await attachToCluster();
    outDir = await mkdtemp(join(tmpdir(), "ownsignal-paused-"));
    // Pausing freezes the replicas where they are: they have to be at 0 before.
    await untilIdle(cluster);
    await annotateScaledObject(cluster.kubeConfig, PAUSED, "true");
  });

  afterAll(async () => {
    await annotateScaledObject(cluster.kubeConfig, PAUSED, null);
    // As it was before: the HPA is back, the backlog is worked off, the worker is at 0.
    await untilIdle(cluster);
    await rm(outDir, { recursive: true, force: true });
  });

  test("the proof fails, and says that it is paused", async () => {
    // Few enough to be worked off soon after.
    const report = await proveBacklog(cluster, { outDir, backlogOrders: 400, deadlines: { scaleOutSeconds: 45 } });

    const failed = report.scenarios.flatMap(({ assertions }) => assertions.filter(({ status }) => status === "fail"));
    // One comparison, so that a wrong outcome is shown whole.
    expect({
      verdict: report.verdict,
      exitCode: exitCodeOf(report.verdict),
      // The table breaks its lines between words.
      table: renderTable(report, { color: false }).replace(/\s+/g, " "),
    }).toEqual({
      verdict: "fail",
      exitCode: 1,
      table: expect.stringContaining(`${PAUSED}: "true"`) as string,
    });
    // It is this that fails, and nothing else: the backlog waits, and no order is lost.
    expect(failed.map(({ subject, id }) => `${subject}/${id}`)).toEqual([
      "worker/first-replica-ready",
      "worker/scales-out",
      "worker/scaled-on-own-metric",
    ]);
    expect(failed[0]?.causes[0]).toEqual({ id: "stayed-at", subject: "worker", params: { replicas: 0 } });
    expect(report.scenarios[0]?.ledger).toMatchObject({
      value: { accepted: 400, processedOnce: 0, waiting: 400, lost: 0, deadLettered: { total: 0 } },
    });
  });
});
