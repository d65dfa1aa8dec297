import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { chooseProvider } from "../../scripts/cluster/choose.ts";
import { CliError } from "../../scripts/process/cliError.ts";
import { digestOf } from "../../scripts/process/digest.ts";
import { appendJsonLine, readJsonLines } from "../../scripts/process/jsonLines.ts";
import { ROOT } from "../../scripts/process/paths.ts";
import { aboutSeconds, say, step } from "../../scripts/process/progress.ts";
import { runMain } from "../../scripts/process/runMain.ts";
import { writeFormatted } from "../../scripts/process/writeFormatted.ts";
import { messageOf } from "../../src/shared/messageOf.ts";
import { describeMachine, loadNow } from "../machine.ts";
import { withSection } from "../page.ts";
import { measureScale, SECONDS } from "./measure.ts";
import { setOperator } from "./operator.ts";
import { HELP, parseScaleRequest, type ScaleRequest } from "./options.ts";
import { isSame, OBJECTS, type ScaleKey, type ScaleResult, scaleResult, SETTINGS } from "./results.ts";
import { scaleTable } from "./table.ts";

const RESULTS = join(ROOT, "out/bench-scale/results.jsonl");
const PAGE = join(ROOT, "docs/reference/scale.md");
/** What a measurement depends on. */
const INPUTS = ["src/servicebus-emulator", "kustomize", "bench/scale"];
const NOT_ALL_MEASURED = 2;

await runMain(
  async () => {
    const request = parseScaleRequest(process.argv.slice(2));
    if (request.kind === "help") {
      process.stdout.write(HELP);
      return 0;
    }
    return request.kind === "table" ? showTable(request) : measureAll(request);
  },
  { failureCode: NOT_ALL_MEASURED },
);

async function readDone({ objects }: ScaleRequest): Promise<{ done: ScaleResult[]; missing: ScaleKey[] }> {
  const inputs = await digestOf(...INPUTS.map((folder) => join(ROOT, folder)));
  const results = await readJsonLines(RESULTS, scaleResult);
  // By settings: each change of them restarts the operator.
  const keys = SETTINGS.flatMap((settings) => objects.map((count): ScaleKey => ({ objects: count, settings, inputs })));
  return {
    done: results.filter((one) => keys.some((key) => isSame(one, key))),
    missing: keys.filter((key) => !results.some((one) => isSame(one, key))),
  };
}

async function showTable(request: ScaleRequest): Promise<number> {
  const { done, missing } = await readDone(request);
  process.stdout.write(`${scaleTable(done)}\n`);
  return missing.length === 0 ? 0 : NOT_ALL_MEASURED;
}

async function measureAll(request: ScaleRequest): Promise<number> {
  const { missing } = await readDone(request);
  const loadBefore = loadNow();
  say(
    `${missing.length} to be measured: about ${aboutSeconds(missing.length * SECONDS)}. Load average: ${loadBefore}.`,
  );
  if (missing.length > 0) await measureMissing(missing);
  const { done, missing: left } = await readDone(request);
  process.stdout.write(`\n${scaleTable(done)}\n`);
  if (left.length > 0) return NOT_ALL_MEASURED;
  if (request.objects.length === OBJECTS.length) await writeTable(done, loadBefore);
  return 0;
}

async function measureMissing(missing: readonly ScaleKey[]): Promise<void> {
  const provider = await chooseProvider();
  // It changes KEDA's operator, which on a cluster of a person's own others use too.
  if (provider.name === "existing") {
    throw new CliError(
      "KEDA's settings are changed, and on your own cluster others may use it",
      "run it without CLUSTER=existing",
    );
  }
  const cluster = await provider.attach();
  try {
    for (const [index, key] of missing.entries()) {
      say(`\n==> ${key.objects} ScaledObjects, ${key.settings} settings, ${index + 1} of ${missing.length}`);
      try {
        await appendJsonLine(RESULTS, await measureScale(cluster, key));
      } catch (error) {
        say(`could not be measured: ${messageOf(error)}`);
      }
    }
  } finally {
    await step("giving KEDA its default settings", () => setOperator(cluster, "default"));
  }
}

async function writeTable(done: readonly ScaleResult[], loadBefore: string): Promise<void> {
  const at =
    done
      .map(({ startedAt }) => startedAt)
      .toSorted()
      .at(-1) ?? "";
  const text = `By \`npm run bench:scale\` on ${at.slice(0, 10)}: ${describeMachine(ROOT)}, the embedded cluster on it. Load average at the start: ${loadBefore}.\n\n${scaleTable(done)}`;
  await writeFormatted(PAGE, withSection(await readFile(PAGE, "utf8"), "scale", text));
  say(`\nwritten to ${PAGE}`);
}
