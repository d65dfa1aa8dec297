import { secondsBetween } from "./format.ts";
import type { Assertion } from "../model/assertion.ts";
import { type AssertionText, assertionText } from "./texts/assertionTexts.ts";
import type { Report } from "../model/report.ts";
import type { ScenarioReport } from "../model/scenarioReport.ts";
import type { Verdict } from "../model/verdict.ts";

/**
 * junit.xml: a suite a scenario, a case an assertion, named by ids, so that a CI's history survives a better sentence. What is inconclusive is an `error`, and a report that is no pass never comes without a failure or an error,
 * so that no CI takes it for one. See https://github.com/testmoapp/junitxml
 */
export function formatJunit(report: Report): string {
  const suites = report.scenarios.map(suiteOf);
  const told = report.scenarios.some(({ assertions }) => assertions.some(({ status }) => status !== "pass"));
  if (report.verdict !== "pass" && !told) suites.push(unfinishedSuite(report));
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
    ...(report.profile === null ? {} : { profile: report.profile }),
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

/** A case: what identifies it, and what a person reads of it. */
interface Case {
  name: string;
  status: Verdict;
  text: AssertionText;
}

function suiteOf(scenario: ScenarioReport): Suite {
  // Each repeat has a history of its own.
  const name = scenario.repeat === null ? scenario.name : `${scenario.name}#${scenario.repeat}`;
  const cases = scenario.assertions.map((assertion) => caseOf(name, assertion));
  return suite(name, cases, scenario.loadStartedAt, scenario.endedAt);
}

function suite(name: string, cases: readonly Case[], startedAt: string | null, endedAt: string): Suite {
  const count = (status: Verdict): number => cases.filter((each) => each.status === status).length;
  const counts = { tests: cases.length, failures: count("fail"), errors: count("inconclusive") };
  const attributes = attributesOf({
    name,
    ...counts,
    skipped: 0,
    time: secondsOr0(startedAt, endedAt),
    timestamp: startedAt ?? endedAt,
  });
  const xml = cases.map((each) => caseXml(name, each)).join("");
  return {
    ...counts,
    xml: (properties) => `  <testsuite${attributes}>\n${properties}${xml}  </testsuite>\n`,
  };
}

function caseOf(scenario: string, assertion: Assertion): Case {
  const { id, subject, status } = assertion;
  return { name: `${scenario}/${subject}/${id}`, status, text: assertionText(assertion) };
}

function caseXml(suiteName: string, { name, status, text }: Case): string {
  // An assertion takes no time of its own: the suite's is the scenario's.
  const attributes = attributesOf({ name, classname: `ownsignal.${suiteName}`, time: "0.000" });
  const properties = `      <properties>\n${property("expected", text.expected)}${property("measured", text.measured)}      </properties>\n`;
  const lines = [text.name, `expected: ${text.expected}`, `measured: ${text.measured}`];
  if (text.reason !== undefined) lines.push(`because: ${text.reason}`);
  const said = escapeXml(lines.join("\n"));
  if (status === "pass") {
    return `    <testcase${attributes}>\n${properties}      <system-out>${said}</system-out>\n    </testcase>\n`;
  }
  const kind = status === "fail" ? "failure" : "error";
  const message = `${text.name}: ${text.measured}${text.reason === undefined ? "" : `; ${text.reason}`}`;
  const failure = `      <${kind}${attributesOf({ type: status, message })}>${said}</${kind}>\n`;
  return `    <testcase${attributes}>\n${properties}${failure}    </testcase>\n`;
}

/** Stands for a report that is no pass although every assertion is: one that was cut short. */
function unfinishedSuite(report: Report): Suite {
  const unfinished: Case = {
    name: "proof/scenario/completed",
    status: report.verdict === "fail" ? "fail" : "inconclusive",
    text: {
      name: "proof completed",
      expected: "every scenario evaluated",
      measured: `${report.scenarios.length} evaluated`,
    },
  };
  return suite("proof", [unfinished], report.startedAt, report.endedAt);
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
