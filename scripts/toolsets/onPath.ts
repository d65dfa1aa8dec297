import { KNOWN_MAJORS, parseK6Version } from "../../loadtest/preflight/k6Version.ts";
import { CommandError, run } from "../process/command.ts";
import { executableOn } from "../process/executableOn.ts";
import { say } from "../process/progress.ts";
import { toolset, versionOf } from "./toolsets.ts";

/** A program that people have already: taken where its version fits, so that nothing has to be built. */
interface Installed {
  name: "k6" | "kind";
  /** The version in what `NAME version` prints. */
  parse: (printed: string) => string | undefined;
  /** Major versions that fit, from the pinned version on. */
  majors: readonly number[];
}

export const K6: Installed = { name: "k6", parse: parseK6Version, majors: KNOWN_MAJORS };
export const KIND: Installed = {
  name: "kind",
  parse: (printed) => /^kind v?(\d+\.\d+\.\d+)/m.exec(printed)?.[1],
  majors: [0],
};

/** The k6 on PATH, of the pinned version or a newer one with a known major version; else the one that is built from its Go module. */
export const k6Program = lookedUp(K6);
/** The kind on PATH, of the pinned version or a newer 0.x; else the one that is built from its Go module. */
export const kindProgram = lookedUp(KIND);

/** Once, and not before it is needed. */
function lookedUp(program: Installed): () => Promise<string> {
  let found: Promise<string> | undefined;
  return () =>
    (found ??= installedOr(program, process.env.PATH ?? "", async () =>
      (await toolset(program.name)).binary(program.name),
    ));
}

/** @returns the path of the program on the search path where its version fits, else what is built. */
export async function installedOr(
  { name, parse, majors }: Installed,
  searchPath: string,
  build: () => Promise<string>,
): Promise<string> {
  const path = executableOn(searchPath, name);
  if (path === undefined) return build();
  const version = parse(await run(path, ["version"]).catch(whatItPrinted));
  const pinned = versionOf(name);
  if (version !== undefined && fits(version, pinned, majors)) {
    say(`    ${name} ${version} is used: ${path}`);
    return path;
  }
  say(`    ${path} is not used: it is ${version ?? "of an unknown version"}, and ${pinned} or newer is needed`);
  return build();
}

function whatItPrinted(error: unknown): string {
  if (error instanceof CommandError) return error.output;
  throw error;
}

function fits(version: string, pinned: string, majors: readonly number[]): boolean {
  const [own = [], least = []] = [version, pinned].map((text) => text.split(".").map((part) => Number.parseInt(part)));
  if (!majors.includes(own[0] ?? -1)) return false;
  const different = least.findIndex((part, index) => part !== own[index]);
  return different === -1 || (own[different] ?? 0) > (least[different] ?? 0);
}
