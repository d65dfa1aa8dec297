import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The cache's place and PATH are read when a module is loaded, so each test loads its own in a process. */
async function toolsetIn(environment: NodeJS.ProcessEnv, atOnce = 1): Promise<string> {
  const { run, CommandError } = await import("../../../../scripts/process/command.ts");
  const program = `
    const { toolset } = await import("./scripts/toolsets/toolsets.ts");
    const built = Array.from({ length: ${atOnce} }, () => toolset("pause"));
    await Promise.all(built).catch((error) => { console.log(JSON.stringify([error.message, error.fix])); });
  `;
  try {
    return await run(process.execPath, ["--input-type=module", "--eval", program], { env: environment });
  } catch (error) {
    if (error instanceof CommandError) return error.output;
    throw error;
  }
}

describe("a tool set that is not built yet", () => {
  let cache: string;
  beforeEach(async () => {
    cache = await mkdtemp(join(tmpdir(), "ownsignal-cache-"));
  });
  afterEach(async () => {
    await rm(cache, { recursive: true, force: true });
  });

  test("asks for Go where there is none", async () => {
    const answer = await toolsetIn({ OWNSIGNAL_CACHE: cache, PATH: cache });
    expect(JSON.parse(answer)).toEqual([
      "Go is not installed (`go version` fails)",
      "install Go 1.26 or newer and put it on PATH",
    ]);
  });

  test("leaves nothing behind when its build fails, and builds the next time", async () => {
    const failed = await toolsetIn({ OWNSIGNAL_CACHE: cache, GOFLAGS: "-mod=nonsense" });
    expect(failed).toContain("the build in");
    expect(await toolsetIn({ OWNSIGNAL_CACHE: cache })).toBe("");
  });

  test("is built once when several need it at the same time", async () => {
    expect(await toolsetIn({ OWNSIGNAL_CACHE: cache }, 3)).toBe("");
    expect(await readdir(join(cache, "toolsets/pause"))).toHaveLength(1);
    expect(await readdir(cache)).toEqual(["toolsets"]);
  });
});
