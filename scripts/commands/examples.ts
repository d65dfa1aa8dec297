import { readFile, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { formatCount } from "../../loadtest/report/format.ts";
import { chooseProvider } from "../cluster/choose.ts";
import { importImages } from "../cluster/embedded/containers.ts";
import type { Cluster } from "../cluster/provider.ts";
import { type Example, imagesIn, readExamples } from "../examples/catalogue.ts";
import { deploy, remove } from "../examples/deployed.ts";
import { type ExamplesRequest, HELP, parseExamplesRequest } from "../examples/options.ts";
import { proveExample } from "../examples/proveExample.ts";
import { isExpected, isSameRun, readResults, type Result, type RunKey, runsOf } from "../examples/results.ts";
import { withTable } from "../examples/table.ts";
import { exampleImages } from "../images/examples.ts";
import { messageOf } from "../../src/shared/messageOf.ts";
import { digestOf } from "../process/digest.ts";
import { appendJsonLine } from "../process/jsonLines.ts";
import { ROOT } from "../process/paths.ts";
import { say, step } from "../process/progress.ts";
import { runMain } from "../process/runMain.ts";
import { writeFormatted } from "../process/writeFormatted.ts";

const OUT = join(ROOT, "out/examples");
const RESULTS = join(OUT, "results.jsonl");
/** What the last call came to, for .ci/run. */
const COUNTS = join(OUT, "counts.json");
const PAGE = join(ROOT, "docs/reference/examples.md");
const NOT_ALL_RUN = 2;

await runMain(
  async () => {
    const examples = await readExamples();
    const names = examples.map(({ name }) => name);
    const request = parseExamplesRequest(process.argv.slice(2), names);
    switch (request.kind) {
      case "help":
        process.stdout.write(HELP);
        return 0;
      case "table":
        return writeTable(examples);
      case "run":
        return runAll(request, examples);
    }
  },
  { failureCode: NOT_ALL_RUN },
);

/** A result of another proof says nothing of this one. */
async function proofDigest(): Promise<string> {
  return digestOf(join(ROOT, "loadtest"));
}

async function writeTable(examples: readonly Example[]): Promise<number> {
  const digest = await proofDigest();
  const results = (await readResults(RESULTS)).filter(({ name, inputs }) =>
    examples.some((example) => example.name === name && inputs === `${example.digest}-${digest}`),
  );
  await writeFormatted(PAGE, withTable(await readFile(PAGE, "utf8"), examples, results));
  say(`${relative(ROOT, PAGE)}: ${formatCount(results.length, "result")} of this version`);
  return 0;
}

async function runAll(
  { names, repeats }: Extract<ExamplesRequest, { kind: "run" }>,
  examples: readonly Example[],
): Promise<number> {
  const runs = runsOf(
    examples.filter(({ name }) => names.includes(name)),
    repeats,
    await proofDigest(),
  );
  const done = await readResults(RESULTS);
  const provider = await chooseProvider();
  const cluster = await provider.attach();
  // Elsewhere nodes have a registry, and the manifests name the images as it does.
  if (provider.name === "embedded" && runs.some(({ key }) => !done.some((one) => isSameRun(one, key)))) {
    await step("assembling the examples' images", async () => {
      const named = await Promise.all(runs.map(({ example }) => imagesIn(example)));
      await importImages(await exampleImages(named.flat()));
    });
  }
  const results: Result[] = [];
  let expected = 0;
  for (const { example, key } of runs) {
    const before = done.find((one) => isSameRun(one, key));
    const result = before ?? (await runOne(example, key, cluster));
    if (result === undefined) continue;
    results.push(result);
    if (isExpected(result, example)) expected += 1;
    process.stdout.write(`${lineFor(result, example)}${before === undefined ? "" : " (run before)"}\n`);
  }
  process.stdout.write(`\n${expected}/${runs.length} as expected\n`);
  await writeFile(COUNTS, `${JSON.stringify({ asExpected: expected, otherwise: runs.length - expected })}\n`);
  say(`results: ${relative(ROOT, RESULTS)}`);
  if (results.length > expected) return 1;
  return results.length === runs.length ? 0 : NOT_ALL_RUN;
}

/** @returns undefined where it could not be run; then there is no result, and the next call tries it again. */
async function runOne(example: Example, key: RunKey, cluster: Cluster): Promise<Result | undefined> {
  const title = `${key.name}, ${key.variant}, repeat ${key.repeat}`;
  try {
    await step(`deploying ${title}`, () => deploy(cluster, example, key.variant));
    const startedAt = new Date().toISOString();
    const outDir = join(OUT, `${key.name}-${key.variant}-${key.repeat}`);
    const proven = await step(`proving ${title}`, () => proveExample(example, cluster, outDir));
    const result: Result = { ...key, startedAt, ...proven };
    await appendJsonLine(RESULTS, result);
    return result;
  } catch (error) {
    say(`${title} could not be run: ${messageOf(error)}`);
    return undefined;
  } finally {
    await step(`deleting ${example.namespace}`, () => remove(cluster, example));
  }
}

function lineFor(result: Result, example: Example): string {
  const { name, variant, repeat, verdict, causes, seconds } = result;
  const mark = isExpected(result, example) ? "expected  " : "UNEXPECTED";
  const because = causes.length === 0 ? "" : `: ${causes.join(", ")}`;
  return `${mark}  ${name} ${variant} ${repeat}  ${verdict.toUpperCase()} in ${seconds} s${because}`;
}
