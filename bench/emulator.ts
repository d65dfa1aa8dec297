import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { bundle } from "../scripts/images/bundle.ts";
import { say, step } from "../scripts/process/progress.ts";
import { startEmulatorProcess, withWrapper, type EmulatorProcess } from "./support/emulatorProcess.ts";
import { createSite, type Site } from "./support/site.ts";
import { jobResult, QUEUE, type Job, type JobResult } from "./jobs.ts";
import { emulatorSection, REPETITIONS as WHOLE_RUN, writeSection } from "./page.ts";
import { helpText, options } from "./options.ts";
import { describeMachine, loadNow, pinToOneCore } from "./machine.ts";
import { table, type Row } from "./table.ts";

/**
 * Measures the emulator on one core that it shares with its client, and writes its section of docs/reference/benchmarks.md.
 *   npm run bench:emulator -- [--quick] [--only TEXT] [--directory DIRECTORY] [--profile DIRECTORY]
 */
const MEBIBYTE = 2 ** 20;

const REPETITIONS = options.quick ? 1 : WHOLE_RUN;
const SCALE = options.quick ? 0.1 : 1;
const MANY = options.quick ? 100_000 : 1_000_000;

/** The bundle, as in the image: it starts faster than the source, and Node's own eraser of types takes no memory beside it. */
const EMULATOR = process.env.EMULATOR_MAIN ?? join(import.meta.dirname, "../dist/servicebus-emulator.cjs");
const BARE_SERVER = join(import.meta.dirname, "bareServer.ts");

const pin = pinToOneCore();
const rows: Row[] = [];

const GROUPS = { rates, resources, million, connections };

if (options.help) process.stdout.write(helpText("bench:emulator", Object.keys(GROUPS)));
else await main();

async function main(): Promise<void> {
  await mkdir(options.directory, { recursive: true });
  const machine = describeMachine(options.directory);
  const loadBefore = loadNow();
  say(`The benchmark of the emulator: ${options.quick ? "about 2 min" : "about 10 min"}. ${machine}.`);
  say(
    `Already at work: ${loadBefore}. ${pin.length > 0 ? "Server and client share the last core." : "No taskset here: server and client are NOT on one core."}`,
  );
  if (process.env.EMULATOR_MAIN === undefined) await bundle();
  for (const [name, group] of Object.entries(GROUPS)) {
    if (name.includes(options.only)) await group();
  }
  const text = table(rows);
  process.stdout.write(`\n${text}\n`);
  if (options.quick || options.only !== "" || options.profile !== undefined) return;
  await writeSection(
    "emulator",
    emulatorSection(text, { machine, loadBefore, pinned: pin.length > 0, repetitions: REPETITIONS }),
  );
}

async function rates(): Promise<void> {
  const count = (messages: number): number => Math.ceil(messages * SCALE);
  const send = {
    messages: count(200_000),
    warmUpMessages: count(50_000),
  };
  await rate("REST, 1,000 messages a request", 60_000, 120_000, ({ httpsPort }, { authority }) => ({
    kind: "rest",
    httpsPort,
    authority,
    ...send,
    messagesPerRequest: 1_000,
    parallel: 4,
  }));
  await rate("SDK batches of 500", 30_000, 55_000, ({ amqpPort }) => ({
    kind: "batches",
    amqpPort,
    ...send,
    messagesPerBatch: 500,
    parallel: 4,
  }));
  for (const [concurrentCalls, messages, atLeast, aim] of [
    [1, 5_000, 700, 1_200],
    [32, 30_000, 5_000, 9_000],
    [100, 30_000, 6_000, 11_000],
  ] as const) {
    await rate(
      `SDK receive + complete, ${concurrentCalls} concurrent ${concurrentCalls === 1 ? "call" : "calls"}`,
      atLeast,
      aim,
      ({ amqpPort }) => ({
        kind: "receive",
        amqpPort,
        messages: count(messages),
        warmUpMessages: count(messages * 0.2),
        concurrentCalls,
      }),
    );
  }
}

/** One rate: emulator and bare server in turn, so that what else the machine does hits both alike. */
async function rate(
  what: string,
  atLeast: number,
  aim: number,
  jobOf: (server: EmulatorProcess, site: Site) => Job,
): Promise<void> {
  await step(what, async () => {
    const measured: number[] = [];
    const bare: number[] = [];
    for (let repetition = 0; repetition < REPETITIONS; repetition++) {
      await withServer(async (server, site) => {
        const asked = jobOf(server, site);
        if (asked.kind === "receive") await fill(server, site, asked.messages + asked.warmUpMessages + 1_000);
        measured.push(perSecond(await runClient(asked)));
      });
      await withServer(async (server, site) => {
        bare.push(perSecond(await runClient(jobOf(server, site))));
      }, BARE_SERVER);
    }
    add({ what, unit: "/s", better: "more", atLeast, aim, measured, bare });
  });
}

async function resources(): Promise<void> {
  const startMs: number[] = [];
  const emptyMebibytes: number[] = [];
  const drainedMebibytes: number[] = [];
  await step("start and memory, empty and after a load", async () => {
    for (let repetition = 0; repetition < REPETITIONS; repetition++) {
      await withServer(async (server, site) => {
        startMs.push(server.startMs);
        emptyMebibytes.push(await settledMebibytes(server));
        const messages = Math.ceil(50_000 * SCALE);
        await fill(server, site, messages);
        await runClient({
          kind: "receive",
          amqpPort: server.amqpPort,
          messages: messages - 100,
          warmUpMessages: 100,
          concurrentCalls: 100,
        });
        drainedMebibytes.push(await settledMebibytes(server));
      });
    }
  });
  add({ what: "start to ready, empty", unit: "ms", better: "less", atLeast: 200, aim: 100, measured: startMs });
  const size = { unit: "MiB", better: "less" } as const;
  add({ what: "resident, empty", ...size, atLeast: 75, aim: 60, measured: emptyMebibytes });
  add({ what: "resident, after load and drain", ...size, atLeast: 130, aim: 100, measured: drainedMebibytes });
}

