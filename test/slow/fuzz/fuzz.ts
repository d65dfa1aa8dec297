import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { eventually } from "../../integration/support/eventually.ts";
import { adminClient, httpsClient, onceOnlyClient, token } from "../support/clients.ts";
import { startEmulatorProcess, type EmulatorProcess } from "../support/emulatorProcess.ts";
import { say } from "../support/progress.ts";
import { createRandom, type Random } from "../support/random.ts";
import { createSite, type Site } from "../support/site.ts";
import { amqpCase, VICTIM } from "./amqpCases.ts";
import { exchange, type Target } from "./exchange.ts";
import { httpCase } from "./httpCases.ts";
import { mutate } from "./mutate.ts";
import { recordClient } from "./record.ts";

const ROOT = join(import.meta.dirname, "../../..");

/** The queue that only the probe uses. */
const PROBED = "probed";
const PROBE_LIMIT_MS = 20_000;
/** Connections between two probes. */
const ROUND = 100;
const PARALLEL = 8;

/** Level of an error in the log: {@link https://github.com/pinojs/pino/blob/main/docs/api.md#logger-level}. */
const ERROR_LEVEL = 50;

export interface FuzzSummary {
  readonly seed: number;
  readonly connections: number;
  /** Resident memory after the first quarter, and at the end, in bytes. */
  readonly warmBytes: number;
  readonly endBytes: number;
}

interface Case {
  readonly kind: string;
  readonly target: Target;
  readonly bytes: Buffer;
}

/**
 * Throws malformed AMQP, TLS, HTTP, tokens and XML at the emulator. Between rounds a well-behaved client still sends and receives, nobody's
 * connection is left over, and the log has no error: what a client does wrong is no error of the emulator's.
 * @throws when it crashes, hangs, answers 500 or logs an error; the round's input is then in `out/fuzz/`.
 */
export async function fuzz(options: { connections: number; seed: number; parent: string }): Promise<FuzzSummary> {
  const { connections, seed, parent } = options;
  const random = createRandom(seed);
  const site = await createSite({ parent, queues: [PROBED, VICTIM] });
  const emulator = await startEmulatorProcess(site);
  const recent: Case[] = [];
  try {
    await recordClient(emulator.amqpPort);
    const recorded = await recordClient(emulator.amqpPort);
    const rounds = Math.ceil(connections / ROUND);
    let warmBytes = 0;
    for (let round = 1; round <= rounds; round++) {
      recent.length = 0;
      const target = targets(emulator, site);
      const cases = Array.from({ length: ROUND }, () => makeCase(random, emulator, target, recorded));
      recent.push(...cases);
      await runAll(cases);
      await probe(emulator, site);
      await renewVictim(emulator, site);
      if (round <= Math.ceil(rounds / 4)) warmBytes = emulator.residentBytes();
      if (round % 20 === 0) {
        say(
          `fuzz: ${round * ROUND} of ${connections} connections, resident ${Math.round(emulator.residentBytes() / 2 ** 20)} MiB`,
        );
      }
    }
    return { seed, connections: rounds * ROUND, warmBytes, endBytes: emulator.residentBytes() };
  } catch (error) {
    const directory = await keep(seed, recent, emulator.output());
    throw new Error(`SEED=${seed}; the round's input is in ${directory}: ${String(error)}`, { cause: error });
  } finally {
    await emulator.kill();
    await site.remove();
  }
}

interface Targets {
  readonly amqp: Target;
  readonly https: Target;
  /** TLS expected, garbage sent. */
  readonly rawHttps: Target;
}

function targets(emulator: EmulatorProcess, site: Site): Targets {
  return {
    amqp: { port: emulator.amqpPort, authority: undefined },
    https: { port: emulator.httpsPort, authority: site.authority },
    rawHttps: { port: emulator.httpsPort, authority: undefined },
  };
}

function makeCase(random: Random, emulator: EmulatorProcess, target: Targets, recorded: readonly Buffer[]): Case {
  const draw = random.below(100);
  if (draw < 45) return { kind: "amqp", target: target.amqp, bytes: amqpCase(random, token(emulator)) };
  if (draw < 65) return { kind: "amqp-mutated", target: target.amqp, bytes: mutate(random.pick(recorded), random) };
  if (draw < 97) return { kind: "http", target: target.https, bytes: httpCase(random, token(emulator)) };
  return { kind: "tls", target: target.rawHttps, bytes: random.bytes(random.below(300)) };
}

async function runAll(cases: readonly Case[]): Promise<void> {
  const waiting = [...cases];
  await Promise.all(
    Array.from({ length: PARALLEL }, async () => {
      for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
        const answer = await exchange(next.target, next.bytes);
        if (next.kind === "http" && /^HTTP\/1\.1 500 /m.test(answer.toString("latin1"))) {
          throw new Error(`an HTTP request was answered with 500: ${next.bytes.toString("latin1").slice(0, 500)}`);
        }
      }
    }),
  );
}

/** A client that does nothing wrong, and that must go on undisturbed. */
async function probe(emulator: EmulatorProcess, site: Site): Promise<void> {
  if (!emulator.running) throw new Error(`the emulator has ended:\n${emulator.output().slice(-5_000)}`);
  const client = onceOnlyClient(emulator.amqpPort, PROBE_LIMIT_MS);
  const https = httpsClient(emulator, site);
  try {
    await client.createSender(PROBED).sendMessages({ body: "over AMQP" });
    const answer = await https.send("POST", `/${PROBED}/messages`, { body: "over REST" });
    if (answer.status !== 201) throw new Error(`the probe's REST send got ${answer.status}: ${answer.body}`);
    const receiver = client.createReceiver(PROBED);
    let received = 0;
    while (received < 2) {
      const messages = await receiver.receiveMessages(2, { maxWaitTimeInMs: PROBE_LIMIT_MS });
      if (messages.length === 0) throw new Error("the probe's messages did not come");
      for (const message of messages) await receiver.completeMessage(message);
      received += messages.length;
    }
  } finally {
    https.close();
    await client.close();
  }
  await eventually("no connection is left over", async () => (await connectionCount(emulator)) === 0, PROBE_LIMIT_MS);
  const failed = emulator
    .output()
    .split("\n")
    .find((line) => levelOf(line) >= ERROR_LEVEL);
  if (failed !== undefined) throw new Error(`the emulator logged an error: ${failed}`);
}

/** What the made-up clients have put there goes, and queues that they made go too. */
async function renewVictim(emulator: EmulatorProcess, site: Site): Promise<void> {
  const admin = adminClient(emulator.httpsPort, site);
  for await (const { name } of admin.listQueues()) {
    if (name !== PROBED) await admin.deleteQueue(name);
  }
  await admin.createQueue(VICTIM);
}

async function connectionCount(emulator: EmulatorProcess): Promise<number> {
  const metrics = await (await fetch(`http://localhost:${emulator.metricsPort}/metrics`)).text();
  const count = /^servicebus_emulator_connections(?:\{[^}]*\})? (\d+)$/m.exec(metrics)?.[1];
  if (count === undefined) throw new Error("there is no metric servicebus_emulator_connections");
  return Number(count);
}

function levelOf(line: string): number {
  return Number(/^\{"level":(\d+)/.exec(line)?.[1] ?? 0);
}

async function keep(seed: number, cases: readonly Case[], output: string): Promise<string> {
  const directory = join(ROOT, "out/fuzz", String(seed));
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, "emulator.log"), output);
  await Promise.all(
    cases.map(({ kind, bytes }, index) =>
      writeFile(join(directory, `${String(index).padStart(3, "0")}-${kind}`), bytes),
    ),
  );
  return directory;
}
