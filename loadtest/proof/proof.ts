import { mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { KubeConfig } from "@kubernetes/client-node";
import type { Step } from "../profiles.ts";
import { readIds, startLoad } from "./k6.ts";
import { readFulfilled, readLedger } from "./ledger.ts";
import { messageOf } from "./messageOf.ts";
import type { Reach, Reached } from "./reach.ts";
import { kubernetesSources } from "./readings.ts";
import { startSampler } from "./sampler.ts";
import type { Observed } from "./observed.ts";
import { type BusAccess, queueSource, readBusAccess } from "./queue.ts";
import { type Report, reportOf, writeReport } from "./report.ts";
import { neverStarted, runScenario, type ScenarioReport, type World } from "./scenarioRun.ts";
import {
  apiCpuScenario,
  DEADLINES,
  type Deadlines,
  queueBacklogScenario,
  type Scenario,
  type ScenarioName,
} from "./scenarios.ts";

export type { Report } from "./report.ts";
export { renderTable } from "./report.ts";
export type { Reach, Reached } from "./reach.ts";
export type { ScenarioName } from "./scenarios.ts";
export { exitCodeOf, type Verdict } from "./verdict.ts";

/** What a proof needs to know. */
export interface ProofOptions {
  kubeConfig: KubeConfig;
  namespace: string;
  reach: Reach;
  /** The k6 binary. */
  k6Path: string;
  /** Made if missing; gets report.json and k6's own files. */
  outDir: string;
  /** In this order; all by default. */
  scenarios?: readonly ScenarioName[];
  /** Takes a line of progress. */
  log?: (line: string) => void;
  /** Aborted, the proof stops its load at once and reports what it has, inconclusive. */
  signal?: AbortSignal;
  deadlines?: Partial<Deadlines>;
  queue?: string;
  /** Orders of the backlog, where not those of the profile. */
  orders?: number;
  /** Rates of the look-ups, where not those of the profile. */
  apiSteps?: readonly Step[];
}

const ALL: readonly ScenarioName[] = ["queue-backlog", "api-cpu"];
/** Orders that are sent for the look-ups where no scenario before has left any. */
const SEED_ORDERS = 200;
const SHORT_LIFE_LOAD_SECONDS = 60;

/**
 * Runs the loads, judges them, and writes `report.json` into `outDir`, after each scenario anew, so that an end in the middle keeps what there is.
 * @throws only when `outDir` cannot be written; everything else is an inconclusive report that says why.
 */
export async function runProof(options: ProofOptions): Promise<Report> {
  const startedAt = new Date().toISOString();
  const outDir = resolve(options.outDir);
  await mkdir(outDir, { recursive: true });
  const names = options.scenarios ?? ALL;
  const done: ScenarioReport[] = [];
  const closers: (() => unknown)[] = [];
  const report = (): Report => reportOf({ startedAt, namespace: options.namespace, scenarios: done });

  try {
    const proof = await prepare({ ...options, outDir }, closers);
    for (const name of names) {
      if (proof.world.signal.aborted) done.push(neverStarted({ name }, [], "interrupted"));
      else done.push(await proof.run(name));
      await writeReport(report(), outDir);
    }
  } catch (error) {
    const reason = messageOf(error);
    options.log?.(`the proof cannot go on: ${reason}`);
    for (const name of names.slice(done.length)) done.push(neverStarted({ name }, [], reason));
  } finally {
    for (const close of closers.reverse()) await Promise.resolve(close()).catch(() => undefined);
  }
  const final = report();
  await writeReport(final, outDir);
  return final;
}

async function prepare(
  options: ProofOptions,
  closers: (() => unknown)[],
): Promise<{ world: World; run(name: ScenarioName): Promise<ScenarioReport> }> {
  const { kubeConfig, namespace, k6Path, outDir } = options;
  const deadlines = { ...DEADLINES, ...options.deadlines };
  const queue = options.queue ?? "orders";
  const reach = async (service: string, port: number): Promise<Reached> => {
    const reached = await options.reach(service, port).catch((error: unknown) => {
      throw new Error(`Service ${service} in ${namespace} cannot be reached from here`, { cause: error });
    });
    closers.push(() => reached.close());
    return reached;
  };

  const access = await readBusAccess(kubeConfig, namespace);
  const bus = await reachBus(access, reach);
  const api = await reach("api", 80);
  const redis = await reach("cache", 6379);
  const readQueue = queueSource(access, queue, bus);
  closers.push(() => {
    readQueue.close();
  });

  const world: World = {
    startSampler: () => startSampler<Observed>({ ...kubernetesSources(kubeConfig, namespace), queue: readQueue }),
    nowMs: Date.now,
    startLoad: (load, name) => startLoad({ ...load, name, k6Path, outDir }),
    acceptedIds: readIds,
    readLedger: (accepted, deadLetteredBefore) => readLedger({ accepted, queue: readQueue, redis, deadLetteredBefore }),
    log: options.log ?? (() => undefined),
    signal: options.signal ?? new AbortController().signal,
  };

  const busEnvironment = await busEnvironmentOf(access, queue, bus, outDir);
  const idsFile = join(outDir, "fulfilled.txt");
  let accepted: string[] = [];

  /** Look-ups need orders that exist: those of the backlog before, else a few that are sent now. */
  async function existingOrders(): Promise<string[]> {
    if (accepted.length === 0) {
      world.log(`api-cpu: sending ${SEED_ORDERS} orders to look up`);
      accepted = await seed(world, busEnvironment);
    }
    const deadlineMs = Date.now() + deadlines.drainSeconds * 1000;
    for (;;) {
      const fulfilled = await readFulfilled(redis, accepted);
      if (fulfilled.size === accepted.length || (fulfilled.size > 0 && Date.now() > deadlineMs)) return [...fulfilled];
      if (Date.now() > deadlineMs)
        throw new Error(`none of ${accepted.length} orders was fulfilled: nothing to look up`);
      if (world.signal.aborted) throw new Error("interrupted");
      await new Promise((wake) => setTimeout(wake, 1000));
    }
  }

  async function scenarioNamed(name: ScenarioName): Promise<Scenario> {
    switch (name) {
      case "queue-backlog":
        return queueBacklogScenario({
          environment: busEnvironment,
          ...(options.orders === undefined ? {} : { orders: options.orders }),
        });
      case "api-cpu":
        await writeFile(idsFile, `${(await existingOrders()).join("\n")}\n`);
        return apiCpuScenario({
          environment: { API_URL: `http://${hostPort(api)}`, ORDER_IDS_FILE: idsFile },
          ...(options.apiSteps === undefined ? {} : { steps: options.apiSteps }),
        });
    }
  }

  return {
    world,
    run: async (name) => {
      try {
        const outcome = await runScenario(await scenarioNamed(name), world, deadlines);
        if (outcome.accepted.length > 0) accepted = outcome.accepted;
        return outcome.report;
      } catch (error) {
        return neverStarted({ name }, [], messageOf(error));
      }
    },
  };
}

async function seed(world: World, environment: Record<string, string>): Promise<string[]> {
  const { load } = queueBacklogScenario({ orders: SEED_ORDERS, environment });
  const running = await world.startLoad({ ...load, longestSeconds: SHORT_LIFE_LOAD_SECONDS }, "seed");
  const stop = (): void => {
    running.stop("the proof was interrupted");
  };
  world.signal.addEventListener("abort", stop, { once: true });
  try {
    const result = await running.result;
    if (result.kind === "broke") throw new Error(`the orders to look up could not be sent: ${result.reason}`);
    return await world.acceptedIds(running.outputFile);
  } finally {
    world.signal.removeEventListener("abort", stop);
  }
}

/** A bus within the cluster is dialled by way of its Service, Azure's by its own name. */
async function reachBus(access: BusAccess, reach: Reach): Promise<Reached> {
  const { host, port } = access.connection;
  const service = /^([^.]+)\.[^.]+\.svc(\.|$)/.exec(host)?.[1];
  return service === undefined ? { host, port, close: () => undefined } : reach(service, port);
}

async function busEnvironmentOf(
  access: BusAccess,
  queue: string,
  bus: Reached,
  outDir: string,
): Promise<Record<string, string>> {
  const environment: Record<string, string> = {
    SERVICEBUS_CONNECTION_STRING: access.connectionString,
    SERVICEBUS_QUEUE: queue,
  };
  if (bus.host !== access.connection.host) environment.SERVICEBUS_ADDRESS = hostPort(bus);
  if (access.ca !== undefined) {
    const caFile = join(outDir, "ca.crt");
    await writeFile(caFile, access.ca);
    environment.SSL_CERT_FILE = caFile;
  }
  return environment;
}

function hostPort({ host, port }: { host: string; port: number }): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
