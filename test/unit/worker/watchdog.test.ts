import { createWatchdog } from "../../../src/worker/watchdog.ts";

test("a check is not due before a receiver was opened", () => {
  expect(createWatchdog(1_000).isDue(1e9)).toBe(false);
});

test("a check is due after the silence limit, counted from the last message or check", () => {
  const watchdog = createWatchdog(1_000);
  watchdog.idle(0);
  expect([watchdog.isDue(1_000), watchdog.isDue(1_001)]).toEqual([false, true]);
  watchdog.received(900);
  expect([watchdog.isDue(1_900), watchdog.isDue(1_901)]).toEqual([false, true]);
});

test("each restart without a message doubles the limit up to ten minutes, and a message resets it", () => {
  const watchdog = createWatchdog(1_000);
  watchdog.idle(0);
  watchdog.restarted(0);
  expect([watchdog.isDue(2_000), watchdog.isDue(2_001)]).toEqual([false, true]);
  watchdog.restarted(0);
  expect([watchdog.isDue(4_000), watchdog.isDue(4_001)]).toEqual([false, true]);
  for (let restarts = 0; restarts < 20; restarts += 1) watchdog.restarted(0);
  expect([watchdog.isDue(600_000), watchdog.isDue(600_001)]).toEqual([false, true]);
  watchdog.received(0);
  expect(watchdog.isDue(1_001)).toBe(true);
});
