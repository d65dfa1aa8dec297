import { locate, type Places, type Whereabouts } from "../../../loadtest/targets/orders/ledger/whereabouts.ts";

/** Where one order is at a moment: in several places at once while it is on its way. */
interface State {
  readonly onQueue?: boolean;
  readonly committed?: number;
  readonly deadLettered?: string;
}

const ON_QUEUE: State = { onQueue: true };
const NOWHERE: State = {};

/** A system with one order, `o`, which is in the next state before each read of a place; it stays in the last. */
function moving(states: readonly State[]): { places: Places; reads: string[] } {
  const reads: string[] = [];
  const next = (place: string): State => {
    const state = states[Math.min(reads.length, states.length - 1)] ?? NOWHERE;
    reads.push(place);
    return state;
  };
  return {
    reads,
    places: {
      waiting: () => Promise.resolve(new Set(next("queue").onQueue === true ? ["o"] : [])),
      deadLettered: () => {
        const { deadLettered } = next("dead letters");
        return Promise.resolve(
          new Map(deadLettered === undefined ? [] : [["o", { reason: deadLettered, failedDeliveries: 0 }]]),
        );
      },
      committed: () => {
        const { committed } = next("Redis");
        return Promise.resolve(new Map(committed === undefined ? [] : [["o", committed]]));
      },
    },
  };
}

async function find(places: Places, pause = (): void => undefined): Promise<Whereabouts | undefined> {
  const options = {
    signal: new AbortController().signal,
    pause: () => {
      pause();
      return Promise.resolve();
    },
  };
  return (await locate(["o"], places, options)).get("o");
}

/** Every way in which a system can go through the states while three places are read, none skipped backwards. */
function schedules(path: readonly State[]): State[][] {
  const moments: State[][] = [];
  for (let first = 0; first < path.length; first++) {
    for (let second = first; second < path.length; second++) {
      for (let third = second; third < path.length; third++) {
        moments.push([first, second, third].map((index) => path[index] ?? NOWHERE));
      }
    }
  }
  return moments;
}

const paths: Record<string, State[]> = {
  "committed, then completed": [ON_QUEUE, { onQueue: true, committed: 0 }, { committed: 0 }],
  "dead-lettered": [ON_QUEUE, { deadLettered: "invalid-order" }],
  "committed, never settled, dead-lettered in the end": [
    ON_QUEUE,
    { onQueue: true, committed: 0 },
    { onQueue: true, committed: 3 },
    { committed: 3, deadLettered: "MaxDeliveryCountExceeded" },
  ],
};

test.each(Object.keys(paths))(
  "an order that is being %s is found by the first look, whenever it moves",
  async (name) => {
    for (const states of schedules(paths[name] ?? [])) {
      // Were it missed, it would stay so: the second look must not have to save it.
      const { places, reads } = moving([...states, NOWHERE]);
      expect(await find(places)).toBeDefined();
      expect(reads).toEqual(["queue", "dead letters", "Redis"]);
    }
  },
);

test("what is committed counts as that, wherever its message still is", async () => {
  expect(await find(moving([{ onQueue: true, committed: 0 }]).places)).toEqual({
    kind: "committed",
    repeats: 0,
    deadLetterReason: undefined,
  });
  expect(await find(moving([{ committed: 3, deadLettered: "MaxDeliveryCountExceeded" }]).places)).toEqual({
    kind: "committed",
    repeats: 3,
    deadLetterReason: "MaxDeliveryCountExceeded",
  });
});

test("a message that returns to the queue during the first search is found by the second", async () => {
  const back: State[] = [{ deadLettered: "odd" }, ON_QUEUE, ON_QUEUE, ON_QUEUE];
  const { places, reads } = moving(back);
  let paused = 0;
  expect(await find(places, () => (paused += 1))).toEqual({ kind: "waiting" });
  expect(paused).toBe(1);
  expect(reads.length).toBe(6);
});

test("an order that is nowhere in two searches is not found, and there is no third", async () => {
  const { places, reads } = moving([NOWHERE]);
  expect(await find(places)).toBeUndefined();
  expect(reads.length).toBe(6);
});

test("the second search is for missing orders only, and is logged", async () => {
  const asked: string[][] = [];
  const places: Places = {
    waiting: (desired) => {
      asked.push([...desired]);
      return Promise.resolve(new Set(["a", "b"]));
    },
    deadLettered: () => Promise.resolve(new Map()),
    committed: (desired) => Promise.resolve(new Map([...desired].flatMap((id) => (id === "c" ? [[id, 0]] : [])))),
  };
  const lines: string[] = [];
  const found = await locate(["a", "b", "c", "d"], places, {
    signal: new AbortController().signal,
    pause: () => Promise.resolve(),
    log: (line) => lines.push(line),
  });
  expect([...found.keys()].sort()).toEqual(["a", "b", "c"]);
  expect(asked).toEqual([["a", "b", "c", "d"], ["d"]]);
  expect(lines).toEqual([expect.stringContaining("1 of 4 orders")]);
});

test("without an order no place is read", async () => {
  const { places, reads } = moving([NOWHERE]);
  await locate([], places, { signal: new AbortController().signal, pause: () => Promise.reject(new Error("waited")) });
  expect(reads).toEqual([]);
});

test("a place that cannot be read is an error, in either search", async () => {
  const away = (): Promise<never> => Promise.reject(new Error("away"));
  const { places } = moving([NOWHERE]);
  for (const place of ["waiting", "deadLettered", "committed"] as const) {
    await expect(find({ ...places, [place]: away })).rejects.toThrow("away");
  }
  let looks = 0;
  const breaking: Places = { ...places, committed: () => ((looks += 1) === 1 ? Promise.resolve(new Map()) : away()) };
  await expect(find(breaking)).rejects.toThrow("away");
});
