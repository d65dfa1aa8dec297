import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseSummary, parseThirds } from "../../../loadtest/engine/loads/k6Summary.ts";
import { startProgram } from "../../../loadtest/engine/loads/program.ts";
import { deliveredIn, type RunningLoad } from "../../../loadtest/engine/loads/running.ts";

const ID = "0f8fad5b-d9cb-469f-a165-70867728950e";

/** The parts that matter of what k6 1.8.1 writes with --summary-export. */
const SUMMARY_1 = {
  root_group: { checks: {} },
  metrics: {
    http_reqs: { count: 12, rate: 96 },
    http_req_failed: { passes: 2, fails: 10, value: 0.16, thresholds: { "rate==0": true } },
    iterations: { count: 11, rate: 88 },
    iteration_duration: { avg: 22.7, "p(95)": 54.3 },
    http_req_duration: { "p(50)": 1.5, "p(95)": 4, "p(99)": 8, max: 20 },
    "http_req_duration{third:1}": { "p(50)": 9, "p(95)": 9, "p(99)": 9, max: 9, thresholds: { "max>=0": false } },
    "http_req_duration{third:2}": { "p(50)": 1, "p(95)": 2, "p(99)": 3, max: 4 },
    "http_req_duration{third:3}": { "p(50)": 2, "p(95)": 3, "p(99)": 4, max: 5 },
  },
};
/** The same of k6 2, which k6 1 writes with --new-machine-readable-summary. */
const SUMMARY_2 = {
  version: "1.0.0",
  results: {
    metrics: [
      { contains: "default", name: "http_reqs", type: "counter", values: { count: 12 } },
      { contains: "default", name: "http_req_failed", type: "rate", values: { matches: 2, rate: 0.16, total: 12 } },
      { contains: "default", name: "iterations", type: "counter", values: { count: 11 } },
      { contains: "default", name: "dropped_iterations", type: "counter", values: { count: 3 } },
    ],
  },
};

describe("a summary", () => {
  test("is read in the shape of k6 1", () => {
    expect(parseSummary(JSON.stringify(SUMMARY_1))).toEqual({
      requests: 12,
      failedRequests: 2,
      iterations: 11,
      droppedIterations: 0,
      latencyMs: { p50: 1.5, p95: 4, p99: 8, max: 20 },
    });
  });

  test("is read in the shape of k6 2", () => {
    expect(parseSummary(JSON.stringify(SUMMARY_2))).toEqual({
      requests: 12,
      failedRequests: 2,
      iterations: 11,
      droppedIterations: 3,
      latencyMs: null,
    });
  });

  test("has durations by thirds where the script keeps them", () => {
    expect(parseThirds(JSON.stringify(SUMMARY_1))?.map(({ p95 }) => p95)).toEqual([9, 2, 3]);
    expect(parseThirds(JSON.stringify(SUMMARY_2))).toBeNull();
  });

  test("in another shape is an error, not a run without failures", () => {
    expect(() => parseSummary("{}")).toThrow();
    expect(() => parseSummary("")).toThrow();
    const other = { metrics: { ...SUMMARY_1.metrics, http_req_failed: { rate: 0 } } };
    expect(() => parseSummary(JSON.stringify(other))).toThrow("http_req_failed");
  });
});

