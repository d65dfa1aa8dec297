import { createHash } from "node:crypto";
import { existsSync, globSync } from "node:fs";
import { cp, mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { withWorkFolder } from "../../scripts/process/cache.ts";
import { CliError } from "../../scripts/process/cliError.ts";
import { run } from "../../scripts/process/command.ts";
import { CACHE, ROOT } from "../../scripts/process/paths.ts";
import { step } from "../../scripts/process/progress.ts";
import { messageOf } from "../../src/shared/messageOf.ts";
import type { Program } from "../support/simulator/suites.ts";

const SOURCE = join(import.meta.dirname, "go");

interface Build {
  /** The tool set whose versions it is built with: those that the cluster runs. */
  readonly toolset: "kubernetes" | "keda" | "both";
  readonly cgo: boolean;
}

const BUILDS: Readonly<Record<Program, Build>> = {
  hpa: { toolset: "kubernetes", cgo: true },
  keda: { toolset: "keda", cgo: false },
  both: { toolset: "both", cgo: false },
};

/** The packages of test/reference/go that each program consists of. */
const PACKAGES: Readonly<Record<Program, readonly string[]>> = {
  hpa: ["curve", "jsonlines", "cluster", "hpa"],
  keda: ["curve", "jsonlines", "scaledobject", "keda"],
  both: ["curve", "jsonlines", "cluster", "scaledobject", "both"],
};

/**
 * The path of a reference program, built now if these sources and versions were not built before.
 * @throws {CliError} where it cannot be built.
 */
export async function referenceProgram(program: Program): Promise<string> {
  const module = await moduleFiles(BUILDS[program]);
  const key = await buildKey(program, module);
  const binary = join(CACHE, "reference", `${program}-${key}`);
  if (!existsSync(binary)) {
    await step(
      `building the reference program ${program}`,
      () => build(program, module, binary),
      "4 min the first time",
    );
  }
  return binary;
}

interface Module {
  readonly mod: string;
  readonly sum: string;
}

/** The tool set's own go.mod, as that of the reference programs: one place says what the versions are. */
async function moduleFiles({ toolset }: Build): Promise<Module> {
  if (toolset !== "both") return toolsetModule(toolset);
  const [keda, kubernetes] = [await toolsetModule("keda"), await toolsetModule("kubernetes")];
  // Kubernetes' staging modules have KEDA's versions where KEDA needs them: they differ in the patch at most.
  const replaced = [...kubernetes.mod.matchAll(/^\t(k8s\.io\/\S+) => \S+ (\S+)$/gm)].map(
    ([, name = "", version = ""]) => {
      const needed = new RegExp(`^\\t${name.replaceAll(".", "\\.")} (\\S+)`, "m").exec(keda.mod)?.[1];
      return `replace ${name} => ${name} ${needed ?? version}\n`;
    },
  );
  const version = /k8s\.io\/kubernetes (v\S+)/.exec(kubernetes.mod)?.[1] ?? "";
  return {
    mod: `${keda.mod}\nrequire k8s.io/kubernetes ${version}\n${replaced.join("")}`,
    sum: keda.sum + kubernetes.sum,
  };
}

async function toolsetModule(toolset: "kubernetes" | "keda"): Promise<Module> {
  const folder = join(ROOT, "scripts/toolsets", toolset);
  const mod = await readFile(join(folder, "go.mod"), "utf8");
  return {
    mod: mod.replace(/^module .*$/m, "module ownsignal.example/reference").replace(/^tool \([^)]*\)\n/m, ""),
    sum: await readFile(join(folder, "go.sum"), "utf8"),
  };
}

async function buildKey(program: Program, { mod, sum }: Module): Promise<string> {
  const hash = createHash("sha256").update(JSON.stringify([program, process.arch, mod, sum]));
  for (const file of globSync("**/*.go", { cwd: SOURCE }).sort()) {
    if (!PACKAGES[program].some((name) => file.startsWith(`${name}/`))) continue;
    hash.update(file).update(await readFile(join(SOURCE, file)));
  }
  return hash.digest("hex").slice(0, 12);
}

async function build(program: Program, { mod, sum }: Module, binary: string): Promise<void> {
  try {
    await withWorkFolder(async (work) => {
      await cp(SOURCE, work, { recursive: true });
      await writeFile(join(work, "go.mod"), mod);
      await writeFile(join(work, "go.sum"), sum);
      const { cgo } = BUILDS[program];
      // The flags of the tool sets, so that what they have compiled is not compiled again.
      await run("go", ["build", "-mod=mod", "-trimpath", "-o", join(work, "program"), `./${program}`], {
        cwd: work,
        ...(cgo ? {} : { env: { CGO_ENABLED: "0" } }),
      });
      await mkdir(dirname(binary), { recursive: true });
      await rename(join(work, "program"), binary);
    });
  } catch (error) {
    throw new CliError(
      `the reference program ${program} could not be built: ${messageOf(error)}`,
      "install Go 1.26 or newer; the build needs the Go module proxy, and can be run again",
      { cause: error },
    );
  }
}
