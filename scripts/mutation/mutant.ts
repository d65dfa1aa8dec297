import type { Objects } from "../planning/scaledWorkload.ts";

/** What is broken in a mutant. Ids are stable: other tools key on them. */
export const MUTATION_IDS = [
  "other-source",
  "sources-swapped",
  "second-trigger",
  "target-times-10",
  "maximum-at-minimum",
  "scale-out-disabled",
  "paused",
  "polling-interval-times-20",
  "cooldown-times-20",
  "scale-in-window-times-20",
  "request-missing",
  "other-container",
  "replicas-fixed",
] as const;
export type MutationId = (typeof MUTATION_IDS)[number];

/** Manifests that are broken in one place. */
export interface Mutant {
  readonly id: MutationId;
  /** The workload that it is about, by the file's name. */
  readonly workload: string;
  /** Kind and name. */
  readonly object: string;
  readonly field: string;
  /** Null: it was not set. */
  readonly from: string | null;
  /** Null: it is removed. */
  readonly to: string | null;
  readonly objects: Objects;
}

export type Raw = Record<string, unknown>;
export const rawOf = (value: unknown): Raw => (typeof value === "object" && value !== null ? (value as Raw) : {});
export const listOf = (value: unknown): Raw[] => (Array.isArray(value) ? (value as Raw[]) : []);

/** The objects with one of them changed; the others are the same. */
export function withChanged(
  objects: Objects,
  of: { kind: string; name: string },
  change: (object: Raw & { spec: Raw; metadata: Raw }) => void,
): Objects {
  return objects.map((object) => {
    if (object.kind !== of.kind || object.metadata?.name !== of.name) return object;
    const copy = structuredClone(object) as unknown as Raw & { spec: Raw; metadata: Raw };
    change(copy);
    return copy;
  });
}
