import { editDistance } from "../../shared/editDistance.ts";

/** What stands at one place of a configuration file. */
export interface KnownKeys {
  /** Those that are read. */
  readonly read: readonly string[];
  /** Those that Azure, its templates or Microsoft's emulator have there, and that have no effect here. */
  readonly withoutEffect?: readonly string[];
}

/** A key that is not read. */
export interface UnreadKey {
  readonly key: string;
  /** A slip of the pen would be as good as left out, and so it is an error; the rest is worth a warning. */
  readonly isError: boolean;
  /** As in `has no effect in this emulator`. */
  readonly message: string;
}

/** The keys of an object that are not read, each with why. */
export function unreadKeys(object: object, { read, withoutEffect = [] }: KnownKeys): UnreadKey[] {
  return Object.keys(object)
    .filter((key) => !read.includes(key))
    .map((key) => {
      if (withoutEffect.includes(key)) return { key, isError: false, message: "has no effect in this emulator" };
      const meant = [...read, ...withoutEffect].find((known) => isSlip(key, known));
      return meant === undefined
        ? { key, isError: false, message: "is not known and has no effect" }
        : { key, isError: true, message: `is not known, want ${meant}` };
    });
}

/** Whether one can be taken for the other, mistyped. */
function isSlip(key: string, known: string): boolean {
  const [a, b] = [key.toLowerCase(), known.toLowerCase()];
  return a === b || editDistance(a, b) <= Math.max(1, Math.floor(known.length / 6));
}
