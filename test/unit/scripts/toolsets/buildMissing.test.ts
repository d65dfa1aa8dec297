import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "../../../../scripts/process/command.ts";
import { secondsLeft } from "../../../../scripts/toolsets/buildMissing.ts";

const BUILDS = [
  { name: "keda", buildSeconds: 400 },
  { name: "kubernetes", buildSeconds: 300 },
  { name: "etcd", buildSeconds: 40 },
] as const;

describe("how long the builds may still take", () => {
  test("is what the estimates leave", () => {
    expect(secondsLeft(BUILDS, BUILDS.slice(2), 100)).toBe(640);
  });

  test("is at least what has not begun", () => {
    expect(secondsLeft(BUILDS, BUILDS.slice(2), 5000)).toBe(40);
    expect(secondsLeft(BUILDS, [], 5000)).toBe(0);
  });
});

describe("building what is missing", () => {
  let cache: string;
  beforeEach(async () => {
    cache = await mkdtemp(join(tmpdir(), "ownsignal-cache-"));
  });
  afterEach(async () => {
    await rm(cache, { recursive: true, force: true });
  });

  /** What is said on standard error; the cache's place is read when a module is loaded, so it runs in a process of its own. */
  async function buildMissing(names: readonly string[], environment: NodeJS.ProcessEnv = {}): Promise<string> {
    const program = `
      const { buildMissing } = await import("./scripts/toolsets/buildMissing.ts");
      await buildMissing(${JSON.stringify(names)}).catch((error) => { console.error(error.message); });
    `;
    return run("bash", ["-c", '"$0" --input-type=module --eval "$1" 2>&1', process.execPath, program], {
      env: { OWNSIGNAL_CACHE: cache, ...environment },
    });
  }

  test("says how many there are, counts them, and is silent when all are there", async () => {
    const said = await buildMissing(["pause", "kubeconform"]);
    expect(said).toContain("building 2 programs from their Go modules: kubeconform, pause (about 20 s");
    expect(said).toContain("; 1 of 2 built, about ");
    expect(said).toContain("; 2 of 2 built\n");
    expect((await readdir(join(cache, "toolsets"))).toSorted()).toEqual(["kubeconform", "pause"]);
    expect(await buildMissing(["pause", "kubeconform"])).toBe("");
  });

  test("begins no other build after one that failed", async () => {
    const said = await buildMissing(["pause", "kubeconform", "kind"], { GOFLAGS: "-mod=nonsense" });
    expect(said).toContain("the build in");
    expect(said).not.toContain("built pause");
    expect(await readdir(cache)).not.toContain("toolsets");
  });
});
