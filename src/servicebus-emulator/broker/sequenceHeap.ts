/** Sequence numbers of which the lowest comes out first; cheap when they arrive in order, which is the rule. */
export interface SequenceHeap {
  readonly size: number;
  push(sequenceNumber: number): void;
  /** The lowest; undefined when there is none. */
  peek(): number | undefined;
  /** Takes out the lowest; undefined when there is none. */
  pop(): number | undefined;
}

export function createSequenceHeap(): SequenceHeap {
  const heap: number[] = [];
  const at = (index: number): number => heap[index] ?? Infinity;

  return {
    get size() {
      return heap.length;
    },
    peek: () => heap[0],
    push: (sequenceNumber) => {
      let index = heap.length;
      heap.push(sequenceNumber);
      while (index > 0) {
        const parent = (index - 1) >> 1;
        if (at(parent) <= sequenceNumber) break;
        heap[index] = at(parent);
        index = parent;
      }
      heap[index] = sequenceNumber;
    },
    pop: () => {
      const lowest = heap[0];
      const moved = heap.pop();
      if (moved === undefined || heap.length === 0) return lowest;
      let index = 0;
      for (;;) {
        let child = 2 * index + 1;
        if (at(child + 1) < at(child)) child += 1;
        if (at(child) >= moved) break;
        heap[index] = at(child);
        index = child;
      }
      heap[index] = moved;
      return lowest;
    },
  };
}
