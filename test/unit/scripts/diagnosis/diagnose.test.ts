import { diagnoseSettled } from "../../../../scripts/diagnosis/diagnose.ts";
import { finding } from "../../../../scripts/diagnosis/finding.ts";

describe("the diagnosis before a proof", () => {
  const cluster = { kind: "Cluster", name: "" };
  const error = finding("cluster-unreachable", cluster, { message: "not yet", fix: "wait" });
  const warning = finding("read-failed", cluster, { error: "not yet" });

  test("waits for an error that passes by itself, and not for a warning", async () => {
    const answers = [[error], [error], [warning]];
    const findings = await diagnoseSettled(() => Promise.resolve(answers.shift() ?? []), 60_000, 1);
    expect([findings, answers]).toEqual([[warning], []]);
  });

  test("gives an error that does not pass within the time", async () => {
    expect(await diagnoseSettled(() => Promise.resolve([error]), 5, 1)).toEqual([error]);
  });
});
