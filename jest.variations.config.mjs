import base from "./jest.config.mjs";

/** Tests that deploy variations of `dev` on the cluster that is up, one after the other. @type {import("jest").Config} */
export default {
  ...base,
  testMatch: ["<rootDir>/test/variations/**/*.test.ts"],
  testTimeout: 10 * 60_000,
  maxWorkers: 1,
  // As in jest.e2e.config.mjs: an interrupt reaches the tests directly, which then restore `dev`.
  workerIdleMemoryLimit: undefined,
};
