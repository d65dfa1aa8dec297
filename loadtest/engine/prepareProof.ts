import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { messageOf } from "../../src/shared/messageOf.ts";
import { DEADLINES } from "../assertions/progress.ts";
import { readLedger } from "../targets/orders/ledger/ledger.ts";
import { amqpPort } from "../targets/orders/ledger/queueContents.ts";
import { readSent } from "../targets/orders/ledger/sent.ts";
import { causeOf } from "../model/cause.ts";
import { type Address, type Endpoint, hostPort } from "../model/endpoint.ts";
import type { Observed } from "../model/observed.ts";
import type { Reading } from "../model/reading.ts";
import type { Load, Scenario, Sizes } from "../model/scenario.ts";
import type { ScenarioReport } from "../model/scenarioReport.ts";
import { kubernetesSources } from "../observe/kubernetes.ts";
import { metricsResolutionSource } from "../observe/metricsResolution.ts";
import { podsSource, watchPodEnds } from "../observe/pods.ts";
import { queueSource, readBusAccess } from "../targets/orders/serviceBus/queue.ts";
import { startSampler } from "../observe/sampler.ts";
import { readWorkerConcurrency } from "../targets/orders/workerConcurrency.ts";
import { readCounters } from "../targets/orders/prometheus/counters.ts";
import { readMemoryByThirds } from "../targets/orders/prometheus/memory.ts";
import { busEnvironmentOf, reachBus, reachPrometheus } from "../targets/orders/serviceBus/connections.ts";
import { createExistingOrders } from "../targets/orders/existingOrders.ts";
import { parseThirds } from "./k6Summary.ts";
import { startLoad } from "./load.ts";
import { neverStarted } from "./neverStarted.ts";
import { changeLive, restartDeployment } from "./patchField.ts";
import type { ProofOptions } from "./proofOptions.ts";
import { runScenario } from "./runScenario.ts";
import type { ScenarioEnvironment } from "./scenarioEnvironment.ts";

/** How long k6 may take to begin and to end, on top of the load's own time. */
const LOAD_MARGIN_SECONDS = 60;
const SAMPLING_INTERVAL_MS = 1000;
const READ_TIMEOUT_MS = 10_000;
/** metrics-server's own default, where the cluster's metrics come from something else. */
const UNKNOWN_METRICS_RESOLUTION_SECONDS = 60;

/** A proof that has reached all that it needs. */
export interface PreparedProof {
  signal: AbortSignal;
  run(scenario: Scenario): Promise<ScenarioReport>;
}

