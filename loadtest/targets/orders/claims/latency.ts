import { broke, notHeld } from "../../../assertions/load.ts";
import { type Assertion, inconclusive, passed } from "../../../model/assertion.ts";
import { causeOf } from "../../../model/cause.ts";
import type { ClaimEvidence } from "./evidence.ts";

const FACTOR = 2;

/** The same load, in the third before the fault and in the third under it: nearly every request takes less than twice as long. */
export function latencyLessThanDoubled({ thirds, run }: Pick<ClaimEvidence, "thirds" | "run">): Assertion {
  const claim = { id: "latency-less-than-doubled", subject: "load", expected: { factor: FACTOR } } as const;
  if (run.load.kind === "broke") return inconclusive(claim, null, broke(run.load));
  const [, before, meanwhile] = thirds ?? [];
  if (before === undefined || meanwhile === undefined) {
    return inconclusive(claim, null, causeOf("latency-not-measured", "load", {}));
  }
  const measured = { beforeP99Ms: before.p99, underFaultP99Ms: meanwhile.p99 };
  if (meanwhile.p99 < FACTOR * before.p99) return passed(claim, measured);
  return notHeld(run, claim, measured, causeOf("latency-doubled", "load", {}));
}
