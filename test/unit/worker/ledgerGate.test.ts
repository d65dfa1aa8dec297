import { pino } from "pino";
import { createLedgerGate, type LedgerGate } from "../../../src/worker/ledgerGate.ts";

const patient = new AbortController().signal;
const log = pino({ level: "silent" });
let gate: LedgerGate | undefined;

afterEach(() => {
  gate?.end();
});

/** A gate whose probe fails while `state.isAway`. */
function gateWith(state: { isAway: boolean }) {
  const changes: boolean[] = [];
  let probes = 0;
  const made = createLedgerGate({
    probe: () => {
      probes += 1;
      return state.isAway ? Promise.reject(new Error("away")) : Promise.resolve();
    },
    onChange: (open) => changes.push(open),
    log,
  });
  gate = made;
  return { gate: made, changes, probes: () => probes };
}

test("closed at first, open after the first probe that succeeds", async () => {
  const { gate, changes } = gateWith({ isAway: false });
  expect(gate.isOpen()).toBe(false);
  expect(await gate.whenOpen(patient)).toBe(true);
  expect({ open: gate.isOpen(), changes }).toEqual({ open: true, changes: [true] });
});

test("once closed it opens by itself, and lets all who wait go on", async () => {
  const state = { isAway: false };
  const { gate, changes } = gateWith(state);
  await gate.whenOpen(patient);
  state.isAway = true;
  gate.close(new Error("full"));
  gate.close(new Error("full"));
  const waiting = Promise.all([gate.whenOpen(patient), gate.whenOpen(patient)]);
  expect(gate.isOpen()).toBe(false);
  state.isAway = false;
  expect(await waiting).toEqual([true, true]);
  expect(changes).toEqual([true, false, true]);
});

test("told that something is better it looks at once", async () => {
  const state = { isAway: true };
  const { gate, probes } = gateWith(state);
  await new Promise(setImmediate);
  const before = probes();
  state.isAway = false;
  gate.probe();
  await gate.whenOpen(patient);
  expect(probes()).toBe(before + 1);
});

test("whoever gives up does not wait", async () => {
  const { gate } = gateWith({ isAway: true });
  const impatient = new AbortController();
  const waiting = gate.whenOpen(impatient.signal);
  impatient.abort();
  expect(await waiting).toBe(false);
  expect(await gate.whenOpen(AbortSignal.abort())).toBe(false);
});
