import { hearAgainAndAgain, objectionsOf } from "../../../../scripts/mutants/hear.ts";
import { parseMutantsRequest } from "../../../../scripts/mutants/options.ts";
import { CATALOGUE, isNamed, type Objection } from "../../../mutants/catalogue.ts";

test("without a word the whole catalogue is run, on the cluster", () => {
  expect(parseMutantsRequest([], CATALOGUE)).toEqual({ kind: "run", mutants: CATALOGUE, cluster: true });
});

test("some are named, and run in the catalogue's order", () => {
  const request = parseMutantsRequest(["--only", "no-drain", "--only", "wrong-queue", "--no-cluster"], CATALOGUE);
  expect(request.mutants.map(({ name }) => name)).toEqual(["wrong-queue", "no-drain"]);
  expect(request.cluster).toBe(false);
});

test.each([
  [["--only", "no-drian"], "the catalogue has no no-drian"],
  [["--olny", "no-drain"], "Unknown option '--olny'"],
])("what there is not is said: %p", (args, message) => {
  expect(() => parseMutantsRequest(args, CATALOGUE)).toThrow(message);
});

test("a cause is named by all its words in one line", () => {
  expect(isNamed(["maxReplicaCount", "worker"], ["ScaledObject worker allows 1 (maxReplicaCount)"])).toBe(true);
  expect(isNamed(["maxReplicaCount", "worker"], ["maxReplicaCount", "worker"])).toBe(false);
});

test("only what failed is an objection", () => {
  const assertion = { name: "worker scales out", expected: "4", measured: "1 ready" };
  const scenario = {
    name: "queue-backlog",
    assertions: [
      { ...assertion, status: "fail", reason: "stopped at 1" },
      { ...assertion, status: "inconclusive", reason: "nobody looked" },
      { ...assertion, status: "pass" },
    ],
  };
  // As much of a report as is looked at.
  const report = { scenarios: [scenario] } as unknown as Parameters<typeof objectionsOf>[0];
  expect(objectionsOf(report)).toEqual(["queue-backlog: worker scales out: 1 ready: stopped at 1"]);
});

describe("listening", () => {
  const objection: Objection = { by: "doctor", looksAt: "deployed", words: ["401"] };
  const options = { patienceSeconds: 60, everyMs: 1, signal: new AbortController().signal };

  test("goes on until it is said", async () => {
    const answers = [[], ["something else"], ["RESPONSE 401"], ["never asked for"]];
    const heard = await hearAgainAndAgain(objection, () => Promise.resolve(answers.shift() ?? []), options);
    expect([heard.named, heard.lines, answers.length]).toEqual([true, ["RESPONSE 401"], 1]);
  });

  test("ends with the patience, and tells what was said instead", async () => {
    const heard = await hearAgainAndAgain(objection, () => Promise.resolve(["500"]), {
      ...options,
      patienceSeconds: 0,
    });
    expect([heard.named, heard.lines]).toEqual([false, ["500"]]);
  });
});
