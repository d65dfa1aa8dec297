import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startProcess } from "../../../support/process.ts";

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "conduct-"));
});

afterAll(() => rm(folder, { recursive: true }));

test("a proof whose time is over before any load reports the errors that are known already beside that", async () => {
  const program = join(import.meta.dirname, "waitingProof.ts");
  const proof = startProcess(process.execPath, ["--disable-warning=ExperimentalWarning", program, folder]);
  expect(await proof.exited).toBe(2);
  expect(proof.output()).toContain("the 1 s of --timeout are over");

  const report = await readFile(join(folder, "report.json"), "utf8");
  expect(JSON.parse(report)).toMatchObject({ verdict: "inconclusive" });
  expect(report).toContain("the 1 s of --timeout are over, before any load");
  expect(report).toContain("namespace-missing");
  expect(report).not.toContain("workloads-not-deployed");
});
