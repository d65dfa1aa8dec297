import { existsSync } from "node:fs";
import { ownCpuTime, waitedShare } from "../../../loadtest/observe/cpuTime.ts";

const at = (ranMs: number, waitedMs: number) => ({ ranMs, waitedMs });

test("of the time in which there was work, the share that was waited for a core", () => {
  expect(waitedShare(at(100, 50), at(110, 90))).toBe(0.8);
  expect(waitedShare(at(100, 50), at(200, 50))).toBe(0);
});

test("nothing is known where the system does not tell, or nothing was done", () => {
  expect(waitedShare(null, at(1, 1))).toBeNull();
  expect(waitedShare(at(1, 1), null)).toBeNull();
  expect(waitedShare(at(1, 1), at(1, 1))).toBeNull();
});

test("where the system tells, this process has run", async () => {
  const time = await ownCpuTime();
  if (existsSync("/proc/self/schedstat")) expect(time?.ranMs).toBeGreaterThan(0);
  else expect(time).toBeNull();
});
