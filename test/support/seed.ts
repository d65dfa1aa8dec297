import { randomInt } from "node:crypto";
import { say } from "./progress.ts";

/** Random values that can be repeated: the same seed gives the same ones. */
export interface Random {
  /** A whole number from 0 up to, and not including, `below`. */
  below(below: number): number;
  /** A whole number from `low` to `high`, both included. */
  between(low: number, high: number): number;
  chance(probability: number): boolean;
  pick<Value>(values: readonly Value[]): Value;
  bytes(length: number): Buffer;
}

/** {@link https://prng.di.unimi.it/splitmix64.c | splitmix}, in its form of 32 bits. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  function next(): number {
    state = (state + 0x9e37_79b9) >>> 0;
    let mixed = state ^ (state >>> 16);
    mixed = Math.imul(mixed, 0x21f0_aaad);
    mixed ^= mixed >>> 15;
    mixed = Math.imul(mixed, 0x735a_2d97);
    mixed ^= mixed >>> 15;
    return (mixed >>> 0) / 2 ** 32;
  }
  const below = (limit: number): number => Math.floor(next() * limit);
  return {
    below,
    between: (low, high) => low + below(high - low + 1),
    chance: (probability) => next() < probability,
    pick: (values) => {
      const value = values[below(values.length)];
      if (value === undefined) throw new Error("nothing to pick from");
      return value;
    },
    bytes: (length) => Buffer.from(Array.from({ length }, () => below(256))),
  };
}

/**
 * The seed of a random test: the environment variable SEED, otherwise a new one. Prints how to repeat the test.
 * @param test what the line begins with.
 */
export function seedOfRun(test: string, given = process.env.SEED, print = say): number {
  if (given !== undefined && !/^\d{1,10}$/.test(given)) throw new Error(`SEED must be a whole number, got "${given}"`);
  const seed = given === undefined ? randomInt(2 ** 31) : Number(given);
  print(`${test}: SEED=${seed} repeats its random input`);
  return seed;
}
