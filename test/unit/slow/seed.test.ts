import { createRandom, seedOfRun } from "../../support/seed.ts";
import { amqpCase } from "../../slow/fuzz/amqpCases.ts";

function numbers(seed: number): number[] {
  const random = createRandom(seed);
  return Array.from({ length: 50 }, () => random.below(1_000_000));
}

it("the same seed gives the same values, another seed others", () => {
  expect(numbers(7)).toEqual(numbers(7));
  expect(numbers(8)).not.toEqual(numbers(7));
});

it("the same seed gives the same malformed connections", () => {
  const [one, same] = [createRandom(7), createRandom(7)];
  for (let connection = 0; connection < 20; connection++)
    expect(amqpCase(one, "token")).toEqual(amqpCase(same, "token"));
});

it("SEED decides the seed, and the printed line names it", () => {
  const lines: string[] = [];
  const print = (line: string): void => void lines.push(line);
  expect(seedOfRun("fuzz", "42", print)).toBe(42);
  const fresh = seedOfRun("fuzz", undefined, print);
  expect(lines).toEqual(["fuzz: SEED=42 repeats its random input", `fuzz: SEED=${fresh} repeats its random input`]);
});

it.each(["", "-1", "x", "1e3"])("SEED=%s is rejected", (given) => {
  expect(() => seedOfRun("fuzz", given)).toThrow(/SEED must be a whole number/);
});
