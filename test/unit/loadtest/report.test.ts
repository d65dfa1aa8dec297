import { readdir, readFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { XMLParser, XMLValidator } from "fast-xml-parser";
import { formatJson } from "../../../loadtest/report/json.ts";
import { reportJsonSchema } from "../../../loadtest/report/jsonSchema.ts";
import { formatJunit } from "../../../loadtest/report/junit.ts";
import { type Report, report as schema } from "../../../loadtest/model/report.ts";
import { assertionText } from "../../../loadtest/report/texts/assertionTexts.ts";
import { renderTable } from "../../../loadtest/report/table.ts";
import { writeReport } from "../../../loadtest/report/write.ts";
import { forecastReport } from "./forecastFixtures.ts";
import { foreign, foreignScenario } from "./foreignReport.ts";
import { backlogScenario, compared, cutShort, failed, passed, reportWith } from "./reportFixtures.ts";

const PUBLISHED = join(import.meta.dirname, "../../../docs/reference/report.schema.json");
const ALL: [string, Report][] = [
  ["a pass", passed()],
  ["a fail", failed()],
  ["one cut short", cutShort()],
  ["one with a comparison", compared()],
  ["a declared file's, with repeats", foreign()],
  ["one with a forecast", forecastReport()],
  ["one without any scenario", reportWith("inconclusive")],
];

describe("report.json", () => {
  test.each(ALL)("of %s has what was measured, a sample a line", (_name, report) => {
    const text = formatJson(report);
    const parsed: unknown = JSON.parse(text);
    expect(parsed).toMatchObject(report);
    // Nothing that the schema does not know, and nothing that it lacks.
    expect(schema.parse(parsed)).toEqual(parsed);
    const recorded = [...report.scenarios, ...(report.comparison === null ? [] : [report.comparison.variantResult])];
    const samples = recorded.flatMap((scenario) => scenario.samples);
    expect(text.split("\n").filter((line) => line.includes('"atMs"')).length).toBeGreaterThanOrEqual(samples.length);
    expect(text.split("\n").filter((line) => /^\s*\{"atMs"/.test(line))).toHaveLength(samples.length);
  });

  test("text that looks like its own lines stays text", () => {
    const report = reportWith("fail", { ...backlogScenario(), summary: '\n  "samples": []' });
    expect(JSON.parse(formatJson(report))).toMatchObject(report);
  });

  test("has the text of each assertion beside its figures", () => {
    const { scenarios } = schema.parse(JSON.parse(formatJson(cutShort())));
    expect(scenarios[0]?.assertions[0]).toEqual({
      ...{ id: "scales-in", subject: "worker", status: "inconclusive", basis: "measurement" },
      expected: { replicas: 0, withinSeconds: 140, after: "queue-empty" },
      measured: null,
      causes: [{ id: "sample-gap-too-long", subject: "worker", params: { seconds: 16, maxSeconds: 15, error: null } }],
      text: cutShort().scenarios[0]?.assertions.map(assertionText)[0],
    });
  });

  test("keeps to the published schema, which is not stale", async () => {
    const published: unknown = JSON.parse(await readFile(PUBLISHED, "utf8"));
    // `npm run schemas:write` writes it.
    expect(published).toEqual(reportJsonSchema());
    const validate = new Ajv2020({ allErrors: true, allowUnionTypes: true }).compile(published as object);
    for (const [, report] of ALL) {
      validate(JSON.parse(formatJson(report)));
      expect(validate.errors ?? []).toEqual([]);
    }
    expect(validate({ ...(JSON.parse(formatJson(passed())) as object), verdict: "perhaps" })).toBe(false);
  });
});

interface Case {
  name: string;
  failure?: { "#text": string; message: string };
  error?: { "#text": string; message: string };
}
interface JunitSuite {
  name: string;
  tests: string;
  failures: string;
  errors: string;
  time: string;
  properties: { property: { name: string; value: string }[] };
  testcase: Case[];
}

describe("junit.xml", () => {
  function parsed(report: Report): {
    testsuites: { tests: string; failures: string; errors: string; testsuite: JunitSuite[] };
  } {
    const xml = formatJunit(report);
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- its successor is a package of its own, and this one is here already
    expect(XMLValidator.validate(xml)).toBe(true);
    const parser = new XMLParser({
      ignoreAttributes: false,
      attributeNamePrefix: "",
      parseTagValue: false,
      htmlEntities: true,
      isArray: (name) => ["testsuite", "testcase", "property"].includes(name),
    });
    return parser.parse(xml) as ReturnType<typeof parsed>;
  }

  test("has a suite a scenario and a case an assertion, with times and properties", () => {
    const { testsuites } = parsed(passed());
    expect(testsuites).toMatchObject({ tests: "4", failures: "0", errors: "0" });
    const [backlog, cpu] = testsuites.testsuite;
    expect(backlog).toMatchObject({ name: "queue-backlog", tests: "3", time: "59.000" });
    expect(cpu).toMatchObject({ name: "api-cpu", tests: "1" });
    expect(backlog?.testcase.map(({ name }) => name)).toEqual([
      "queue-backlog/worker/scales-out",
      "queue-backlog/api/does-not-scale",
      "queue-backlog/orders/none-lost",
    ]);
    expect(backlog?.properties.property).toContainEqual({ name: "profile", value: "smoke" });
  });

  test("each repeat is a suite of its own, and a file without a profile has no such property", () => {
    const [first, second] = parsed(foreign()).testsuites.testsuite;
    expect(first?.testcase.map(({ name }) => name)).toContain("mails#1/mailer/does-not-oscillate");
    expect(second?.testcase.map(({ name }) => name)).toContain("mails#2/mailer/does-not-oscillate");
    expect(first?.properties.property.map(({ name }) => name)).not.toContain("profile");
    expect(parsed(reportWith("pass", foreignScenario(null))).testsuites.testsuite[0]?.name).toBe("mails");
  });

  test("what failed is a failure, what is inconclusive an error", () => {
    expect(parsed(failed()).testsuites).toMatchObject({ tests: "5", failures: "1", errors: "0" });
    const { testsuites } = parsed(cutShort());
    expect(testsuites).toMatchObject({ tests: "2", failures: "0", errors: "2" });
    expect(testsuites.testsuite[0]?.testcase[0]?.error).toMatchObject({
      message: expect.stringMatching(/^worker scaled in to 0: nothing; no sample of worker for 16 s/) as string,
    });
  });

  test("nothing in it breaks out of its place, and nothing that XML does not allow is left", () => {
    const xml = formatJunit(failed());

    expect(xml).not.toMatch(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/);
    const failure = parsed(failed()).testsuites.testsuite[0]?.testcase[3]?.failure;
    expect(failure?.["#text"]).toContain(
      `</script><img src=x onerror="document.title='broken'"> & <b>'quoted'</b> ]]>`,
    );
    const halves = reportWith("fail", { ...backlogScenario(), name: "half a pair \ud800, no character \uffff" });
    expect(formatJunit(halves)).toContain('name="half a pair \ufffd, no character \ufffd"');
  });

  test("a report that is no pass has a failure or an error, even where no scenario came to its end", () => {
    expect(parsed(reportWith("inconclusive")).testsuites).toMatchObject({ tests: "1", failures: "0", errors: "1" });
    expect(parsed(reportWith("inconclusive", backlogScenario())).testsuites).toMatchObject({ tests: "4", errors: "1" });
    expect(parsed(reportWith("fail")).testsuites).toMatchObject({ failures: "1", errors: "0" });
  });
});

describe("the terminal's table", () => {
  test("shows each assertion with what was measured, timings, the ledger, and the verdict last", () => {
    expect(renderTable(passed(), { color: false })).toBe(
      [
        "",
        "queue-backlog: PASS",
        "  PASS  worker scales out to at least 4  4 ready after 5 s, at most 8",
        "  PASS  api stays at 1                   1 in all of 70 readings",
        "  PASS  no order lost                    0 of 4,000 lost",
        "  time  worker time to first ready         5 s  lower bound 2.5 s      ×2.0",
        "  ledger: 4,000 accepted = 3,998 processed once + 2 again + 0 waiting + 0",
        "          dead-lettered + 0 lost; besides, 1 unconfirmed",
        "",
        "api-cpu: PASS",
        "  PASS  api scales out to at least 3  3 ready after 16 s, at most 6",
        "  time  worker time to first ready         5 s  lower bound 2.5 s      ×2.0",
        "",
        "2 scenarios: 4 of 4 assertions held, in 4m 26s",
        "PASS",
      ].join("\n"),
    );
  });

  test("says what was expected and why it did not pass, in 80 columns", () => {
    const table = renderTable(cutShort(), { color: false });
    expect(table).toContain(
      [
        "  ????  worker scaled in to 0  nothing",
        "        expected: 0 replicas within 2m 20s of the queue's last message",
        "        because:  no sample of worker for 16 s in a row, at most 15 s may be",
        "                  missing",
      ].join("\n"),
    );
    expect(table).toContain("  ledger: not counted: Redis did not answer");
    expect(table.split("\n").at(-1)).toBe("INCONCLUSIVE");
    for (const [, report] of ALL) {
      const lines = renderTable(report, { color: false }).split("\n");
      expect(lines.filter((line) => line.length > 80)).toEqual([]);
    }
  });

  test("has colours only when they are asked for, and none that comes from the cluster", () => {
    const escape = "\u001b";
    expect(renderTable(failed(), { color: false })).not.toContain(escape);
    const colored = renderTable(failed(), { color: true });
    expect(colored.split("\n").at(-1)).toBe(`${escape}[31mFAIL${escape}[0m`);
    expect(colored.split(escape).length - 1).toBe(2 * (2 + 5 + 1));
  });

  test("names each repeat, and says how many passed", () => {
    const lines = renderTable(foreign(), { color: false }).split("\n");
    expect(lines).toEqual(expect.arrayContaining(["mails, repeat 1: PASS", "mails, repeat 2: FAIL"]));
    expect(lines.slice(-5)).toEqual([
      "",
      "mails: 1 of 2 passed, 1 failed",
      "",
      "1 scenario in 2 runs: 5 of 6 assertions held, 1 failed, in 4m 26s",
      "FAIL",
    ]);
    expect(lines.filter((line) => line.includes("ledger"))).toEqual([]);
  });

  test("shows the comparison beside what is deployed", () => {
    expect(renderTable(compared(), { color: false })).toContain(
      [
        "queue-backlog with worker-on-cpu instead: FAIL",
        "  worker time to first ready: 48 s, deployed 5 s",
        "  worker time to idle: 48 s, deployed not seen",
        "  pod-seconds of worker: 900, deployed 388",
      ].join("\n"),
    );
  });
});

describe("the files", () => {
  let folder = "";
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "report-"));
  });
  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  test.each(ALL)("of %s are written whole, and over those before", async (_name, report) => {
    await writeReport(reportWith("inconclusive"), folder);
    await writeReport(report, folder);
    expect((await readdir(folder)).sort()).toEqual(["junit.xml", "report.html", "report.json"]);
    expect(JSON.parse(await readFile(join(folder, "report.json"), "utf8"))).toMatchObject(report);
    const html = await readFile(join(folder, "report.html"), "utf8");
    expect(html).toMatch(/^<!doctype html>/);
    // Moderate: samples are columns, and no more than what is shown.
    expect(html.length).toBeLessThan(250_000);
  });

  test("report.html of any workloads has their configuration, elasticity and oscillation, and nothing of another system", async () => {
    await writeReport(foreign(), folder);
    const html = await readFile(join(folder, "report.html"), "utf8");
    const text = html
      .slice(html.indexOf("<body"), html.indexOf('id="recorded"'))
      .replace(/<[^>]*>|\s+/g, " ")
      .replace(/ +/g, " ");
    for (const said of [
      "trigger redis on emails: 5 messages a replica, activated above 2 messages; trigger cron: target not known, activated above 0",
      "cpu 60 %; http_requests_per_second 12.5 a replica; memory 256 MiB a replica",
      "KEDA polls every 30 s, scales in to 0 after a cooldown of 5m",
      "at their defaults: minReplicaCount, pollingInterval, cooldownPeriod, behavior.scaleUp, behavior.scaleDown",
      "2 to 2 replicas; scaled by nothing",
      "mailer, over 6m 20s, of which 5 s are left out as not known. Demand: as many replicas as process each message within 60 s of its arrival",
      "accuracy 0.42 replicas 1.3 replicas",
      "accuracy, normalised not normalised: no demand at times 26 %",
      "Jitter: −0.25 replicas more or less a minute",
      "0 → 4 → 2 → 4",
      "metric inactive → idle replicas",
      "s0-redis-emails 90 / 5 per replica",
    ]) {
      expect(text).toContain(said);
    }
    // What a trigger says is not said again as its HPA's target.
    expect(text).not.toContain("s0-redis-emails 5");
    expect(text).not.toMatch(/\b(api|worker|orders?|Ledger|Service metrics|profile)\b/);
  });

  test("report.html reaches for nothing, and text from the cluster stays text", async () => {
    await writeReport(failed(), folder);
    const html = await readFile(join(folder, "report.html"), "utf8");
    expect(html).toContain("default-src &#39;none&#39;");
    expect(html.match(/<img|<b>'|<iframe/g)).toBeNull();
    // The data, the code, and nothing that a reason has opened or closed.
    expect(html.match(/<\/?script/g)).toEqual(["<script", "</script", "<script", "</script"]);
    expect(html.match(/<[^>]+\s(src|href)="(?!#|data:,)/g)).toBeNull();
  });
});
