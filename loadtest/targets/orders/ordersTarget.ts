import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { KubeConfig } from "@kubernetes/client-node";
import { DEADLINES } from "../../assertions/progress.ts";
import { startLoad } from "../../engine/loads/startLoad.ts";
import { messageOf } from "../../../src/shared/messageOf.ts";
import { parseThirds } from "../../engine/loads/k6Summary.ts";
import type { TargetSurroundings } from "../../engine/proofOptions.ts";
import type { ProofTarget, Seen, TargetEvidence } from "../../engine/proofTarget.ts";
import type { Address, ServiceDialer } from "../../model/endpoint.ts";
import type { AbuseAnswers } from "../../model/abuse.ts";
import { ABSENT, type Reading } from "../../model/reading.ts";
import type { Scenario } from "../../model/scenario.ts";
import type { Traffic } from "../../model/traffic.ts";
import type { Counters } from "../../model/counters.ts";
import type { Workload } from "../../model/workload.ts";
import { apiUrl } from "./apiUrl.ts";
import { killsWorkers, ordersAssertions } from "./assertions/ordersAssertions.ts";
import { watchesOtherQueue } from "./assertions/watchedQueue.ts";
import { evaluateClaims } from "./claims/evaluateClaims.ts";
import { createExistingOrders } from "./existingOrders.ts";
import { parseAnswers } from "./ledger/answers.ts";
import { readCommitTimes } from "./ledger/commitTimes.ts";
import { readLedger } from "./ledger/ledger.ts";
import { readSent } from "./ledger/sent.ts";
import { readCounters } from "./prometheus/counters.ts";
import { readMemoryByThirds, readMostMemory } from "./prometheus/memory.ts";
import { QUEUE, type OrdersScenario } from "./scenarios/declaration.ts";
import { amqpPort, readDeadLetters } from "./ledger/queueContents.ts";
import { busKeyFaults } from "./serviceBus/busKeys.ts";
import { busEnvironmentOf, reachBus, reachPrometheus } from "./serviceBus/connections.ts";
import { queueSource, readLockSeconds } from "./serviceBus/queue.ts";
import { busAccessOf, redisAccessOf } from "./access.ts";
import { type OrdersOverlay, overlays, type ProofEnvironment } from "./overlays.ts";
import { readWorkerConcurrency } from "./workerConcurrency.ts";
import { ordersWorkloads } from "./workloads.ts";

/** Where the loads' orders go. */
export const QUEUE_NAME = "orders";
const READ_TIMEOUT_MS = 10_000;

/** Where the orders system is, and how to reach it. */
export interface OrdersSystem {
  kubeConfig: KubeConfig;
  namespace: string;
  /** Which overlay is deployed there; dev by default. */
  overlay?: OrdersOverlay;
  /** What the overlay leaves to the environment is taken from it; the process's own by default. */
  environment?: ProofEnvironment;
  reach: ServiceDialer;
  k6Path: string;
  /** Of the scenarios that are run. */
  scenarios: readonly OrdersScenario[];
  /** The queue that the load's orders go to; `orders` by default. */
  queue?: string;
  /** Kills a container by SIGKILL. Without it scale-in-under-load is inconclusive. */
  killContainer?: ProofTarget["killContainer"];
  /** Injects faults that need root on the node. */
  node?: ProofTarget["node"];
}

