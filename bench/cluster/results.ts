import * as z from "zod";

const measured = {
  /** From 1. */
  repeat: z.number().int().positive(),
  /** Of the system, its manifests and the proof. */
  inputs: z.string(),
  startedAt: z.iso.datetime(),
};

/** A time that was measured, and what it is held against, in seconds. */
const beside = z.object({ measuredSeconds: z.number(), referenceSeconds: z.number() });
export type Beside = z.infer<typeof beside>;

/** What a proof of the smoke profile tells of the autoscalers' speed and cost, and of its own. */
export const proofFigures = z.object({
  /** From the first message seen, beside the median of the simulator over uniform phases of poll and sync. */
  firstReady: beside,
  allDesired: beside,
  allReady: beside,
  drained: beside,
  podSeconds: z.object({ measured: z.number(), clairvoyant: z.number(), fixed: z.number() }),
  /** From the load's start to more replicas of the API desired, beside the lower bound. */
  apiDesired: beside,
  /** Neither load, nor windows that the configuration imposes, nor pod starts; beside the whole proof. */
  own: beside,
});
export type ProofFigures = z.infer<typeof proofFigures>;

/** One measurement on the cluster, as a line of results.jsonl. */
export const clusterResult = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("drain"),
    ...measured,
    workers: z.number().int(),
    orders: z.number().int(),
    seconds: z.number(),
  }),
  z.object({
    kind: z.literal("proof"),
    ...measured,
    verdict: z.enum(["pass", "fail", "inconclusive"]),
    /** Null where the proof is no PASS: its times are of something else. */
    figures: proofFigures.nullable(),
  }),
]);
export type ClusterResult = z.infer<typeof clusterResult>;

/** What identifies a measurement: the same is not made twice. */
export type ClusterKey =
  | { readonly kind: "drain"; readonly repeat: number; readonly inputs: string; readonly workers: number }
  | { readonly kind: "proof"; readonly repeat: number; readonly inputs: string };

export function isSame(one: ClusterKey | ClusterResult, other: ClusterKey | ClusterResult): boolean {
  const workersOf = (of: ClusterKey | ClusterResult): number => (of.kind === "drain" ? of.workers : 0);
  return (
    one.kind === other.kind &&
    one.repeat === other.repeat &&
    one.inputs === other.inputs &&
    workersOf(one) === workersOf(other)
  );
}
