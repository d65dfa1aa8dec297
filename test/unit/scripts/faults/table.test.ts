import type { Report } from "../../../../loadtest/model/report.ts";
import { faultScenarioNames } from "../../../../loadtest/targets/orders/scenarios/names.ts";
import { BEGIN, END, withFaultTable } from "../../../../scripts/faults/table.ts";

function report(of: {
  profile?: string;
  startedAt: string;
  verdict: "pass" | "fail";
  lost: number;
  load?: string;
}): Report {
  const { profile = "faults", load = "ran", startedAt, verdict, lost } = of;
  const assertion = {
    ...{ id: "none-lost", subject: "orders", status: verdict, basis: "measurement", expected: {}, causes: [] },
    measured: { accepted: 10, lost },
  };
  return {
    ...{ profile, startedAt, command: "./scripts/prove --fault 7 --seed 1" },
    scenarios: [{ name: "redis-away", verdict, load: { kind: load }, assertions: [assertion] }],
  } as unknown as Report;
}

const EMPTY = `text\n${BEGIN}\n${END}\nmore`;
const rowsOf = (page: string): string[] => page.split("\n").filter((line) => line.startsWith("| 7 "));

test("the table has a row for every scenario, those without a report as not run", () => {
  const page = withFaultTable(EMPTY, []);
  expect(page.split("\n").filter((line) => line.includes("not run"))).toHaveLength(faultScenarioNames.length);
  expect(page.startsWith("text\n")).toBe(true);
  expect(page.endsWith("\nmore")).toBe(true);
});

test("the newest report counts, and none of other profiles or of a load that was cut short", () => {
  const page = withFaultTable(EMPTY, [
    report({ startedAt: "2026-02-02T10:00:00Z", verdict: "pass", lost: 0 }),
    report({ startedAt: "2026-01-01T10:00:00Z", verdict: "fail", lost: 3 }),
    report({ startedAt: "2026-03-03T10:00:00Z", verdict: "fail", lost: 4, profile: "smoke" }),
    report({ startedAt: "2026-03-04T10:00:00Z", verdict: "fail", lost: 5, load: "broke" }),
  ]);
  expect(rowsOf(page)).toEqual([
    expect.stringContaining("| `redis-killed` |"),
    expect.stringMatching(
      /`redis-away` .* \| PASS \| .*0 of 10 lost.* \| 2026-02-02 \| `.\/scripts\/prove --fault 7 --seed 1` \|$/,
    ),
  ]);
});

test("a row stays as it was where no report has its scenario", () => {
  const before = withFaultTable(EMPTY, [report({ startedAt: "2026-01-01T10:00:00Z", verdict: "fail", lost: 3 })]);
  expect(rowsOf(before)[1]).toContain("FAIL no order lost: 3 of 10 lost");
  expect(withFaultTable(before, [])).toBe(before);
});

test("a page without a place for the table is refused", () => {
  expect(() => withFaultTable("text", [])).toThrow("the page has no lines");
});
