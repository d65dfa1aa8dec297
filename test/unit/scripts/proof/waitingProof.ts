import { finding } from "../../../../scripts/diagnosis/finding.ts";
import { conductProof } from "../../../../scripts/proof/conduct.ts";

/**
 * A proof whose setup does not come to its end, while the doctor's findings are known: a program of its own, since the time limit ends the process.
 *   node waitingProof.ts FOLDER
 */
await conductProof({
  delivery: { outDir: process.argv[2], json: false, junitFile: undefined, color: false },
  named: { context: undefined, namespace: "shop" },
  requested: [{ scenario: { name: "spike", summary: "" }, repeat: null }] as never,
  profile: null,
  command: "./scripts/prove --timeout 1s",
  seconds: 60,
  timeoutSeconds: 1,
  ignoreFindings: false,
  seed: 1,
  k6Path: () => Promise.resolve("k6"),
  pinnedK6: "1",
  checkout: undefined,
  reach: (found) => {
    found([
      finding("namespace-missing", { kind: "Namespace", name: "shop" }, {}),
      finding("workloads-not-deployed", { kind: "Overlay", name: "dev" }, { names: ["api"], namespace: "shop" }),
    ]);
    return new Promise(() => undefined);
  },
});
