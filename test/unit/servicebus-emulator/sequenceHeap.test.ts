import { createSequenceHeap } from "../../../src/servicebus-emulator/broker/sequenceHeap.ts";

it.each([
  ["in order", [1, 2, 3, 4, 5, 6, 7]],
  ["in reverse", [7, 6, 5, 4, 3, 2, 1]],
  ["in any order", [4, 1, 7, 3, 6, 2, 5, 8]],
  ["alone", [1]],
])("gives the lowest first when filled %s", (_, numbers) => {
  const heap = createSequenceHeap();
  for (const number of numbers) heap.push(number);
  expect(heap.size).toBe(numbers.length);
  const out = numbers.map(() => heap.pop());
  expect(out).toEqual([...numbers].sort((a, b) => a - b));
  expect(heap.pop()).toBeUndefined();
  expect(heap.size).toBe(0);
});

it("stays in order while it is filled and emptied", () => {
  const heap = createSequenceHeap();
  for (const number of [5, 3, 8]) heap.push(number);
  expect(heap.pop()).toBe(3);
  heap.push(1);
  heap.push(6);
  expect([heap.pop(), heap.pop(), heap.pop(), heap.pop()]).toEqual([1, 5, 6, 8]);
});
