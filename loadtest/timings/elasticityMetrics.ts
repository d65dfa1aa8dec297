import type { Curve } from "../model/curve.ts";
import type { Elasticity } from "../model/elasticity.ts";

export type ElasticityMetrics = Omit<Elasticity, "workload" | "demand" | "basis">;

/** A time, in milliseconds, over which a number is known and does not change. */
interface Piece<T> {
  fromMs: number;
  toMs: number;
  value: T;
}

/**
 * The metrics of docs/explanation/elasticity.md over a window. A reading of demand or supply holds until the next, but for `holdMs` at the most. Time at which either is not
 * known is left out: it is in no mean and no share, and a change across it is no adaptation.
 * @returns null where nothing is known.
 */
export function elasticityMetrics(
  { demand, supply }: { demand: Curve; supply: Curve },
  { fromMs, toMs, holdMs }: { fromMs: number; toMs: number; holdMs: number },
): ElasticityMetrics | null {
  const known = together(piecesOf(demand, fromMs, toMs, holdMs), piecesOf(supply, fromMs, toMs, holdMs));
  const knownMs = known.reduce((sum, piece) => sum + lengthMs(piece), 0);
  if (knownMs === 0) return null;
  const mean = (of: (value: DemandAndSupply) => number): number =>
    significant(known.reduce((sum, piece) => sum + of(piece.value) * lengthMs(piece), 0) / knownMs);
  const alwaysDemand = known.every(({ value }) => value.demand > 0);
  const tooFew = ({ demand: needed, supply: ready }: DemandAndSupply): number => Math.max(0, needed - ready);
  const tooMany = ({ demand: needed, supply: ready }: DemandAndSupply): number => Math.max(0, ready - needed);
  const adaptations = changes(known, (value) => value.supply) - changes(known, (value) => value.demand);
  return {
    seconds: (toMs - fromMs) / 1000,
    unknownSeconds: (toMs - fromMs - knownMs) / 1000,
    underProvisioned: mean(tooFew),
    overProvisioned: mean(tooMany),
    underProvisionedShare: alwaysDemand ? mean((value) => tooFew(value) / value.demand) : null,
    overProvisionedShare: alwaysDemand ? mean((value) => tooMany(value) / value.demand) : null,
    underProvisionedTime: mean((value) => (tooFew(value) > 0 ? 1 : 0)),
    overProvisionedTime: mean((value) => (tooMany(value) > 0 ? 1 : 0)),
    jitterPerMinute: significant(adaptations / (knownMs / 60_000)),
  };
}

interface DemandAndSupply {
  demand: number;
  supply: number;
}

function lengthMs({ fromMs, toMs }: Piece<unknown>): number {
  return toMs - fromMs;
}

function piecesOf(curve: Curve, fromMs: number, toMs: number, holdMs: number): Piece<number>[] {
  return curve
    .map(({ atMs, value }, index) => ({
      fromMs: Math.max(atMs, fromMs),
      toMs: Math.min(curve[index + 1]?.atMs ?? Infinity, atMs + holdMs, toMs),
      value,
    }))
    .filter((piece) => lengthMs(piece) > 0);
}

/** The times at which both are known, in order. */
function together(demand: readonly Piece<number>[], supply: readonly Piece<number>[]): Piece<DemandAndSupply>[] {
  const both: Piece<DemandAndSupply>[] = [];
  let [nextDemand, nextSupply] = [0, 0];
  for (;;) {
    const [one, other] = [demand[nextDemand], supply[nextSupply]];
    if (one === undefined || other === undefined) return both;
    const piece = {
      fromMs: Math.max(one.fromMs, other.fromMs),
      toMs: Math.min(one.toMs, other.toMs),
      value: { demand: one.value, supply: other.value },
    };
    if (lengthMs(piece) > 0) both.push(piece);
    if (one.toMs <= other.toMs) nextDemand += 1;
    else nextSupply += 1;
  }
}

/** Adaptations: each replica more or less is one. */
function changes(known: readonly Piece<DemandAndSupply>[], of: (value: DemandAndSupply) => number): number {
  return known.reduce((sum, piece, index) => {
    const before = known[index - 1];
    return before?.toMs === piece.fromMs ? sum + Math.abs(of(piece.value) - of(before.value)) : sum;
  }, 0);
}

/** To four digits, so that what is small does not become 0. */
function significant(value: number): number {
  return Number(value.toPrecision(4));
}
