import type { Finding, FindingId } from "./finding.ts";
import { SETUP_TEXTS } from "./texts/setupTexts.ts";
import { SPEC_TEXTS } from "./texts/specTexts.ts";
import { STATUS_TEXTS } from "./texts/statusTexts.ts";
import type { Texts } from "./texts/text.ts";

/** What a person reads about each finding: what is wrong, with names and values, and how to fix it. */
const TEXTS: Texts<Finding["id"]> = { ...SETUP_TEXTS, ...SPEC_TEXTS, ...STATUS_TEXTS };

/** What is told in docs/reference/doctor.md, a table each: where findings come from. */
export const FINDINGS_BY_SOURCE = {
  setup: Object.keys(SETUP_TEXTS) as FindingId[],
  specs: Object.keys(SPEC_TEXTS) as FindingId[],
  status: Object.keys(STATUS_TEXTS) as FindingId[],
};

/** What is wrong, in one line: messages of others have line ends. */
export function whatIn(finding: Finding): string {
  return oneLine(textOf(finding).what(finding));
}

/** How to fix it, in one line. */
export function fixOf(finding: Finding): string {
  return oneLine(textOf(finding).fix(finding));
}

/** `ERROR  <what>. Fix: <fix>`, in one line; of an accepted one `OK     <what>. Accepted: <reason>`. */
export function formatFinding(finding: Finding): string {
  const what = whatIn(finding).replace(/\.$/, "");
  return finding.accepted === undefined
    ? `${finding.severity.padEnd(5)}  ${what}. Fix: ${fixOf(finding)}`
    : `${"OK".padEnd(5)}  ${what}. Accepted: ${oneLine(finding.accepted.reason)}`;
}

/** The text of an id takes just that id's parameters, which a union of ids cannot show. */
function textOf({ id }: Finding): { what: (finding: Finding) => string; fix: (finding: Finding) => string } {
  return TEXTS[id] as ReturnType<typeof textOf>;
}

function oneLine(text: string): string {
  return text.replaceAll(/\s*\n\s*/g, " ");
}
