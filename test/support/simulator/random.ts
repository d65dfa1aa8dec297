/** Random choices that depend on a seed only. */
export interface Random {
  /** An integer; both ends belong to it. */
  readonly int: (low: number, high: number) => number;
  readonly pick: <T>(values: readonly T[]) => T;
  /** True in so great a share of calls. */
  readonly chance: (share: number) => boolean;
}

/** Mulberry32. */
export function seeded(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const int = (low: number, high: number): number => low + Math.floor(next() * (high - low + 1));
  return {
    int,
    pick: <T>(values: readonly T[]): T => {
      const value = values[int(0, values.length - 1)];
      if (value === undefined) throw new Error("nothing to pick from");
      return value;
    },
    chance: (share) => next() < share,
  };
}
