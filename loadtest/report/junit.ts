import { secondsBetween } from "./format.ts";
import type { Assertion } from "../model/assertion.ts";
import type { Report } from "../model/report.ts";
import type { ScenarioReport } from "../model/scenarioReport.ts";

/**
 * junit.xml: a suite a scenario, a case an assertion. What could not be judged is an `error`, and a report that is no pass never comes without a failure or an error,
 * so that no CI takes it for one. See https://github.com/testmoapp/junitxml
 */
export function formatJunit(report: Report): string {
  const suites = report.scenarios.map(suiteOf);
  const objections = report.scenarios.some(({ assertions }) => assertions.some(({ status }) => status !== "pass"));
  if (report.verdict !== "pass" && !objections) suites.push(suiteOf(withoutVerdict(report)));
  const total = (of: (suite: Suite) => number): number => suites.reduce((sum, suite) => sum + of(suite), 0);
  const attributes = attributesOf({
    name: "ownsignal",
    tests: total(({ tests }) => tests),
    failures: total(({ failures }) => failures),
    errors: total(({ errors }) => errors),
    time: secondsOr0(report.startedAt, report.endedAt),
    timestamp: report.startedAt,
  });
  const properties = propertiesOf({
    verdict: report.verdict,
    profile: report.profile,
    command: report.command,
    context: report.target.context,
    namespace: report.target.namespace,
    kubernetes: report.target.kubernetes,
    keda: report.target.keda,
    revision: report.target.revision,
  });
  const head = `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites${attributes}>\n`;
  return `${head}${suites.map(({ xml }) => xml(properties)).join("")}</testsuites>\n`;
}

interface Suite {
  tests: number;
  failures: number;
  errors: number;
  xml: (properties: string) => string;
}

function suiteOf(
  scenario: Pick<ScenarioReport, "name" | "verdict" | "assertions" | "loadStartedAt" | "endedAt">,
): Suite {
  const { name, assertions } = scenario;
  const count = (status: Assertion["status"]): number => assertions.filter((each) => each.status === status).length;
  const counts = { tests: assertions.length, failures: count("fail"), errors: count("inconclusive") };
  const attributes = attributesOf({
    name,
    ...counts,
    skipped: 0,
    time: secondsOr0(scenario.loadStartedAt, scenario.endedAt),
    timestamp: scenario.loadStartedAt ?? scenario.endedAt,
  });
  const cases = assertions.map((assertion) => caseOf(name, assertion)).join("");
  return {
    ...counts,
    xml: (properties) => `  <testsuite${attributes}>\n${properties}${cases}  </testsuite>\n`,
  };
}

function caseOf(scenario: string, { name, status, expected, measured, reason }: Assertion): string {
  // An assertion takes no time of its own: the suite's is the scenario's.
  const attributes = attributesOf({ name, classname: `ownsignal.${scenario}`, time: "0.000" });
  const properties = `      <properties>\n${property("expected", expected)}${property("measured", measured)}      </properties>\n`;
  if (status === "pass") return `    <testcase${attributes}>\n${properties}    </testcase>\n`;
  const kind = status === "fail" ? "failure" : "error";
  const message = reason === undefined ? measured : `${measured}; ${reason}`;
  const text = [
    `expected: ${expected}`,
    `measured: ${measured}`,
    ...(reason === undefined ? [] : [`because: ${reason}`]),
  ];
  const objection = `      <${kind}${attributesOf({ type: status, message })}>${escapeXml(text.join("\n"))}</${kind}>\n`;
  return `    <testcase${attributes}>\n${properties}${objection}    </testcase>\n`;
}

/** Stands for a report that is no pass although no assertion objects: one that was cut short. */
function withoutVerdict(report: Report): Parameters<typeof suiteOf>[0] {
  return {
    name: "proof",
    verdict: report.verdict,
    loadStartedAt: report.startedAt,
    endedAt: report.endedAt,
    assertions: [
      {
        name: "the proof came to its end",
        status: report.verdict === "fail" ? "fail" : "inconclusive",
        expected: "every scenario judged",
        measured: `${report.scenarios.length} judged`,
      },
    ],
  };
}

function propertiesOf(entries: Record<string, string | null>): string {
  const lines = Object.entries(entries).map(([name, value]) => property(name, value ?? "not known", "      "));
  return `    <properties>\n${lines.join("")}    </properties>\n`;
}

function property(name: string, value: string, indent = "        "): string {
  return `${indent}<property${attributesOf({ name, value })}/>\n`;
}

function attributesOf(entries: Record<string, string | number>): string {
  return Object.entries(entries)
    .map(([name, value]) => ` ${name}="${escapeXml(String(value))}"`)
    .join("");
}

function secondsOr0(from: string | null, to: string): string {
  return (secondsBetween(from, to) ?? 0).toFixed(3);
}

const ENTITIES: Record<string, string> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&apos;",
  "\n": "&#10;",
  "\r": "&#13;",
  "\t": "&#9;",
};

/** For text and for attributes; what XML 1.0 does not allow at all becomes U+FFFD. See https://www.w3.org/TR/xml/#charsets */
function escapeXml(text: string): string {
  return text
    .toWellFormed()
    .replace(FORBIDDEN, "\ufffd")
    .replace(/[&<>"'\n\r\t]/g, (character) => ENTITIES[character] ?? character);
}

const FORBIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g;
