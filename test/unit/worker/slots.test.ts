import { createSlots } from "../../../src/worker/slots.ts";

const neverAborted = new AbortController().signal;

/** Whether the promise has ended, after all that is due has run. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  let settled = false;
  void promise.finally(() => (settled = true));
  await new Promise(setImmediate);
  return settled;
}

test("no more slots are taken than there are, and waiters get them in order", async () => {
  const slots = createSlots(2);
  const [first] = [await slots.take(neverAborted), await slots.take(neverAborted)];
  const third = slots.take(neverAborted);
  const fourth = slots.take(neverAborted);
  expect(await isSettled(third)).toBe(false);
  first?.();
  expect(await isSettled(third)).toBe(true);
  expect(await isSettled(fourth)).toBe(false);
  (await third)?.();
  expect(await isSettled(fourth)).toBe(true);
});

test("a freed slot goes to the first waiter, not to a new caller", async () => {
  const slots = createSlots(1);
  const release = await slots.take(neverAborted);
  const waiting = slots.take(neverAborted);
  release?.();
  const late = slots.take(neverAborted);
  expect(await isSettled(waiting)).toBe(true);
  expect(await isSettled(late)).toBe(false);
});

test("a waiter whose signal is aborted leaves the slot to the next", async () => {
  const slots = createSlots(1);
  const release = await slots.take(neverAborted);
  const imneverAborted = new AbortController();
  const second = slots.take(imneverAborted.signal);
  const third = slots.take(neverAborted);
  imneverAborted.abort();
  expect(await second).toBeUndefined();
  release?.();
  expect(await third).toBeDefined();
  expect(await slots.take(AbortSignal.abort())).toBeUndefined();
});
