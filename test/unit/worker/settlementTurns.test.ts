import { createSettlementTurns } from "../../../src/worker/settlementTurns.ts";

test("no two settlements share a tick, and they keep their order", async () => {
  const turn = createSettlementTurns();
  const flushes: string[][] = [];
  let pending: string[] | undefined;
  // As rhea does: what is settled before the next process.nextTick goes out together.
  const settle = (what: string): void => {
    if (pending === undefined) {
      const flush: string[] = (pending = []);
      process.nextTick(() => {
        flushes.push(flush);
        pending = undefined;
      });
    }
    pending.push(what);
  };
  await Promise.all(
    ["complete 1", "dead-letter 2", "complete 3"].map(async (what) => {
      await turn();
      settle(what);
    }),
  );
  await turn();
  expect(flushes).toEqual([["complete 1"], ["dead-letter 2"], ["complete 3"]]);
});
