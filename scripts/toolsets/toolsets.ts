import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { cp, mkdir, readFile, rename, statfs } from "node:fs/promises";
import { freemem } from "node:os";
import { dirname, join } from "node:path";
import { withWorkFolder } from "../process/cache.ts";
import { run, succeeds } from "../process/command.ts";
import { CACHE, ROOT } from "../process/paths.ts";
import { CliError } from "../process/cliError.ts";
import { messageOf } from "../../src/shared/messageOf.ts";
import { aboutSeconds, step } from "../process/progress.ts";
import { K6_VERSION } from "./k6Version.ts";

interface Toolset {
  version: string;
  /** How long a build takes where nothing is cached, on 2 cores, by itself. */
  buildSeconds: number;
  /** `-X` settings for the linker, beside `-s -w`. */
  linkerSettings?: readonly string[];
  /** Whether cgo is left at Go's default; off otherwise, so that the binary needs no library. */
  cgo?: boolean;
  /** Go build tags. */
  tags?: readonly string[];
  /** Folders of the module that are kept beside the binaries. */
  keep?: { module: string; folders: readonly string[] };
}

/** The programs that are built from their Go modules, each set a module of its own in `scripts/toolsets/`. */
const TOOLSETS = {
  kubernetes: {
    version: "1.36.3",
    buildSeconds: 340,
    linkerSettings: ["gitVersion=v1.36.3", "gitMajor=1", "gitMinor=36"].map(
      (setting) => `-X k8s.io/component-base/version.${setting}`,
    ),
    cgo: true,
  },
  etcd: { version: "3.6.16", buildSeconds: 35 },
  coredns: { version: "1.14.7", buildSeconds: 45 },
  keda: {
    version: "2.21.0",
    buildSeconds: 405,
    linkerSettings: ["-X github.com/kedacore/keda/v2/version.Version=2.21.0"],
    keep: { module: "github.com/kedacore/keda/v2", folders: ["config"] },
  },
  "metrics-server": {
    version: "0.9.0",
    buildSeconds: 121,
    keep: { module: "sigs.k8s.io/metrics-server", folders: ["manifests"] },
  },
  prometheus: {
    version: "3.15.0",
    buildSeconds: 119,
    linkerSettings: ["-X github.com/prometheus/common/version.Version=3.15.0"],
    // Of the service discoveries only the one that is used: the SDKs of two dozen clouds are most of the build.
    tags: ["remove_all_sd", "enable_kubernetes_sd"],
    keep: { module: "github.com/prometheus/prometheus", folders: ["web/ui"] },
  },
  "kube-state-metrics": {
    version: "2.18.0",
    buildSeconds: 85,
    linkerSettings: ["-X github.com/prometheus/common/version.Version=2.18.0"],
  },
  k6: { version: K6_VERSION, buildSeconds: 65 },
  kustomize: { version: "5.8.1", buildSeconds: 40 },
  kubeconform: { version: "0.8.0", buildSeconds: 10 },
  "kube-score": { version: "1.20.0", buildSeconds: 40 },
  kind: {
    version: "0.33.0",
    buildSeconds: 10,
    // What a node image is made of where none can be had from a registry.
    keep: { module: "sigs.k8s.io/kind", folders: ["images/base/files", "pkg/build/nodeimage"] },
  },
  crictl: { version: "1.36.0", buildSeconds: 60 },
  "local-path-provisioner": { version: "0.0.30", buildSeconds: 90 },
  pause: { version: "1", buildSeconds: 5 },
  "kube-router": { version: "2.1.0", buildSeconds: 90 },
  // The module's own tags have no `v`, so Go knows its versions by commit only: this one is the commit of 6.9.2.
  podinfo: { version: "6.9.2", buildSeconds: 40 },
} as const satisfies Record<string, Toolset>;

export type ToolsetName = keyof typeof TOOLSETS;

/** The pinned version of a set, built or not. */
export function versionOf(name: ToolsetName): string {
  return TOOLSETS[name].version;
}

/** A built set: its programs, and what was kept of its module. */
export interface BuiltToolset {
  version: string;
  /** Names the build's inputs; another key is another build. */
  key: string;
  binary(name: string): string;
  kept(folder: string): string;
}

/** Free disk that a first build of everything needs: Go's caches, the binaries, the images, the running cluster. */
const FIRST_BUILD_DISK_GB = 20;
/** What one of the smaller sets needs. */
const SMALL_BUILD_DISK_GB = 4;
/** Sets that are built by themselves, for tests and for clusters in Docker; the others come all together, as the embedded cluster. */
const SMALL: ReadonlySet<ToolsetName> = new Set([
  ...(["k6", "kustomize", "kubeconform", "kube-score", "kind", "crictl", "local-path-provisioner"] as const),
  ...(["prometheus", "podinfo", "kube-router"] as const),
]);
/** Two builds at once with four compilers, each of which may hold 1.5 GB where it collects seldom. */
const FREE_FOR_COMPILER_BYTES = 8e9;
const OLDEST_GO = [1, 26] as const;

/**
 * The set, built now if this machine has not built this version yet.
 * @throws {CliError} without Go, or without the disk that a build needs.
 */
export async function toolset(name: ToolsetName): Promise<BuiltToolset> {
  const { declared, key, directory } = await placeOf(name);
  if (!existsSync(directory)) {
    await step(
      `building ${name} ${declared.version} from its Go module`,
      () => buildToolset(name),
      `${aboutSeconds(declared.buildSeconds)} the first time`,
    );
  }
  return {
    version: declared.version,
    key,
    binary: (binary) => join(directory, "bin", binary),
    kept: (folder) => join(directory, "kept", folder),
  };
}

