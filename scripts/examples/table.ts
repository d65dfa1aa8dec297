import type { Verdict } from "../../loadtest/model/verdict.ts";
import type { Example, Variant } from "./catalogue.ts";
import { isExpected, type Result } from "./results.ts";

const BEGIN = "<!-- results: begin, written by npm run test:examples:table -->";
const END = "<!-- results: end -->";
const ORDER: readonly Verdict[] = ["pass", "fail", "inconclusive"];

/**
 * The page with its table replaced.
 * @param results of this version; others are left out by who calls.
 * @throws {Error} for a page without a place for the table.
 */
export function withTable(page: string, examples: readonly Example[], results: readonly Result[]): string {
  const begin = page.indexOf(BEGIN);
  const end = page.indexOf(END);
  if (begin < 0 || end < begin) throw new Error(`the page has no lines ${BEGIN} and ${END}`);
  return `${page.slice(0, begin + BEGIN.length)}\n\n${tableOf(examples, results)}\n\n${page.slice(end)}`;
}

function tableOf(examples: readonly Example[], results: readonly Result[]): string {
  const header = ["example", "load", "verdicts", "proof takes", "broken: verdicts", "with the cause"];
  const rows = examples.map((example) => {
    const of = (variant: Variant): Result[] =>
      results.filter((one) => one.name === example.name && one.variant === variant);
    const broken = of("broken");
    const withCause = broken.filter((one) => isExpected(one, example)).length;
    return [
      `[${example.title}](../examples/${example.name}/README.md)`,
      example.load,
      verdictsOf(of("manifests")),
      durationOf(of("manifests")),
      verdictsOf(broken),
      `\`${example.expectedCause}\`${broken.length === 0 ? "" : `: ${withCause} of ${broken.length}`}`,
    ];
  });
  return [header, header.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

function verdictsOf(results: readonly Result[]): string {
  const counts = ORDER.map((verdict) => ({ verdict, count: results.filter((one) => one.verdict === verdict).length }));
  const seen = counts.filter(({ count }) => count > 0).map(({ verdict, count }) => `${count} ${verdict.toUpperCase()}`);
  return seen.length === 0 ? "not run" : seen.join(", ");
}

/** Shortest to longest. */
function durationOf(results: readonly Result[]): string {
  if (results.length === 0) return "not run";
  const seconds = results.map((one) => one.seconds);
  const [shortest, longest] = [Math.min(...seconds), Math.max(...seconds)];
  return shortest === longest ? `${shortest} s` : `${shortest} to ${longest} s`;
}
