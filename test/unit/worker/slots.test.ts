import { createSlots } from "../../../src/worker/slots.ts";

const patient = new AbortController().signal;

/** Whether the promise has ended, after all that is due has run. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  let settled = false;
  void promise.finally(() => (settled = true));
  await new Promise(setImmediate);
  return settled;
}

test("no more than there are slots, then in turn", async () => {
  const slots = createSlots(2);
  const [first] = [await slots.take(patient), await slots.take(patient)];
  const third = slots.take(patient);
  const fourth = slots.take(patient);
  expect(await isSettled(third)).toBe(false);
  first?.();
  expect(await isSettled(third)).toBe(true);
  expect(await isSettled(fourth)).toBe(false);
  (await third)?.();
  expect(await isSettled(fourth)).toBe(true);
});

test("a slot that is freed belongs to whoever waited, not to whoever asks in that moment", async () => {
  const slots = createSlots(1);
  const release = await slots.take(patient);
  const waiting = slots.take(patient);
  release?.();
  const late = slots.take(patient);
  expect(await isSettled(waiting)).toBe(true);
  expect(await isSettled(late)).toBe(false);
});

test("whoever gives up leaves the slot to the next", async () => {
  const slots = createSlots(1);
  const release = await slots.take(patient);
  const impatient = new AbortController();
  const second = slots.take(impatient.signal);
  const third = slots.take(patient);
  impatient.abort();
  expect(await second).toBeUndefined();
  release?.();
  expect(await third).toBeDefined();
  expect(await slots.take(AbortSignal.abort())).toBeUndefined();
});