describe("k6", () => {
  let outDir: string;
  let running: RunningLoad | undefined;

  beforeEach(async () => {
    outDir = await mkdtemp(join(tmpdir(), "ownsignal-k6-"));
  });

  afterEach(async () => {
    running?.stop("the test is over");
    await running?.result;
    running = undefined;
    await rm(outDir, { recursive: true, force: true });
  });

  /** Starts a program that stands in for k6: it gets k6's arguments, and `output` and `summary` are the files that k6 would write. */
  async function start(body: string, timeoutSeconds = 30): Promise<RunningLoad> {
    const k6Path = join(outDir, "k6");
    const given = `const file = (flag) => process.argv.find((argument) => argument.startsWith(flag)).slice(flag.length);
      const output = file("--console-output="), summary = file("--summary-export=");
      const { appendFileSync, writeFileSync } = require("node:fs");`;
    await writeFile(k6Path, `#!${process.execPath}\n${given}\n${body}\n`);
    await chmod(k6Path, 0o755);
    running = await startProgram({
      kind: "k6",
      k6Path,
      script: "load.ts",
      name: "load",
      outDir,
      environment: { GIVEN: "to the script" },
      timeoutSeconds,
    });
    return running;
  }

  const WRITE_SUMMARY = `writeFileSync(summary, ${JSON.stringify(JSON.stringify(SUMMARY_1))});`;

  test("that ran to its end is read: counts, ids, log", async () => {
    const load = await start(`console.log("report of", process.env.GIVEN, process.argv.at(-1));
      appendFileSync(output, "${ID}\\n"); ${WRITE_SUMMARY}`);
    expect(await load.result).toMatchObject({ kind: "ran", exitCode: 0, counts: { requests: 12 } });
    expect(await readFile(load.outputFile, "utf8")).toBe(`${ID}\n`);
    expect(await readFile(join(outDir, "load.log"), "utf8")).toContain("report of to the script load.ts");
  });

  test("with crossed thresholds has run all the same, and its counts tell", async () => {
    const load = await start(`${WRITE_SUMMARY} process.exitCode = 99;`);
    expect(await load.result).toMatchObject({ kind: "ran", exitCode: 99, counts: { failedRequests: 2 } });
  });

  test.each([104, 107, 108, 1])("that ends with %i broke, with its last line", async (code) => {
    const load = await start(`${WRITE_SUMMARY} console.error("first\\nnothing answers"); process.exitCode = ${code};`);
    const reason = `k6 ended with exit code ${code}: nothing answers`;
    expect(await load.result).toEqual({ kind: "broke", exitCode: code, reason });
  });

  test("without a summary broke: no counts are no zero", async () => {
    expect(await (await start("")).result).toMatchObject({
      kind: "broke",
      reason: expect.stringContaining("summary") as string,
    });
  });

  test("does not read what an earlier run left behind", async () => {
    await writeFile(join(outDir, "load.txt"), `${ID}\n`);
    await writeFile(join(outDir, "load.summary.json"), JSON.stringify(SUMMARY_1));
    const load = await start("");
    expect(await load.result).toMatchObject({ kind: "broke" });
    await expect(readFile(load.outputFile, "utf8")).rejects.toThrow("ENOENT");
  });

  test("that is stopped ends, for the reason that was given", async () => {
    const load = await start(`setInterval(() => undefined, 1000); appendFileSync(output, "up\\n");`);
    load.stop("interrupted");
    expect(await load.result).toMatchObject({ kind: "broke", reason: "k6 was stopped: interrupted" });
  });

  test("that does not end in its time is stopped", async () => {
    const load = await start(`setInterval(() => undefined, 1000);`, 0.2);
    expect(await load.result).toMatchObject({ kind: "broke", reason: "k6 was stopped: it had not ended after 0.2 s" });
  });

  test("that is not there is named", async () => {
    const k6Path = join(outDir, "no-such-k6");
    const load = await startProgram({
      ...{ kind: "k6", k6Path, script: "x", name: "load" },
      ...{ outDir, environment: {}, timeoutSeconds: 5 },
    });
    expect(await load.result).toMatchObject({ kind: "broke", reason: expect.stringContaining(k6Path) as string });
    load.stop("too late");
  });

  test("is not needed where the load is a program of Node's", async () => {
    const script = join(outDir, "load.js");
    await writeFile(
      script,
      `require("node:fs").writeFileSync(process.env.SUMMARY_FILE, ${JSON.stringify(JSON.stringify(SUMMARY_1))});`,
    );
    const common = { name: "load", outDir, environment: {}, timeoutSeconds: 30 };
    const load = await startProgram({ ...common, k6Path: "no-such-k6", script, kind: "node" });
    expect(await load.result).toMatchObject({ kind: "ran", exitCode: 0, counts: { requests: 12 } });
  });

  test("does not see K6_… variables of the caller's", async () => {
    process.env.K6_VUS = "1000";
    try {
      const load = await start(`${WRITE_SUMMARY} process.exitCode = process.env.K6_VUS === undefined ? 0 : 1;`);
      expect(await load.result).toMatchObject({ exitCode: 0 });
    } finally {
      delete process.env.K6_VUS;
    }
  });
});

describe("a command", () => {
  let outDir: string;

  beforeEach(async () => {
    outDir = await mkdtemp(join(tmpdir(), "ownsignal-command-"));
  });

  afterEach(() => rm(outDir, { recursive: true, force: true }));

  const start = (script: string, timeoutSeconds = 30): Promise<RunningLoad> =>
    startProgram({
      ...{ kind: "command", k6Path: "k6", script: ["sh", "-c", script], folder: outDir, name: "load" },
      ...{ outDir, environment: { GIVEN: "7" }, timeoutSeconds },
    });

  test("has delivered what its last line says, in its own folder and with its environment", async () => {
    const load = await start('pwd; echo "delivered 3"; echo "delivered $GIVEN"; echo done');
    expect(await load.result).toMatchObject({ kind: "ran", counts: { iterations: 7, requests: 0, latencyMs: null } });
    expect(await readFile(load.outputFile, "utf8")).toContain(outDir);
  });

  test("that does not say what it delivered broke: no count is no zero", async () => {
    expect(await (await start("echo sent it all")).result).toMatchObject({
      kind: "broke",
      reason: 'sh printed no line "delivered N", so what it sent is not known',
    });
  });

  test("that fails broke, with its last line", async () => {
    const load = await start("echo delivered 5; echo no such queue >&2; exit 3");
    expect(await load.result).toEqual({
      kind: "broke",
      exitCode: 3,
      reason: "sh ended with exit code 3: no such queue",
    });
  });

  test("that does not end in its time is stopped, with all that it has started", async () => {
    const load = await start("sleep 600 & echo $! > child; wait", 0.3);
    expect(await load.result).toMatchObject({ kind: "broke", reason: "sh was stopped: it had not ended after 0.3 s" });
    const child = Number(await readFile(join(outDir, "child"), "utf8"));
    const ended = (): boolean => {
      try {
        process.kill(child, 0);
        return false;
      } catch {
        return true;
      }
    };
    while (!ended()) await new Promise((wake) => setTimeout(wake, 20));
  });

  test.each([
    ["delivered 12\n", 12],
    ["x\n  delivered 0  \nbye", 0],
    ["delivered twelve", undefined],
    ["delivered 5 messages", undefined],
    ["", undefined],
  ])("%j has delivered %p", (output, delivered) => {
    expect(deliveredIn(output)).toBe(delivered);
  });
});
