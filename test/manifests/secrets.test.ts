import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseAllDocuments } from "yaml";
import * as z from "zod";

const ROOT = resolve(import.meta.dirname, "../..");

const objectOfKind = z.object({ kind: z.string() });

/** Kinds that a file's documents have; empty for what is no Kubernetes object. */
function kindsIn(text: string): string[] {
  return parseAllDocuments(text).flatMap((document) => {
    const parsed = objectOfKind.safeParse(document.toJS());
    return parsed.success ? [parsed.data.kind] : [];
  });
}

/** What git has or would take. */
const files = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
  cwd: ROOT,
  encoding: "utf8",
})
  .split("\0")
  .filter((path) => path.startsWith("kustomize/") || /\.(ya?ml|json|env|pem|key|crt)$/.test(path));

test("no Secret and no private key is in git", () => {
  const found = files.flatMap((path) => {
    const text = textOf(path);
    const secret = /\.ya?ml$/.test(path) && kindsIn(text).includes("Secret");
    return secret || text.includes("PRIVATE KEY-----") || /SharedAccessKey=[^;"\s]/.test(text) ? [path] : [];
  });
  expect(files.length).toBeGreaterThan(50);
  expect(found).toEqual([]);
});

test("a Secret, a private key and a connection string are found", () => {
  expect(kindsIn("kind: ConfigMap\n---\nkind: Secret\nmetadata: { name: a }\n")).toContain("Secret");
});

/** Empty for a file that is deleted but still in git's index. */
function textOf(path: string): string {
  try {
    return readFileSync(join(ROOT, path), "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "";
    throw error;
  }
}
