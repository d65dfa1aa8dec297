/** Tests that need no cluster; the ones on a cluster are in jest.e2e.config.mjs. @type {import("jest").Config} */
export default {
  testMatch: ["<rootDir>/test/{unit,integration,conformance,manifests,monitoring,package,page}/**/*.test.ts"],
  testEnvironment: "node",
  extensionsToTreatAsEsm: [".ts"],
  moduleFileExtensions: ["ts", "mjs", "js", "cjs", "json"],
  transform: { "\\.ts$": "<rootDir>/test/stripTypes.mjs" },
  testTimeout: 60_000,
  // Most of these tests wait for processes more than they compute: one core less, which is jest's own choice, leaves two cores half idle.
  maxWorkers: "100%",
  // Of every test file that is an ES module, Jest keeps the whole context (2 MB of heap for an empty test, 20 MB with the Kubernetes client; none of a
  // CommonJS file). A worker of several hundred megabytes takes longer to end than the 500 ms after which Jest kills it and reports a leak.
  workerIdleMemoryLimit: "128MB",
};
