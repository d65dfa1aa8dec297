import base from "./jest.config.mjs";

/**
 * The long forms of the emulator's tests: crashes, the soak, fuzz, a full disk. One after the other, since they load the machine.
 * @type {import("jest").Config}
 */
export default {
  ...base,
  testMatch: ["<rootDir>/test/slow/**/*.test.ts"],
  testTimeout: 30 * 60_000,
  maxWorkers: 1,
  // In Jest's own process, so that an interrupt reaches the tests directly; any limit would put them in a worker.
  workerIdleMemoryLimit: undefined,
};