/** Reaches all that a proof needs. @param closers gets what has to be closed at the end. @throws where something cannot be reached. */
export async function prepareProof(
  options: ProofOptions & { sizes: Sizes },
  closers: (() => unknown)[],
): Promise<PreparedProof> {
  const { kubeConfig, namespace, k6Path, outDir, sizes } = options;
  const deadlines = { ...DEADLINES, ...options.deadlines };
  const queue = options.queue ?? "orders";
  const log = options.log ?? (() => undefined);
  const signal = options.signal ?? new AbortController().signal;
  const reach = async (service: string, port: number): Promise<Endpoint> => {
    const reached = await options.reach(service, port).catch((error: unknown) => {
      throw new Error(`Service ${service} in ${namespace} cannot be reached from here`, { cause: error });
    });
    closers.push(() => reached.close());
    return reached;
  };

  const access = await readBusAccess(kubeConfig, namespace);
  const bus = await reachBus(access, access.connection.port, reach);
  const busAmqp = await reachBus(access, amqpPort(access), reach);
  const api = await reach("api", 80);
  const redis = await reach("cache", 6379);
  const prometheus = await reachPrometheus(kubeConfig, namespace, reach);
  if (prometheus.kind === "absent") {
    log("there is no Prometheus in the namespace: nothing is asserted by the services' own metrics");
  }
  const fromPrometheus = async <T>(read: (at: Address) => Promise<Reading<T>>): Promise<Reading<T> | null> => {
    if (prometheus.kind === "absent") return null;
    return prometheus.kind === "gap" ? prometheus : read(prometheus.value);
  };
  const metricsResolutionSeconds =
    (await metricsResolutionSource(kubeConfig)(AbortSignal.timeout(READ_TIMEOUT_MS)).catch((error: unknown) => {
      log(`metrics-server's resolution is taken to be ${UNKNOWN_METRICS_RESOLUTION_SECONDS} s: ${messageOf(error)}`);
      return undefined;
    })) ?? UNKNOWN_METRICS_RESOLUTION_SECONDS;
  const readQueue = queueSource(access, queue, bus);
  closers.push(() => {
    readQueue.close();
  });
  const readPods = podsSource(kubeConfig, namespace);

  const environment: ScenarioEnvironment = {
    startSampler: () => {
      const sources = { ...kubernetesSources(kubeConfig, namespace), queue: readQueue };
      return startSampler<Observed>(sources, { intervalMs: SAMPLING_INTERVAL_MS });
    },
    startPods: () => startSampler({ pods: readPods }, { intervalMs: SAMPLING_INTERVAL_MS }),
    watchPodEnds: () => watchPodEnds(kubeConfig, namespace),
    metricsResolutionSeconds,
    queue,
    nowMs: Date.now,
    startLoad: (load, name) =>
      startLoad({
        ...load,
        script: join(import.meta.dirname, "../k6", load.script),
        name,
        k6Path,
        outDir,
        longestSeconds: load.seconds + LOAD_MARGIN_SECONDS,
      }),
    readSent,
    readThirds: async (name) => parseThirds(await readFile(join(outDir, `${name}.summary.json`), "utf8")),
    readLedger: (sent) => readLedger({ ...sent, access, bus: busAmqp, queue, redis, signal, log }),
    readWorkerConcurrency: () => readWorkerConcurrency(kubeConfig, namespace, AbortSignal.timeout(READ_TIMEOUT_MS)),
    readWorkerMemory: (fromMs, toMs) =>
      fromPrometheus((at) => readMemoryByThirds(at, { namespace, workload: "worker", fromMs, toMs, signal })),
    readCounters: (fromMs, toMs) => fromPrometheus((at) => readCounters(at, { namespace, fromMs, toMs, signal })),
    change: (field, to) => changeLive(kubeConfig, namespace, field, to),
    restart: (workload) => restartDeployment(kubeConfig, namespace, workload),
    kill: async (workload) => {
      if (options.killPod === undefined) {
        throw new Error(
          "a container cannot be killed by SIGKILL here: the cluster's provider has no access to its node",
        );
      }
      const found = (await readPods(AbortSignal.timeout(READ_TIMEOUT_MS))) ?? [];
      const pod = found.find((one) => one.workload === workload && one.readySinceMs !== null && !one.leaving);
      if (pod === undefined) throw new Error(`no pod of ${workload} is ready and stays`);
      await options.killPod(pod.name);
      return pod.name;
    },
    log,
    signal,
  };

  const busEnvironment = await busEnvironmentOf(access, queue, bus, outDir);
  const apiEnvironment = { API_URL: `http://${hostPort(api)}` };
  const idsFile = join(outDir, "fulfilled.txt");
  const orders = createExistingOrders({ environment, busEnvironment, redis, drainSeconds: deadlines.drainSeconds });

  async function loadOf(scenario: Scenario): Promise<Load> {
    const load = scenario.load(sizes);
    const withEnvironment = (of: Record<string, string>): Load => ({
      ...load,
      environment: { ...of, ...load.environment },
    });
    switch (scenario.needs) {
      case "bus":
        return withEnvironment(busEnvironment);
      case "api":
        return withEnvironment(apiEnvironment);
      case "api and orders that exist":
        await writeFile(idsFile, `${(await orders.read(scenario.name)).join("\n")}\n`);
        return withEnvironment({ ...apiEnvironment, ORDER_IDS_FILE: idsFile });
    }
  }

  return {
    signal,
    run: async (scenario) => {
      try {
        const outcome = await runScenario(scenario, sizes, await loadOf(scenario), environment, deadlines);
        orders.keep(outcome.sent);
        return outcome.report;
      } catch (error) {
        return neverStarted(scenario, [], causeOf("proof-error", "scenario", { message: messageOf(error) }));
      }
    },
  };
}
