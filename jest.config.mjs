/** Tests that need no cluster; the ones on a cluster are in jest.e2e.config.mjs. @type {import("jest").Config} */
export default {
  testMatch: ["<rootDir>/test/{unit,integration,conformance,manifests,monitoring}/**/*.test.ts"],
  testEnvironment: "node",
  extensionsToTreatAsEsm: [".ts"],
  moduleFileExtensions: ["ts", "mjs", "js", "cjs", "json"],
  transform: { "\\.ts$": "<rootDir>/test/stripTypes.mjs" },
  testTimeout: 60_000,
};
