import type { RatioRow, Series } from "../services/ratioRow.ts";
import type { Beside, ClusterResult, ProofFigures } from "./results.ts";

export const WORKERS = [1, 2, 4, 8] as const;
/** What bench/cluster/workers makes of a worker: 16 orders at a time that take 320 ms each. */
export const ORDERS_PER_SECOND = 50;

type Drain = Extract<ClusterResult, { kind: "drain" }>;

/** The rows of what was measured so far; none for what was not. */
export function clusterRows(results: readonly ClusterResult[]): RatioRow[] {
  const drains = results.filter((one) => one.kind === "drain");
  const figures = results.flatMap((one) => (one.kind === "proof" ? (one.figures ?? []) : []));
  return [...drainRows(drains), ...(figures.length === 0 ? [] : proofRows(figures))];
}

/** A drain beside the one worker of the same repetition, as many times as there are workers. */
function drainRows(drains: readonly Drain[]): RatioRow[] {
  const alone = new Map(drains.filter(({ workers }) => workers === 1).map((one) => [one.repeat, rateOf(one)]));
  return WORKERS.flatMap((workers): RatioRow[] => {
    const own = drains.filter((one) => one.workers === workers && alone.has(one.repeat));
    if (own.length === 0) return [];
    const measured = perSecond(own.map(rateOf));
    if (workers === 1) {
      const reference = {
        what: "the limit: 16 at a time, 320 ms each",
        ...perSecond(own.map(() => ORDERS_PER_SECOND)),
      };
      return [
        {
          what: `drain of ${own[0]?.orders ?? 0} orders by 1 worker`,
          by: "ratio",
          better: "more",
          measured,
          reference,
        },
      ];
    }
    return [
      {
        ...{ what: `… by ${workers} workers`, by: "ratio", better: "more", target: 0.9, measured },
        reference: {
          what: `${workers} × the one worker`,
          ...perSecond(own.map(({ repeat }) => workers * (alone.get(repeat) ?? NaN))),
        },
      },
    ];
  });
}

function rateOf({ orders, seconds }: Drain): number {
  return orders / seconds;
}

function perSecond(values: readonly number[]): Series {
  return { unit: "/s", values };
}

function proofRows(figures: readonly ProofFigures[]): RatioRow[] {
  const simulated = "simulated, uniform phases";
  const timed = (what: string, target: number, reference: string, of: (one: ProofFigures) => Beside): RatioRow => ({
    ...{ what, by: "ratio", better: "less", target },
    measured: { unit: "s", values: figures.map((one) => of(one).measuredSeconds) },
    reference: { what: reference, unit: "s", values: figures.map((one) => of(one).referenceSeconds) },
  });
  const pods = (target: number, what: string, of: (one: ProofFigures) => number): RatioRow => ({
    ...{ what: "pod-seconds of queue-backlog", by: "ratio", better: "less", target },
    measured: { unit: "pod-s", values: figures.map((one) => one.podSeconds.measured) },
    reference: { what, unit: "pod-s", values: figures.map(of) },
  });
  return [
    timed("backlog → first worker ready", 1.2, simulated, (one) => one.firstReady),
    timed("backlog → all workers desired", 1.2, simulated, (one) => one.allDesired),
    timed("backlog → all workers ready", 1.2, simulated, (one) => one.allReady),
    timed("backlog → queue empty", 1.2, simulated, (one) => one.drained),
    pods(1.3, "clairvoyant baseline", (one) => one.podSeconds.clairvoyant),
    pods(0.6, "fixed replicas", (one) => one.podSeconds.fixed),
    timed("load → more replicas of the API desired", 2, "lower bound", (one) => one.apiDesired),
    timed("proof: neither load, windows nor pod starts", 0.15, "the whole smoke proof", (one) => one.own),
  ];
}
