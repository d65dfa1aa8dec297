import { type Candidate, recommend } from "../../../../loadtest/planner/recommend.ts";
import { worker } from "./fixtures.ts";

const OPTIONS = { runs: 40, seed: 1 };
const candidate = (of: Record<string, number>): Candidate => ({
  settings: Object.entries(of).map(([name, value]) => `${name}=${value}`),
  planned: worker(of),
});
const names = ({ recommendations }: ReturnType<typeof recommend>): string[] =>
  recommendations.map(({ settings }) => settings.join());

test("of settings that reach an objective, those that lie clear of the current ones are told, the cheapest first", () => {
  const candidates = [2, 3, 4, 6].map((maxReplicaCount) => candidate({ maxReplicaCount }));
  const found = recommend(
    worker({ maxReplicaCount: 1 }),
    candidates,
    [{ statistic: "drainedSeconds", below: 100 }],
    OPTIONS,
  );
  expect(found.isMet).toBe(false);
  // Two need 4000 / 40 = 100 s at the least.
  expect(names(found)).toHaveLength(3);
  expect(names(found)).not.toContain("maxReplicaCount=2");
  expect(found.recommendations.map(({ statistics }) => statistics.podSeconds.median)).toEqual(
    found.recommendations.map(({ statistics }) => statistics.podSeconds.median).toSorted((a, b) => (a ?? 0) - (b ?? 0)),
  );
  for (const { statistics } of found.recommendations) {
    expect(statistics.drainedSeconds.high).toBeLessThan(100);
    expect(statistics.drainedSeconds.high).toBeLessThan(found.current.drainedSeconds.low ?? 0);
  }
});

test("what overlaps with the current settings is no better, and is not told", () => {
  const current = worker({ pollingInterval: 15 });
  const objectives = [{ statistic: "firstReadySeconds", below: 12 }] as const;
  const found = recommend(current, [candidate({ pollingInterval: 5 })], objectives, OPTIONS);
  // It meets the objective and the current settings do not, but a run of these may well be as fast.
  expect(found.isMet).toBe(false);
  expect(found.current.firstReadySeconds.low).toBeLessThan(9);
  expect(names(found)).toEqual([]);
});

test("where the current settings meet the objective only what costs clearly less is told, with no setting too many", () => {
  const objectives = [{ statistic: "drainedSeconds", below: 90 }] as const;
  const current = worker({ cooldownPeriod: 120 });
  const shorter = candidate({ cooldownPeriod: 15 });
  const longer = candidate({ cooldownPeriod: 300 });
  const both: Candidate = {
    settings: [...shorter.settings, "activationMessageCount=0"],
    planned: shorter.planned,
  };
  const found = recommend(current, [both, longer, shorter], objectives, OPTIONS);
  expect(found.isMet).toBe(true);
  expect(names(found)).toEqual(["cooldownPeriod=15"]);
  expect(names(recommend(worker({ cooldownPeriod: 15 }), [longer], objectives, OPTIONS))).toEqual([]);
});

test("nothing is told where no setting reaches the objective", () => {
  const found = recommend(
    worker(),
    [candidate({ maxReplicaCount: 16 })],
    [{ statistic: "drainedSeconds", below: 5 }],
    OPTIONS,
  );
  expect(found).toMatchObject({ isMet: false, recommendations: [], tried: 1 });
});
