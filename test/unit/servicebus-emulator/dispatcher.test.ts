import type { Consumer, Dispatcher, LockedMessage } from "../../../src/servicebus-emulator/broker/contract.ts";
import { createDispatcher } from "../../../src/servicebus-emulator/broker/dispatcher.ts";

let waiting: number;
let got: string[];
let dispatcher: Dispatcher;

beforeEach(() => {
  waiting = 0;
  got = [];
  const lock = (): LockedMessage | undefined => {
    if (waiting === 0) return undefined;
    waiting -= 1;
    return {} as LockedMessage;
  };
  dispatcher = createDispatcher({ lock } as never, () => 0);
});

function consumer(name: string, credit = Infinity): Consumer {
  const made: Consumer = {
    hasRoom: () => credit > 0,
    deliver: () => {
      credit -= 1;
      got.push(name);
    },
    end: () => {
      got.push(`${name} ended`);
    },
  };
  dispatcher.add(made);
  return made;
}

function dispatch(messages: number): string[] {
  waiting += messages;
  dispatcher.dispatch();
  return got.splice(0);
}

it("gives to each in turn, as far as it wants", () => {
  consumer("a", 3);
  consumer("b", 1);
  consumer("c");
  expect(dispatch(7)).toEqual(["a", "b", "c", "a", "c", "a", "c"]);
});

it("goes on behind whoever got the last one, also one by one", () => {
  consumer("a");
  consumer("b");
  expect([dispatch(1), dispatch(1), dispatch(0), dispatch(1)]).toEqual([["a"], ["b"], [], ["a"]]);
});

it("keeps the turn when somebody leaves", () => {
  const a = consumer("a");
  consumer("b");
  const c = consumer("c");
  expect(dispatch(2)).toEqual(["a", "b"]);
  dispatcher.remove(a);
  expect(dispatch(1)).toEqual(["c"]);
  dispatcher.remove(c);
  expect(dispatch(1)).toEqual(["b"]);
});

it("wakes once for many calls, and soon", async () => {
  consumer("a");
  waiting = 2;
  dispatcher.wake();
  dispatcher.wake();
  expect(got).toEqual([]);
  await Promise.resolve();
  expect(got).toEqual(["a", "a"]);
});

it("tells everybody of the end, once", () => {
  consumer("a");
  consumer("b");
  dispatcher.end();
  dispatcher.end();
  expect(got).toEqual(["a ended", "b ended"]);
});
