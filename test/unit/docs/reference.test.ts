import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../../../scripts/process/paths.ts";
import { trackedFiles } from "../../support/trackedFiles.ts";

/** What a pattern finds in tracked files, each once. */
function namesIn(pattern: RegExp, ...paths: readonly string[]): string[] {
  const text = trackedFiles(...paths)
    .flatMap(({ lines }) => lines)
    .join("\n");
  return [...new Set([...text.matchAll(pattern)].map(([, name = ""]) => name))];
}

/** The names that stand in code on a page, without their labels. */
function shownOn(page: string): string[] {
  const text = readFileSync(join(ROOT, page), "utf8");
  return [...text.matchAll(/`([A-Za-z_]+)[^`]*`/g)].map(([, name = ""]) => name);
}

test("docs/reference/metrics.md has every metric of the services", () => {
  const names = namesIn(
    /\bname: "([a-z]+(?:_[a-z]+)+)"/g,
    "src/api/*.ts",
    "src/validator/*.ts",
    "src/worker/*.ts",
    "src/shared/*.ts",
  );
  expect(names.length).toBeGreaterThan(20);
  expect(shownOn("docs/reference/metrics.md")).toEqual(expect.arrayContaining(names));
});

test("docs/reference/environment.md has every variable of the services", () => {
  const names = namesIn(
    /^\s*(?:export const \w+ = \{ )?([A-Z]+(?:_[A-Z]+)*): (?:z|port|milliseconds|positiveInteger|logLevel)\b/gm,
    "src/api/*.ts",
    "src/validator/*.ts",
    "src/worker/*.ts",
    "src/shared/*.ts",
  );
  expect(names).toEqual(expect.arrayContaining(["REDIS_URL", "WORKER_CONCURRENCY", "FULFILMENT_PRODUCTS"]));
  expect(shownOn("docs/reference/environment.md")).toEqual(expect.arrayContaining(names));
});

test("docs/reference/environment.md has every variable of the commands", () => {
  const theirs = ["PATH", "INIT_CWD", "LOG_LEVEL"];
  const names = namesIn(/process\.env\.([A-Z_]+)/g, "scripts/*.ts").filter(
    (name) => !theirs.includes(name) && !name.startsWith("EMULATOR_"),
  );
  expect(names).toContain("CLUSTER");
  expect(shownOn("docs/reference/environment.md")).toEqual(expect.arrayContaining(names));
});
