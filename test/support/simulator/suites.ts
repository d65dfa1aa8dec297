import { isDeepStrictEqual } from "node:util";
import { KEDA_RULES } from "../../../loadtest/simulator/kedaRules.ts";
import { allRules, type Applies, type RuleId } from "../../../loadtest/simulator/rules.ts";
import { externalCase, resourceCase } from "./hpaCases.ts";
import { bothCase } from "./bothCases.ts";
import { bothTrace } from "./bothTrace.ts";
import { hpaTrace } from "./hpaTrace.ts";
import { kedaCase } from "./kedaCases.ts";
import { kedaTrace } from "./kedaTrace.ts";

export type Program = "hpa" | "keda" | "both";

/** What a reference program or the simulator makes of a case. */
export interface Trace {
  readonly name: string;
  readonly rows: readonly object[];
}

/** Cases of one kind. What a case holds is known to its suite alone. */
export interface Suite {
  readonly id: string;
  /** The reference program that these cases are for. */
  readonly program: Program;
  /** How many fresh cases have to agree. */
  readonly fresh: number;
  /** How many seeds are among the committed traces. */
  readonly committed: number;
  readonly caseOf: (seed: number) => unknown;
  readonly simulate: (of: unknown, applies?: Applies) => Trace;
}

function suite<Case>(
  of: Omit<Suite, "caseOf" | "simulate">,
  caseOf: (seed: number) => Case,
  simulate: (of: Case, applies: Applies) => Trace,
): Suite {
  // A case comes from this suite's generator, or from the file that it was written to.
  return { ...of, caseOf, simulate: (one, applies = allRules) => simulate(one as Case, applies) };
}

export const SUITES: readonly Suite[] = [
  suite({ id: "external", program: "hpa", fresh: 10_000, committed: 110 }, externalCase, hpaTrace),
  suite({ id: "resource", program: "hpa", fresh: 2000, committed: 70 }, resourceCase, hpaTrace),
  suite({ id: "keda", program: "keda", fresh: 1000, committed: 80 }, kedaCase, kedaTrace),
  suite({ id: "both", program: "both", fresh: 200, committed: 30 }, bothCase, bothTrace),
];

/** One trace of the real controllers, with the case that it is of. */
export interface RecordedTrace {
  readonly suite: string;
  readonly case: unknown;
  readonly trace: Trace;
}

/** All suites, those first whose reference program has the rule. */
export function suitesByRule(rule: RuleId): readonly Suite[] {
  const has = ({ program }: Suite): boolean => rule in KEDA_RULES === (program !== "hpa");
  return [...SUITES.filter(has), ...SUITES.filter((suite) => !has(suite))];
}

export function suiteOf(id: string): Suite {
  const found = SUITES.find((one) => one.id === id);
  if (found === undefined) throw new Error(`there is no suite ${id}`);
  return found;
}

/** The first row in which two traces differ, as both have it; null where they are equal. */
export function difference(expected: Trace, actual: Trace): { expected: unknown; actual: unknown } | null {
  if (isDeepStrictEqual(expected, actual)) return null;
  for (let row = 0; row < Math.max(expected.rows.length, actual.rows.length); row++) {
    if (!isDeepStrictEqual(expected.rows[row], actual.rows[row])) {
      return { expected: expected.rows[row], actual: actual.rows[row] };
    }
  }
  return { expected: { ...expected, rows: "the same" }, actual: { ...actual, rows: "the same" } };
}
