/** Things in the order of their arrival, each of which can leave at any time. */
export interface Arrivals<Item> extends Iterable<Item> {
  readonly size: number;
  /** Undefined where there is none. */
  oldest(): Item | undefined;
  /** @returns takes the item away, and does nothing the second time. */
  add(item: Item): () => void;
  /** Resolves when there is none. */
  whenEmpty(): Promise<void>;
}

interface Place<Item> {
  readonly item: Item;
  before: Place<Item> | undefined;
  after: Place<Item> | undefined;
  isTaken: boolean;
}

/**
 * A linked list, in which whoever has left refers to nobody. A Set would say the same and cost an eighth of a busy worker's CPU time: V8 replaces its
 * table every few dozen changes and leaves in the old one a reference to the new, so that after one of them has become old, none of the later ones,
 * nor any message that was ever in them, is freed before the next full garbage collection.
 */
export function createArrivals<Item>(): Arrivals<Item> {
  let first: Place<Item> | undefined;
  let last: Place<Item> | undefined;
  let size = 0;
  let waiting: (() => void)[] = [];

  function leave(place: Place<Item>): void {
    if (!place.isTaken) return;
    const { before, after } = place;
    if (before === undefined) first = after;
    else before.after = after;
    if (after === undefined) last = before;
    else after.before = before;
    place.before = undefined;
    place.after = undefined;
    place.isTaken = false;
    size -= 1;
    if (size > 0) return;
    const told = waiting;
    waiting = [];
    for (const tell of told) tell();
  }

  return {
    get size() {
      return size;
    },
    oldest: () => first?.item,
    add: (item) => {
      const place: Place<Item> = { item, before: last, after: undefined, isTaken: true };
      if (last === undefined) first = place;
      else last.after = place;
      last = place;
      size += 1;
      return () => {
        leave(place);
      };
    },
    whenEmpty: () =>
      new Promise((resolve) => {
        if (size === 0) resolve();
        else waiting.push(resolve);
      }),
    *[Symbol.iterator]() {
      // Those of now: whoever is looked at may leave meanwhile, and others with it.
      const items: Item[] = [];
      for (let place = first; place !== undefined; place = place.after) items.push(place.item);
      yield* items;
    },
  };
}
