import base from "./jest.config.mjs";

/** Tests on a running cluster, one after the other. @type {import("jest").Config} */
export default {
  ...base,
  testMatch: ["<rootDir>/test/e2e/**/*.test.ts"],
  testTimeout: 20 * 60_000,
  maxWorkers: 1,
};
