import { areAllHeard, hearAgainAndAgain, heardProof, objectionsOf } from "../../../../scripts/mutants/detect.ts";
import { isNamed, type Objection } from "../../../../scripts/mutants/catalogue.ts";

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
    expect(areAllHeard([objection], [heard])).toBe(false);
  });

  test("that was interrupted says nothing about the mutant", async () => {
    const abort = new AbortController();
    const ask = (): Promise<string[]> => {
      abort.abort();
      return Promise.resolve(["500"]);
    };
    const heard = await hearAgainAndAgain(objection, ask, { ...options, signal: abort.signal });
    expect(heard).toMatchObject({ named: false, unjudged: "interrupted" });
    expect(areAllHeard([objection], [heard])).toBeUndefined();
    const silent = { objection, named: false, lines: [], seconds: 1 };
    expect(areAllHeard([objection, objection], [silent, heard])).toBe(false);
  });
});

describe("a proof", () => {
  const objection: Objection = { by: "proof", scenario: "queue-backlog", words: ["stopped at 1"] };
  type Proof = Parameters<typeof heardProof>[1];

  function proof(verdict: Proof["verdict"], status: Proof["verdict"], reason: string): Proof {
    const assertions = [{ name: "worker scales out", status, expected: "4", measured: "1 ready", reason }];
    // As much of a report as is looked at.
    return { verdict, scenarios: [{ name: "queue-backlog", assertions }] } as unknown as Proof;
  }

  test.each([
    ["fails and names the cause", proof("fail", "fail", "stopped at 1"), true],
    ["fails and names another", proof("fail", "fail", "the queue was not read"), false],
    ["passes", proof("pass", "pass", "stopped at 1"), false],
    ["could not judge", proof("inconclusive", "inconclusive", "stopped at 1"), undefined],
  ])("that %s", (_, report, caught) => {
    expect(areAllHeard([objection], [heardProof(objection, report, 60)])).toBe(caught);
  });

  test("that could not judge says why", () => {
    expect(heardProof(objection, proof("inconclusive", "inconclusive", "4 % was never sent"), 60).unjudged).toBe(
      "worker scales out: 4 % was never sent",
    );
  });
});