async function million(): Promise<void> {
  const many = MANY.toLocaleString("en");
  const startMs: number[] = [];
  const loadedMebibytes: number[] = [];
  const restartedMebibytes: number[] = [];
  const lengths: JobResult[] = [];
  const bare: JobResult[] = [];
  const ask = ({ httpsPort }: EmulatorProcess, { authority }: Site): Promise<JobResult> =>
    runClient({ kind: "queueLength", requests: 1_000, warmUpRequests: 200, httpsPort, authority });
  await withSite(async (site) => {
    await step(`${many} messages: sending them`, async () => {
      const server = await start(site);
      try {
        await fill(server, site, MANY);
        loadedMebibytes.push(await settledMebibytes(server));
      } finally {
        await server.stop();
      }
    });
    await step(`${many} messages: start, memory, the queue's length`, async () => {
      for (let repetition = 0; repetition < REPETITIONS; repetition++) {
        const server = await start(site);
        try {
          startMs.push(server.startMs);
          restartedMebibytes.push(await settledMebibytes(server));
          lengths.push(await ask(server, site));
        } finally {
          await server.stop();
        }
        await withServer(async (...of) => void bare.push(await ask(...of)), BARE_SERVER);
      }
    });
  });
  add({
    what: `start to ready, ${many} messages`,
    unit: "ms",
    better: "less",
    atLeast: 1_500,
    aim: 1_000,
    measured: startMs,
  });
  const size = { unit: "MiB", better: "less", atLeast: 300, aim: 180 } as const;
  add({ what: `resident, ${many} messages just sent`, ...size, measured: loadedMebibytes });
  add({ what: `resident, ${many} messages after a restart`, ...size, measured: restartedMebibytes });
  const lengthRow = (at: "p50" | "p99", aims: Pick<Row, "atLeast" | "aim">): Row => {
    const valuesOf = (results: readonly JobResult[]): number[] => results.map((one) => one[`${at}Ms`] ?? NaN);
    const what = `queue-length query among them, ${at}`;
    return { what, unit: "ms", better: "less", ...aims, measured: valuesOf(lengths), bare: valuesOf(bare) };
  };
  add(lengthRow("p50", { atLeast: undefined, aim: undefined }));
  add(lengthRow("p99", { atLeast: 5, aim: 1 }));
}

async function connections(): Promise<void> {
  const usable: number[] = [];
  await step("connections at once", async () => {
    for (const count of [200, 1_000]) {
      await withServer(async (server) => {
        const result = await runClient({ kind: "connections", amqpPort: server.amqpPort, count });
        usable.push(result.usable ?? 0);
      });
    }
  });
  const most = Math.max(...usable);
  add({
    what: "connections at once, all usable",
    unit: "",
    better: "more",
    atLeast: 200,
    aim: 1_000,
    measured: [most],
  });
}

function add(row: Row): void {
  rows.push(row);
  say(table([row]).split("\n").at(-1) ?? "");
}

async function withSite<Result>(work: (site: Site) => Promise<Result>): Promise<Result> {
  const site = await createSite({ parent: options.directory, queues: [QUEUE], lockDurationMs: 300_000 });
  try {
    return await work(site);
  } finally {
    await site.remove();
  }
}

async function withServer(
  work: (server: EmulatorProcess, site: Site) => Promise<void>,
  main = EMULATOR,
): Promise<void> {
  await withSite(async (site) => {
    const server = await start(site, main);
    try {
      await work(server, site);
    } finally {
      if (main === BARE_SERVER) await server.kill();
      else await server.stop();
    }
  });
}

async function start(site: Site, main = EMULATOR): Promise<EmulatorProcess> {
  const { profile } = options;
  const nodeFlags = profile === undefined || main === BARE_SERVER ? [] : ["--cpu-prof", `--cpu-prof-dir=${profile}`];
  return startEmulatorProcess(site, { wrapper: pin, nodeFlags, main });
}

/** Puts messages into the queue, as fast as it goes and outside of what is timed. */
async function fill(server: EmulatorProcess, { authority }: Site, messages: number): Promise<void> {
  await runClient({
    kind: "rest",
    httpsPort: server.httpsPort,
    authority,
    messages,
    warmUpMessages: 0,
    messagesPerRequest: 1_000,
    parallel: 4,
  });
}

async function settledMebibytes(server: EmulatorProcess): Promise<number> {
  await delay(2_000);
  return server.residentBytes() / MEBIBYTE;
}

/** Runs one job in a process of its own on the server's core. */
async function runClient(asked: Job): Promise<JobResult> {
  const [command, ...args] = withWrapper(pin, [join(import.meta.dirname, "client.ts"), JSON.stringify(asked)]);
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "inherit"] });
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
  const [code] = (await once(child, "close")) as [number | null];
  if (code !== 0) throw new Error(`the client's job ${asked.kind} failed with exit code ${code ?? "none"}`);
  return jobResult.parse(JSON.parse(text));
}

function perSecond(result: JobResult): number {
  if (result.perSecond === undefined) throw new Error("the job gave no rate");
  return result.perSecond;
}
