import { execFileSync } from "node:child_process";
import { dirname } from "node:path";
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
 * What is missing where a word names a path of the repository: one that begins with a folder of its root, or of the page's own folder. `*` and `{a,b}`
 * are as in a shell, `NAME` and `<name>` stand for anything.
 */
export function missingPath(word: string, page: string): string | undefined {
  const written = word
    .replace(/^\.\//, "")
    .replace(/[.,:;]$|(#|:\d).*$/, "")
    .replace(/\/$/, "");
  const [first = ""] = written.split("/");
  if (!/^[\w@.*{},<>/+-]+\/[\w@.*{},<>/+-]+$/.test(written)) return undefined;
  const beside = dirname(page) === "." ? first : `${dirname(page)}/${first}`;
  if (!TOP.has(first) && !FOLDERS.has(beside)) return undefined;
  const path = TOP.has(first) ? written : `${dirname(page)}/${written}`;
  const pattern = path
    .replaceAll(/[.+]/g, "\\$&")
    .replaceAll(/\{([^}]*)\}/g, (_, names: string) => `(${names.replaceAll(",", "|")})`)
    .replaceAll(/\*+|<[^>]*>|\b[A-Z]{4,}\b/g, "[^/]+");
  const matches = new RegExp(`^${pattern}(\\.ts)?$`);
  const found =
    exists(path) || FILES.some((file) => matches.test(file)) || [...FOLDERS].some((folder) => matches.test(folder));
  return found ? undefined : path;
}
