/** Tests that need no cluster; the ones on a cluster are in jest.e2e.config.mjs. @type {import("jest").Config} */
export default {
  testMatch: ["<rootDir>/test/{unit,integration,conformance,manifests,monitoring,page}/**/*.test.ts"],
  testEnvironment: "node",
  extensionsToTreatAsEsm: [".ts"],
  moduleFileExtensions: ["ts", "mjs", "js", "cjs", "json"],
  transform: { "\\.ts$": "<rootDir>/test/stripTypes.mjs" },
  testTimeout: 60_000,
  // Most of these tests wait for processes more than they compute: one core less, which is jest's own choice, leaves two cores half idle.
  maxWorkers: "100%",
};
