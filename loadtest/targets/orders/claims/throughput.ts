import { type Assertion, failed, inconclusive, passed } from "../../../model/assertion.ts";
import { causeOf } from "../../../model/cause.ts";
import type { ClaimEvidence } from "./evidence.ts";

/** Nearly as many are no fewer: the two are counted over a few seconds each. */
const SHARE = 0.8;

/** While connections are cut, clearly fewer orders are committed a second than otherwise. Where they are not, the cut was none. */
export function throughputFalls({ commitTimes, done }: Pick<ClaimEvidence, "commitTimes" | "done">): Assertion {
  const claim = { id: "throughput-falls", subject: "orders", expected: { share: SHARE } } as const;
  if (commitTimes.kind !== "value") {
    const error = commitTimes.kind === "gap" ? commitTimes.error : "they were not read";
    return inconclusive(claim, null, causeOf("commits-unreadable", "orders", { error }));
  }
  const commits = [...commitTimes.value.values()].map(({ processedMs }) => processedMs).sort((a, b) => a - b);
  const [firstMs, lastMs] = [commits[0], commits.at(-1)];
  const cuts = cutsOf(done).filter(([fromMs]) => lastMs !== undefined && fromMs < lastMs);
  if (firstMs === undefined || lastMs === undefined || cuts.length === 0) {
    return inconclusive(claim, null, causeOf("fault-not-seen", "orders", { rejected: 0 }));
  }
  const cutMs = cuts.reduce((sum, [fromMs, toMs]) => sum + toMs - fromMs, 0);
  const whileCut = commits.filter((atMs) => cuts.some(([fromMs, toMs]) => atMs >= fromMs && atMs < toMs)).length;
  const measured = {
    cutSeconds: tenths(cutMs / 1000),
    cutPerSecond: perSecond(whileCut, cutMs),
    otherwisePerSecond: perSecond(commits.length - whileCut, lastMs - firstMs - cutMs),
  };
  return measured.cutPerSecond < SHARE * measured.otherwisePerSecond
    ? passed(claim, measured)
    : failed(claim, measured, causeOf("fault-not-seen", "orders", { rejected: 0 }));
}

/** From when to when connections were cut, in milliseconds since 1970. */
function cutsOf({ injected }: ClaimEvidence["done"]): [fromMs: number, toMs: number][] {
  return injected.flatMap(({ fault, atMs }, index): [number, number][] => {
    const cuts = fault.id === "node-fault" && fault.params.fault.kind === "connections-cut";
    const restored = injected.slice(index + 1).find((later) => later.fault.id === "changes-reverted");
    return cuts && restored !== undefined ? [[atMs, restored.atMs]] : [];
  });
}

function perSecond(count: number, durationMs: number): number {
  return durationMs <= 0 ? 0 : tenths((1000 * count) / durationMs);
}

function tenths(value: number): number {
  return Math.round(value * 10) / 10;
}