/** Reaches the orders system: its bus, API, Redis, and Prometheus where there is one. @throws where one cannot be reached. */
export async function openOrdersTarget(
  system: OrdersSystem,
  { outDir, signal, log }: TargetSurroundings,
): Promise<ProofTarget> {
  const { kubeConfig, namespace, k6Path } = system;
  const { overlay = overlays.dev, environment = process.env, queue = QUEUE_NAME } = system;
  const closers: (() => unknown)[] = [];
  const close = async (): Promise<void> => {
    for (const one of closers.reverse()) await Promise.resolve(one()).catch(() => undefined);
  };
  try {
    return await open();
  } catch (error) {
    await close();
    throw error;
  }

  async function open(): Promise<ProofTarget> {
    const reach: ServiceDialer = async (service, port, other = namespace) => {
      const reached = await system.reach(service, port, other).catch((error: unknown) => {
        throw new Error(`Service ${service} in ${other} cannot be reached from here`, { cause: error });
      });
      closers.push(() => reached.close());
      return reached;
    };
    const access = await busAccessOf(overlay, { kubeConfig, namespace, environment });
    const bus = await reachBus(access, access.login.port, reach);
    const busAmqp = await reachBus(access, amqpPort(access), reach);
    const api = await reach("api", 80);
    const redis = await redisAccessOf(overlay, { kubeConfig, namespace, environment, reach });
    const prometheus = await reachPrometheus(kubeConfig, namespace, reach);
    if (prometheus.kind === "absent") {
      log("there is no Prometheus in the namespace: nothing is asserted by the services' own metrics");
    }
    const fromPrometheus = async <T>(read: (at: Address) => Promise<Reading<T>>): Promise<Reading<T> | null> => {
      if (prometheus.kind === "absent") return null;
      return prometheus.kind === "gap" ? prometheus : read(prometheus.value);
    };
    const readQueue = queueSource(access, queue, bus);
    closers.push(() => {
      readQueue.close();
    });
    const busEnvironment = await busEnvironmentOf(access, queue, bus, outDir);
    const idsFile = join(outDir, "fulfilled.txt");
    const orders = createExistingOrders({
      startLoad: (load, name) =>
        startLoad(
          { ...load, environment: { ...busEnvironment, ...load.environment } },
          { kubeConfig, k6Path, name, outDir },
        ),
      redis,
      drainSeconds: DEADLINES.drainSeconds,
      log,
      signal,
    });
    const declared = (scenario: Scenario): OrdersScenario => {
      const found = system.scenarios.find(({ name }) => name === scenario.name);
      if (found === undefined) throw new Error(`the orders system has no scenario ${scenario.name}`);
      return found;
    };

    async function evidenceOf(scenario: OrdersScenario, seen: Seen): Promise<TargetEvidence> {
      const { run } = seen;
      const { loadStartMs, loadEndMs, endMs } = run;
      const whole = run.cutShort === null;
      const sent = scenario.orders === null ? null : await readSent(seen.outputFile);
      if (sent !== null) orders.keep(sent);
      const ledger =
        sent === null || !whole ? null : await readLedger({ ...sent, access, bus: busAmqp, queue, redis, signal, log });
      const counters = whole
        ? await fromPrometheus((at) => readCounters(at, { namespace, fromMs: loadStartMs, toMs: endMs, signal }))
        : null;
      const thirds =
        run.load.kind === "ran" && scenario.load.program.kind === "k6"
          ? parseThirds(await readFile(seen.summaryFile, "utf8"))
          : null;
      const bounded = scenario.mustHold.find((claim) => claim.id === "memory-bounded");
      const mostMemoryMiB =
        bounded === undefined || !whole
          ? null
          : await fromPrometheus((at) =>
              readMostMemory(at, {
                ...{ namespace, workload: bounded.workload, fromMs: loadStartMs, toMs: endMs, signal },
              }),
            );
      const workerMemory =
        scenario.steady && whole && loadEndMs !== null
          ? await fromPrometheus((at) =>
              readMemoryByThirds(at, { namespace, workload: "worker", fromMs: loadStartMs, toMs: loadEndMs, signal }),
            )
          : null;
      const kills = killsWorkers(scenario);
      const workerConcurrency = kills
        ? await readWorkerConcurrency(kubeConfig, namespace, AbortSignal.timeout(READ_TIMEOUT_MS))
        : ABSENT;
      const answers = parseAnswers(await readFile(seen.outputFile, "utf8").catch(() => ""));
      const claims =
        scenario.mustHold.length === 0
          ? []
          : evaluateClaims(scenario.mustHold, {
              ...{ run, pods: seen.pods, done: seen.done, ledger, counters, answers, thirds, mostMemoryMiB },
              abuse: await reading(async () => readAbuse(system.node, scenario)),
              commitTimes: await reading(() => readCommitTimes(redis, sent?.accepted ?? [])),
              lockSeconds: await reading(() => readLockSeconds(access, queue, bus)),
              deadLetters: await reading(() =>
                readDeadLetters(answers.poison, { access, address: busAmqp, queue, signal }),
              ),
            });
      return {
        ledger,
        messages: sent === null ? null : sent.accepted.length,
        traffic: counters === null ? {} : trafficOf(counters),
        counters,
        assertions: [
          ...ordersAssertions(scenario, {
            ...seen,
            ...{ ledger, counters, thirds, workerMemory, workerConcurrency, poison: answers.poison.length },
          }),
          ...claims.map((assertion) => ({ about: [], assertion })),
        ],
      };
    }

    return {
      workloads: ordersWorkloads(namespace),
      queues: { [QUEUE]: readQueue },
      externalMetrics: false,
      replacesPods: true,
      ruledOut: (scenario, live) => watchesOtherQueue(scenario, live, queue),
      environmentOf: async (scenario) => {
        switch (declared(scenario).needs) {
          case "bus":
            return busEnvironment;
          case "api":
            return { API_URL: apiUrl(api) };
          case "api and orders that exist": {
            const url = apiUrl(api);
            await writeFile(idsFile, `${(await orders.read(scenario.name)).join("\n")}\n`);
            return { API_URL: url, ORDER_IDS_FILE: idsFile };
          }
        }
      },
      evidenceOf: async (scenario, seen) => evidenceOf(declared(scenario), seen),
      killContainer: system.killContainer,
      node: system.node,
      faults: busKeyFaults(kubeConfig, namespace),
      close,
    };
  }
}

/** @throws where the scenario has none, or it was not injected. */
async function readAbuse(node: ProofTarget["node"], { faultInjections }: Scenario): Promise<AbuseAnswers> {
  const abuses = faultInjections.some(({ action }) => action.kind === "node" && action.fault.kind === "server-abused");
  if (node === undefined || !abuses) throw new Error("there was none");
  return node.abuseAnswers();
}

async function reading<T>(read: () => Promise<T>): Promise<Reading<T>> {
  try {
    return { kind: "value", value: await read() };
  } catch (error) {
    return { kind: "gap", error: messageOf(error) };
  }
}

/** What each workload counted of the load: requests that the API answered, orders that the worker processed. */
function trafficOf(counters: Reading<Counters>): Record<Workload, Reading<Traffic>> {
  if (counters.kind !== "value") return { api: counters, worker: counters };
  const { apiRequests, ordersProcessed, scrapes } = counters.value;
  return {
    api: { kind: "value", value: { counted: apiRequests, scrapes: scrapes.api } },
    worker: { kind: "value", value: { counted: ordersProcessed, scrapes: scrapes.worker } },
  };
}
