import { pino } from "pino";
import { createCommitCircuitBreaker, type CommitCircuitBreaker } from "../../../src/worker/commitCircuitBreaker.ts";

const neverAborted = new AbortController().signal;
const log = pino({ level: "silent" });
let made: CommitCircuitBreaker | undefined;

afterEach(() => {
  made?.end();
});

/** A circuit breaker whose probe fails while Redis is unavailable. */
function breakerWith(redis: { isAvailable: boolean }) {
  const changes: boolean[] = [];
  let probes = 0;
  const breaker = createCommitCircuitBreaker({
    probe: () => {
      probes += 1;
      return redis.isAvailable ? Promise.resolve() : Promise.reject(new Error("unavailable"));
    },
    onChange: (isClosed) => changes.push(isClosed),
    log,
  });
  made = breaker;
  return { breaker, changes, probes: () => probes };
}

test("is open at first and closes after the first probe that succeeds", async () => {
  const { breaker, changes } = breakerWith({ isAvailable: true });
  expect(breaker.isClosed()).toBe(false);
  expect(await breaker.whenClosed(neverAborted)).toBe(true);
  expect({ isClosed: breaker.isClosed(), changes }).toEqual({ isClosed: true, changes: [true] });
});

test("closes by itself after it was tripped, and every waiter goes on", async () => {
  const redis = { isAvailable: true };
  const { breaker, changes } = breakerWith(redis);
  await breaker.whenClosed(neverAborted);
  redis.isAvailable = false;
  breaker.trip(new Error("full"));
  breaker.trip(new Error("full"));
  const waiting = Promise.all([breaker.whenClosed(neverAborted), breaker.whenClosed(neverAborted)]);
  expect(breaker.isClosed()).toBe(false);
  redis.isAvailable = true;
  expect(await waiting).toEqual([true, true]);
  expect(changes).toEqual([true, false, true]);
});

test("probes at once when it is told to", async () => {
  const redis = { isAvailable: false };
  const { breaker, probes } = breakerWith(redis);
  await new Promise(setImmediate);
  const before = probes();
  redis.isAvailable = true;
  breaker.probe();
  await breaker.whenClosed(neverAborted);
  expect(probes()).toBe(before + 1);
});

test("a waiter whose signal is aborted resolves with false", async () => {
  const { breaker } = breakerWith({ isAvailable: false });
  const aborting = new AbortController();
  const waiting = breaker.whenClosed(aborting.signal);
  aborting.abort();
  expect(await waiting).toBe(false);
  expect(await breaker.whenClosed(AbortSignal.abort())).toBe(false);
});
