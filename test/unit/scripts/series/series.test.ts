import { CliError } from "../../../../scripts/process/cliError.ts";
import { startCpuHog } from "../../../../scripts/series/cpuHog.ts";
import { parseSeriesRequest } from "../../../../scripts/series/options.ts";
import { isSameProof, proofsOf, seriesVerdict } from "../../../../scripts/series/results.ts";

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

test("without options a series is twenty proofs of queue-backlog and of api-cpu", () => {
  expect(parseSeriesRequest([])).toEqual({ kind: "run", scenarios: ["queue-backlog", "api-cpu"], repeats: 20 });
});

test("a scenario that is named twice is run once", () => {
  expect(parseSeriesRequest(["--scenario", "spike", "--scenario=spike", "--repeats", "3"])).toMatchObject({
    scenarios: ["spike"],
    repeats: 3,
  });
});

test.each([
  [["--repeats", "0"], "--repeats 0 is no number of repeats"],
  [["--repeats", "2.5"], "--repeats 2.5 is no number of repeats"],
  [["--scenario", "api-cpus"], 'there is no scenario "api-cpus"'],
  [["--hog"], "Unknown option '--hog'"],
])("%j is refused", (args, message) => {
  expect(() => parseSeriesRequest(args)).toThrow(message);
  expect(() => parseSeriesRequest(args)).toThrow(CliError);
});

test("scenarios are proven by turns, and a result counts for the same scenario, repeat and version only", () => {
  const proofs = proofsOf(["a", "b"], 2, "v1");
  expect(proofs.map(({ scenario, repeat }) => `${scenario}${repeat}`)).toEqual(["a1", "b1", "a2", "b2"]);
  const key = { scenario: "a", repeat: 1, inputs: "v1" };
  expect(proofs.map((one) => isSameProof(one, key))).toEqual([true, false, false, false]);
  expect(isSameProof(key, { ...key, inputs: "v2" })).toBe(false);
});

test.each([
  [18, 0, 2, "pass"],
  [17, 0, 3, "inconclusive"],
  [18, 0, 0, "inconclusive"],
  [19, 1, 0, "fail"],
] as const)("%i PASS, %i FAIL, %i INCONCLUSIVE of 20 are %s", (pass, fail, inconclusive, expected) => {
  const verdicts = [
    ...Array<"pass">(pass).fill("pass"),
    ...Array<"fail">(fail).fill("fail"),
    ...Array<"inconclusive">(inconclusive).fill("inconclusive"),
  ];
  expect(seriesVerdict(verdicts, 20)).toBe(expected);
});

test("the CPU hog runs until it is stopped", async () => {
  const hog = await startCpuHog();
  expect(isAlive(hog.pid)).toBe(true);
  await hog.stop();
  expect(isAlive(hog.pid)).toBe(false);
});
