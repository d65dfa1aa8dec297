import base from "./jest.config.mjs";

/** Tests on a running cluster, one after the other. @type {import("jest").Config} */
export default {
  ...base,
  testMatch: ["<rootDir>/test/e2e/**/*.test.ts"],
  testTimeout: 20 * 60_000,
  maxWorkers: 1,
  // In Jest's own process, so that an interrupt reaches the tests directly; any limit would put them in a worker.
  workerIdleMemoryLimit: undefined,
};
