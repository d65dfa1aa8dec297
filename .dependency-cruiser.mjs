import { readdirSync } from "node:fs";

/**
 * The direction of imports, checked by `npm run imports` and by ./scripts/test. Imports of types count: a reader follows them too.
 *
 * What a folder of loadtest may import besides itself. Each row may name earlier rows only, so the arrows cannot form a circle.
 */
const LOADTEST = [
  ["model", []],
  ["declaration", ["model"]],
  ["abuse", ["model"]],
  ["k6/lib", []],
  ["k6", ["model", "k6/lib"]],
  ["observe", ["model"]],
  ["simulator", ["model"]],
  ["timings", ["model", "simulator"]],
  ["prometheus", ["model"]],
  ["report", ["model"]],
  ["planner", ["model", "simulator", "timings"]],
  ["assertions", ["model"]],
  ["dryRun", ["model", "observe", "simulator", "planner", "assertions"]],
  // It runs any target, and knows none.
  ["engine", ["model", "observe", "timings", "report", "assertions"]],
  ["preflight", ["model", "observe", "report", "engine"]],
  [
    "targets/declared",
    ["model", "declaration", "observe", "timings", "prometheus", "assertions", "engine", "preflight"],
  ],
  [
    "targets/orders",
    ["model", "k6/lib", "observe", "timings", "prometheus", "report", "assertions", "engine", "preflight"],
  ],
];
const SERVICES = ["api", "validator", "worker", "servicebus-emulator"];

const pathOf = (folders) => `^(${folders.join("|")})/`;

function checkRows() {
  const rows = LOADTEST.map(([folder]) => folder);
  for (const [index, [folder, allowed]] of LOADTEST.entries()) {
    const later = allowed.filter((other) => !rows.slice(0, index).includes(other));
    if (later.length > 0) throw new Error(`loadtest/${folder}: ${later.join(", ")} must have an earlier row`);
  }
  const foldersIn = (path) =>
    readdirSync(new URL(path, import.meta.url), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name);
  const targets = foldersIn("loadtest/targets/").map((name) => `targets/${name}`);
  for (const name of [...foldersIn("loadtest/").filter((folder) => folder !== "targets"), ...targets]) {
    if (!rows.includes(name)) throw new Error(`loadtest/${name} has no row in .dependency-cruiser.mjs`);
  }
}
checkRows();

/** Files of the folder `from` may import paths that match one of `allowed`, npm packages and Node's modules. */
function onlyImports(name, from, allowed, fromNot = []) {
  return {
    name,
    severity: "error",
    from: { path: from, pathNot: fromNot },
    to: { pathNot: [...allowed, "node_modules/"], dependencyTypesNot: ["core"] },
  };
}

/** @type {import("dependency-cruiser").IConfiguration} */
export default {
  forbidden: [
    ...LOADTEST.map(([folder, allowed]) =>
      onlyImports(
        `loadtest/${folder} imports ${["itself", ...allowed].join(", ")} and src/shared`,
        `^loadtest/${folder}/`,
        [pathOf([folder, ...allowed].map((other) => `loadtest/${other}`)), "^src/shared/"],
        // A folder inside has a row of its own where it is named above.
        LOADTEST.map(([other]) => other)
          .filter((other) => other.startsWith(`${folder}/`))
          .map((other) => `^loadtest/${other}/`),
      ),
    ),
    ...SERVICES.map((service) =>
      onlyImports(`src/${service} imports itself and src/shared`, `^src/${service}/`, [
        pathOf([`src/${service}`, "src/shared"]),
        "^package\\.json$",
      ]),
    ),
    onlyImports("src/shared imports itself", "^src/shared/", ["^src/shared/", "^package\\.json$"]),
    onlyImports("scripts import scripts, loadtest, src/shared and the emulator that they start", "^scripts/", [
      "^scripts/",
      "^loadtest/",
      pathOf(["src/shared", "src/servicebus-emulator"]),
      "^package\\.json$",
    ]),
    {
      name: "nothing imports a command",
      comment: "What two commands share is a library beside scripts/commands. Tests may run a command's functions.",
      severity: "error",
      from: { pathNot: ["^scripts/commands/", "^test/"] },
      to: { path: "^scripts/commands/" },
    },
    {
      name: "nothing outside test/ imports a test's file",
      severity: "error",
      from: { pathNot: ["^test/"] },
      to: { path: "^test/" },
    },
    {
      name: "nothing imports a manifest",
      severity: "error",
      from: {},
      to: { path: "^kustomize/" },
    },
    {
      name: "every import leads somewhere",
      severity: "error",
      from: {},
      to: { couldNotResolve: true },
    },
    { name: "no cycle of files", severity: "error", from: {}, to: { circular: true } },
    {
      name: "no cycle of folders",
      severity: "error",
      scope: "folder",
      from: {},
      to: { circular: true },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    doNotFollow: { path: "node_modules" },
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["import", "node", "default", "types"] },
    exclude: { path: "^(out|dist|coverage)/" },
  },
};