/** Of `names`, the sets that this machine has not built yet, each with the seconds that its build takes on 2 cores. */
export async function missingToolsets(
  names: readonly ToolsetName[],
): Promise<{ name: ToolsetName; buildSeconds: number }[]> {
  const places = await Promise.all(names.map(async (name) => ({ name, ...(await placeOf(name)) })));
  return places
    .filter(({ directory }) => !existsSync(directory))
    .map(({ name, declared: { buildSeconds } }) => ({ name, buildSeconds }));
}

/**
 * Builds a set, whether it is there or not, without a word on it.
 * @throws {CliError} without Go, or without the disk that a build needs.
 */
export async function buildToolset(name: ToolsetName): Promise<void> {
  const { declared, source, directory } = await placeOf(name);
  await requireGo();
  await requireDisk(name);
  await build(declared, source, directory);
}

/** Where a set's sources are, and where it is kept once it is built. */
async function placeOf(
  name: ToolsetName,
): Promise<{ declared: Toolset; source: string; key: string; directory: string }> {
  const declared: Toolset = TOOLSETS[name];
  const source = join(ROOT, "scripts/toolsets", name);
  const key = await buildKey(declared, source);
  return { declared, source, key, directory: join(CACHE, "toolsets", name, key) };
}

async function buildKey(declared: Toolset, source: string): Promise<string> {
  const hash = createHash("sha256").update(JSON.stringify([{ ...declared, buildSeconds: undefined }, process.arch]));
  for (const file of ["go.mod", "go.sum", "main.go"]) {
    const path = join(source, file);
    if (existsSync(path)) hash.update(await readFile(path));
  }
  return `${declared.version}-${hash.digest("hex").slice(0, 12)}`;
}

/** Builds elsewhere and renames at the end, so that an interrupted build is never taken for a whole one. */
async function build(declared: Toolset, source: string, directory: string): Promise<void> {
  const linkerFlags = ["-s", "-w", ...(declared.linkerSettings ?? [])].join(" ");
  const packages = existsSync(join(source, "main.go")) ? "." : "tool";
  try {
    await withWorkFolder(async (work) => {
      const result = join(work, "toolset");
      await mkdir(join(result, "bin"), { recursive: true });
      await run(
        "go",
        [
          ...["build", "-trimpath", "-ldflags", linkerFlags, "-tags", (declared.tags ?? []).join(",")],
          ...["-o", join(result, "bin"), packages],
        ],
        { cwd: source, env: { ...compilerMemory(), ...(declared.cgo === true ? {} : { CGO_ENABLED: "0" }) } },
      );
      if (declared.keep !== undefined) {
        const module = (
          await run("go", ["list", "-m", "-f", "{{.Dir}}", declared.keep.module], { cwd: source })
        ).trim();
        for (const folder of declared.keep.folders) {
          await cp(join(module, folder), join(result, "kept", folder), { recursive: true });
          // The module cache is read-only; the copy must not be, or it could not be removed.
          await run("chmod", ["-R", "u+w", join(result, "kept", folder)]);
        }
      }
      await mkdir(dirname(directory), { recursive: true });
      await rename(result, directory).catch((error: unknown) => {
        // Somebody else has built the same meanwhile; either is as good.
        if (!existsSync(directory)) throw error;
      });
    });
  } catch (error) {
    throw new CliError(
      `the build in ${source} failed: ${messageOf(error)}`,
      "read the lines above; the build needs the Go module proxy, and can be run again",
      { cause: error },
    );
  }
}

/**
 * Where there is memory, the compiler collects its garbage more seldom: metrics-server built from an empty cache in 136 s instead of 168 s.
 * What the user has set stays.
 */
function compilerMemory(): NodeJS.ProcessEnv {
  return process.env.GOGC === undefined && freemem() >= FREE_FOR_COMPILER_BYTES ? { GOGC: "400" } : {};
}

async function requireGo(): Promise<void> {
  const fix = `install Go ${OLDEST_GO.join(".")} or newer and put it on PATH`;
  if (!(await succeeds("go", ["version"]))) throw new CliError("Go is not installed (`go version` fails)", fix);
  const version = await run("go", ["env", "GOVERSION"]);
  const [major = 0, minor = 0] = version.trim().replace(/^go/, "").split(".").map(Number);
  if (major < OLDEST_GO[0] || (major === OLDEST_GO[0] && minor < OLDEST_GO[1])) {
    throw new CliError(`Go is too old: ${version.trim()}`, fix);
  }
}

async function requireDisk(name: ToolsetName): Promise<void> {
  await mkdir(CACHE, { recursive: true });
  // Once the largest set is there, the rest needs little.
  const restGb = existsSync(join(CACHE, "toolsets/kubernetes")) ? 8 : FIRST_BUILD_DISK_GB;
  const needGb = SMALL.has(name) ? SMALL_BUILD_DISK_GB : restGb;
  const disk = await statfs(CACHE);
  const freeGb = (disk.bavail * disk.bsize) / 1e9;
  if (freeGb < needGb) {
    throw new CliError(
      `${freeGb.toFixed(1)} GB are free where ${CACHE} lies; a build needs ${needGb} GB`,
      "free some disk, or set OWNSIGNAL_CACHE (and GOCACHE, GOMODCACHE) to a larger one",
    );
  }
}
