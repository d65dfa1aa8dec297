import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { stringify } from "yaml";
import { report as schema } from "../../../../loadtest/model/report.ts";

interface Ended {
  exitCode: number | null;
  stdout: string;
  stderr: string;
}

let folder: string;
let kubeconfig: string;

/** A port on which nothing listens. */
async function closedPort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "ownsignal-prove-"));
  kubeconfig = join(folder, "kubeconfig");
  const server = `https://127.0.0.1:${await closedPort()}`;
  await writeFile(
    kubeconfig,
    stringify({
      apiVersion: "v1",
      kind: "Config",
      clusters: [{ name: "gone", cluster: { server } }],
      users: [{ name: "me", user: {} }],
      contexts: [
        { name: "gone", context: { cluster: "gone", user: "me", namespace: "shop" } },
        { name: "other", context: { cluster: "gone", user: "me" } },
      ],
    }),
  );
});
afterAll(() => rm(folder, { recursive: true }));

/** `./scripts/prove` without what the shell does before it. */
async function prove(...args: string[]): Promise<Ended> {
  const child = spawn(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", "scripts/commands/prove.ts", ...args],
    {
      env: { ...process.env, KUBECONFIG: kubeconfig },
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  const [stdout, stderr, [exitCode]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "close") as Promise<[number | null]>,
  ]);
  return { exitCode, stdout, stderr };
}

describe("./scripts/prove", () => {
  test("prints its help on standard output", async () => {
    const help = await prove("--help");
    expect(help).toMatchObject({ exitCode: 0, stderr: "" });
    expect(help.stdout).toContain("usage: ./scripts/prove");
  });

  test("exits with 2 at an unknown option, and suggests a known one", async () => {
    expect(await prove("--scenaro", "x")).toEqual({
      exitCode: 2,
      stdout: "",
      stderr: "\nerror: there is no option --scenaro\n  Fix: did you mean --scenario? --help shows all\n",
    });
  });

  test("writes an inconclusive report in every format when the cluster cannot be reached", async () => {
    const out = join(folder, "report");
    const junit = join(folder, "made", "junit.xml");
    const k6 = join(folder, "no-k6");
    const ended = await prove(
      ...["--context", "gone", "--scenario", "spike", "--json", "--junit", junit, "--out", out, "--k6", k6],
    );
    expect(ended.exitCode).toBe(2);
    expect(ended.stderr).toContain("proving what is deployed in namespace shop, context gone");
    expect(ended.stderr).toMatch(
      /ERROR {2}the API server of context gone \(https:\S+\) cannot be reached: .*ECONNREFUSED/,
    );
    expect(ended.stderr).toContain(`ERROR  there is no k6 at ${k6}`);

    const told = schema.parse(JSON.parse(ended.stdout));
    expect(told).toMatchObject({
      verdict: "inconclusive",
      target: { context: "gone", namespace: "shop", kubernetes: null },
      scenarios: [{ name: "spike", verdict: "inconclusive" }],
    });
    expect(told.scenarios[0]?.assertions[0]).toMatchObject({
      id: "preflight-checks-passed",
      text: { reason: expect.stringContaining("cannot be reached") as string },
    });
    expect(JSON.parse(await readFile(join(out, "report.json"), "utf8"))).toEqual(told);
    expect(await readFile(junit, "utf8")).toContain("spike/scenario/preflight-checks-passed");
  });
});
