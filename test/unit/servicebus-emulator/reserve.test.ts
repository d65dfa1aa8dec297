import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createReserve } from "../../../src/servicebus-emulator/store/reserve.ts";

let directory: string;
let dataFile: string;
let file: string;
let nowMs: number;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "reserve-"));
  dataFile = join(directory, "bus.db");
  file = `${dataFile}.reserve`;
  nowMs = 0;
});

afterEach(() => {
  rmSync(directory, { recursive: true });
});

it("holds space beside the data file, until it is released", () => {
  const reserve = createReserve(dataFile);
  expect(reserve.isHeld()).toBe(true);
  expect(existsSync(file)).toBe(false);
  reserve.take();
  expect(reserve.isHeld()).toBe(true);
  // Blocks, not a hole.
  expect(statSync(file).blocks * 512).toBeGreaterThanOrEqual(4 * 1024 * 1024);
  reserve.release();
  expect(existsSync(file)).toBe(false);
});

it("gives it up when the disk is full, and gets it back a second later", () => {
  const reserve = createReserve(dataFile, () => nowMs);
  reserve.take();
  reserve.spend();
  expect(existsSync(file)).toBe(false);
  nowMs = 999;
  expect(reserve.isHeld()).toBe(false);
  nowMs = 1_000;
  expect(reserve.isHeld()).toBe(true);
  expect(existsSync(file)).toBe(true);
});

it("does not claim to hold what it could not get, and tries again", () => {
  const missing = join(directory, "missing");
  const reserve = createReserve(join(missing, "bus.db"), () => nowMs);
  reserve.take();
  expect(reserve.isHeld()).toBe(false);
  mkdirSync(missing);
  nowMs = 1_000;
  expect(reserve.isHeld()).toBe(true);
});
