import base from "./jest.config.mjs";

/** Tests that install KEDA in other ways, on the embedded cluster, and put this project's own back. @type {import("jest").Config} */
export default {
  ...base,
  testMatch: ["<rootDir>/test/existing/**/*.test.ts"],
  testTimeout: 10 * 60_000,
  maxWorkers: 1,
};
