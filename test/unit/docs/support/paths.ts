import { execFileSync } from "node:child_process";
import { ROOT } from "../../../../scripts/process/paths.ts";

const FILES = execFileSync("git", ["ls-files"], { cwd: ROOT, encoding: "utf8" }).trimEnd().split("\n");
const FOLDERS = new Set(
  FILES.flatMap((path) => path.split("/").map((_, index, parts) => parts.slice(0, index).join("/"))),
);
const TOP = new Set(FILES.map((path) => path.split("/")[0]));

/** Whether Git tracks a file or folder there. */
export function exists(path: string): boolean {
  return path === "." || FOLDERS.has(path) || FILES.includes(path);
}

/**
 * What is wrong with a word where it names a path of the repository: one that begins with a folder of its root. `*` and `{a,b}` are as in a shell, `NAME` and `<name>` stand for anything.
 */
export function missingPath(word: string): string | undefined {
  const path = word
    .replace(/^\.\//, "")
    .replace(/[.,:;]$|(#|:\d).*$/, "")
    .replace(/\/$/, "");
  const [first] = path.split("/");
  if (!path.includes("/") || !TOP.has(first ?? "") || !/^[\w@.*{},<>/+-]+$/.test(path)) return undefined;
  const pattern = path
    .replaceAll(/[.+]/g, "\\$&")
    .replaceAll(/\{([^}]*)\}/g, (_, names: string) => `(${names.replaceAll(",", "|")})`)
    .replaceAll(/\*+|<[^>]*>|\b[A-Z]{4,}\b/g, "[^/]+");
  const matches = new RegExp(`^${pattern}(\\.ts)?$`);
  return exists(path) || FILES.some((file) => matches.test(file)) || [...FOLDERS].some((folder) => matches.test(folder))
    ? undefined
    : path;
}
