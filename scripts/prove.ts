import { relative, join } from "node:path";
import { exitCodeOf, renderTable, runProof } from "../loadtest/proof/proof.ts";
import { diagnose, diagnoseSettled } from "./diagnosis/diagnose.ts";
import { anyBlocks, lineOf } from "./diagnosis/finding.ts";
import { entry } from "./entry.ts";
import { prepare } from "./prepare.ts";
import { DEV_NAMESPACE, ROOT } from "./paths.ts";
import { say, step } from "./progress.ts";
import { proofTarget } from "./proofTarget.ts";
import { deploy } from "./rollout.ts";

/** For the proof, 1 is a verdict: a set-up that fails could not judge. */
const COULD_NOT_JUDGE = 2;
/** How long after a deployment something may still be found that mends itself: KEDA asks the bus every few seconds. */
const SETTLING_MS = 90_000;

await entry(
  async () => {
    say(
      "Set-up, deployment and two loads with their way back: about 8 min; about 30 min where nothing has been built yet.",
    );
    const interrupt = new AbortController();
    let proving = false;
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      process.on(signal, () => {
        // A second signal, or one before the proof itself has begun: there is nothing worth waiting for.
        if (!proving || interrupt.signal.aborted) {
          say(`\ninterrupted; what was started stays: ./scripts/down takes the cluster down, the same command goes on`);
          process.exit(COULD_NOT_JUDGE);
        }
        say("\ninterrupted: ending the load and writing down what was measured");
        interrupt.abort();
      });
    }

    const { cluster, deployable } = await prepare();
    await step("deploying kustomize/overlays/dev", () => deploy(cluster, deployable));
    const findings = await step("looking for what would make the proof worthless", () =>
      diagnoseSettled(() => diagnose(cluster, deployable.overlay), SETTLING_MS),
    );
    for (const finding of findings) say(`    ${lineOf(finding)}`);
    if (anyBlocks(findings)) {
      say("\nINCONCLUSIVE: no load was run. Mend what blocks, then run the same command again.");
      return COULD_NOT_JUDGE;
    }
    const target = await proofTarget(cluster, DEV_NAMESPACE);
    proving = true;

    const outDir = join(ROOT, "out/proof", new Date().toISOString().replaceAll(":", "-").replace(/\.\d+/, ""));
    say(`==> proving, in ${relative(ROOT, outDir)} (6 min)`);
    const report = await runProof({
      ...target,
      outDir,
      signal: interrupt.signal,
      log: (line) => {
        say(`    ${line}`);
      },
    });
    process.stdout.write(`${renderTable(report)}\n`);
    say(`\nreport: ${relative(ROOT, join(outDir, "report.json"))}`);
    say(`${cluster.takeDown} To look around: ${cluster.shellLine}`);
    return exitCodeOf(report.verdict);
  },
  { failureCode: COULD_NOT_JUDGE, handlesSignals: true },
);
