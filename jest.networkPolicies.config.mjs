import base from "./jest.config.mjs";

/** Tests that enforce NetworkPolicies on the embedded cluster for as long as they run. @type {import("jest").Config} */
export default {
  ...base,
  testMatch: ["<rootDir>/test/networkPolicies/**/*.test.ts"],
  testTimeout: 5 * 60_000,
  maxWorkers: 1,
};
